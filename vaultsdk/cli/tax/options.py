"""Options that the tax commands share: by which rules, and values as people write them.

@rule_options
def compute(rules: Rules, ...) -> None: ...
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import click

from vaultsdk.cli.common import with_options
from vaultsdk.cli.tax.files import text_of
from vaultsdk.tax.identity import Confidence, Identity, parse_identity
from vaultsdk.tax.ledger.times import date_of
from vaultsdk.tax.options import Options
from vaultsdk.tax.profile import Profile
from vaultsdk.tax.profiles import PROFILES
from vaultsdk.tax.rules.matching import Method
from vaultsdk.tax.rules.scope import Scope

F = TypeVar("F", bound=Callable[..., Any])

FILE: Final = click.Path(dir_okay=False, path_type=Path)


class DayType(click.ParamType):
    """A day as `2025-12-31`; an int, its ordinal."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Parse, or fail with a usage error."""
        if isinstance(value, int):
            return value
        try:
            return date_of(str(value).strip())
        except ValueError as error:
            self.fail(str(error), param, ctx)


DAY: Final = DayType()


class Rules(NamedTuple):
    """A profile, and what else a computation is asked for."""

    profile: Profile
    options: Options


PROFILE: Final = click.option(
    "--profile",
    required=True,
    type=click.Choice(list(PROFILES)),
    help="Whose rules; `vaultsdk tax profiles` lists them.",
)
AS_OF: Final = click.option(
    "--as-of", type=DAY, metavar="DATE", help="The last day to take into account."
)
SAME: Final = click.option(
    "--same",
    type=click.Choice([one.value for one in Confidence]),
    default=Confidence.HIGH.value,
    show_default=True,
    help="Take assets for the same where a rule asks, if that is at least this sure.",
)
IDENTITY: Final = click.option(
    "--identity",
    type=FILE,
    metavar="FILE",
    help="TOML: which assets count as the same, instead of the package's own data.",
)


def rule_options(function: F) -> F:
    """--profile, --method, --scope, --as-of, --same, --identity, passed on as `rules: Rules`."""

    def wrapper(
        *args: Any,
        profile: str,
        method: str | None,
        scope: str,
        as_of: int | None,
        same: str,
        identity: Path | None,
        **kwargs: Any,
    ) -> Any:
        options = Options(
            method=method,
            scope=scope,
            as_of=as_of,
            confidence=Confidence(same),
            identity=identity_of(identity),
        )
        return function(*args, rules=Rules(PROFILES[profile], options), **kwargs)

    return with_options(
        function,
        wrapper,
        PROFILE,
        click.option(
            "--method",
            type=click.Choice([one.value for one in Method]),
            help="Which lots a disposal takes, where the profile has a choice.",
        ),
        click.option(
            "--scope",
            type=click.Choice(["auto", *(one.value for one in Scope)]),
            default="auto",
            show_default=True,
            help="How far one stock of lots reaches; auto is the profile's, by date.",
        ),
        AS_OF,
        SAME,
        IDENTITY,
    )


def identity_of(path: Path | None) -> Identity | None:
    """The statements of an identity file. Raises Failure, TaxError."""
    return None if path is None else parse_identity(text_of(path, "--identity"), str(path))
