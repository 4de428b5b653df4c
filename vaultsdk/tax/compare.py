"""One ledger under several methods or profiles, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from vaultsdk.tax.compute import attempt
from vaultsdk.tax.document import year
from vaultsdk.tax.errors import LedgerProblemsError, TaxError
from vaultsdk.tax.exact import exact
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.options import Options
from vaultsdk.tax.profiles import profile
from vaultsdk.tax.result import Year


class Choice(NamedTuple):
    """A profile with a method and a scope; the text form is `us:hifo:wallet`, the latter two may be
    left out."""

    profile: str
    method: str | None = None
    scope: str = "auto"

    @classmethod
    def parse(cls, text: str) -> Choice:
        """The choice of a text. Raises TaxError."""
        parts = text.split(":")
        if len(parts) > 3 or not all(parts):
            raise TaxError(
                f"{text!r} is no choice: write PROFILE, PROFILE:METHOD or PROFILE:METHOD:SCOPE, "
                "like us:hifo:wallet",
                name="choice",
                value=text,
            )
        name = profile(parts[0]).name
        return cls(name, *parts[1:])

    @property
    def text(self) -> str:
        """The text form."""
        parts = [self.profile, *([self.method] if self.method else [])]
        return ":".join([*parts, self.scope] if self.scope != "auto" else parts)


class Outcome(NamedTuple):
    """What a choice makes of the ledger, all years together. Money in 1e-18 of the report currency.

    `recognised` is realised plus disallowed, short plus long where there are terms. `exempt` is the
    part of it that counts neither as gain nor as loss (Germany: what is long). `left` is the basis
    of what is not disposed of.
    """

    choice: Choice
    realised: int
    recognised: int
    disallowed: int
    short: int
    long: int
    exempt: int
    left: int
    years: tuple[Year, ...]


@dataclass(frozen=True)
class Comparison:
    """Outcomes in the order asked for."""

    rows: tuple[Outcome, ...]

    def document(self) -> dict[str, Any]:
        """For JSON: exact decimal texts."""
        return {
            "choices": [
                {
                    "choice": row.choice.text,
                    "profile": row.choice.profile,
                    "method": row.choice.method,
                    "scope": row.choice.scope,
                    "realised": exact(row.realised),
                    "recognised": exact(row.recognised),
                    "disallowed": exact(row.disallowed),
                    "short": exact(row.short),
                    "long": exact(row.long),
                    "exempt": exact(row.exempt),
                    "basis_left": exact(row.left),
                    "net": [year(one) for one in row.years],
                }
                for row in self.rows
            ]
        }


def every_method(name: str) -> list[Choice]:
    """A profile under each of its methods; alone when it has no choice."""
    methods = profile(name).matching.methods
    return [Choice(name, method.value) for method in methods] or [Choice(name)]


def compare(
    ledger: Ledger, choices: Sequence[Choice | str], options: Options | None = None
) -> Comparison:
    """Compute a ledger under each choice; method and scope of `options` are not used.

    The ledger's money is taken to be in each profile's own currency. Raises TaxError for a choice
    that cannot be, LedgerProblemsError when the ledger cannot be computed under one.
    """
    rows = []
    for one in choices:
        choice = Choice.parse(one) if isinstance(one, str) else one
        rows.append(_outcome(ledger, choice, options or Options()))
    return Comparison(tuple(rows))


def _outcome(ledger: Ledger, choice: Choice, options: Options) -> Outcome:
    asked = options.model_copy(update={"method": choice.method, "scope": choice.scope})
    rules = profile(choice.profile)
    try:
        result, problems = attempt(ledger, rules, asked)
    except TaxError as error:
        raise TaxError(
            f"{choice.text}: {error}", name=error.name, limit=error.limit, value=error.value
        ) from None
    if problems:
        raise LedgerProblemsError(problems, f"{ledger.source} under {choice.text}")
    sold = result.disposals
    long = [one for one in sold if one.term == "long"]
    return Outcome(
        choice=choice,
        realised=sum(one.gain for one in sold),
        recognised=sum(one.recognised for one in sold),
        disallowed=sum(one.disallowed for one in sold),
        short=sum(one.recognised for one in sold if one.term == "short"),
        long=sum(one.recognised for one in long),
        exempt=sum(one.recognised for one in long if rules.holding.on(one.disposed).exempt),
        left=sum(lot.basis for lot in result.open_lots) + sum(pool.cost for pool in result.pools),
        years=result.net,
    )
