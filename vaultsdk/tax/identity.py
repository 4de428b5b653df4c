"""Which assets count as the same for a rule: versioned data with a stated confidence.

The packaged data is `vaultsdk/tax/identity.toml`; a file of the same form may take its place.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from typing import Final

from pydantic import ValidationError

from vaultsdk.core.model import Frozen
from vaultsdk.tax.errors import TaxError

PACKAGED: Final = "identity.toml"


class Confidence(StrEnum):
    """How sure a statement is. HIGH is the default of every computation."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


_RANK: Final = {Confidence.HIGH: 0, Confidence.MEDIUM: 1, Confidence.LOW: 2}


class IdentityClass(Frozen):
    """Assets that some rules take for one. Classes of one name and rule are joined."""

    name: str
    assets: tuple[str, ...]
    rules: tuple[str, ...]
    confidence: Confidence
    why: str


class Identity(Frozen):
    """All statements, and the version of the data."""

    version: str
    classes: tuple[IdentityClass, ...]

    def statements(self, rule: str, at_least: Confidence) -> tuple[IdentityClass, ...]:
        """The statements about a rule that are sure enough."""
        return tuple(
            one
            for one in self.classes
            if rule in one.rules and _RANK[one.confidence] <= _RANK[at_least]
        )

    def same(self, rule: str, at_least: Confidence = Confidence.HIGH) -> Mapping[str, str]:
        """The class of each asset for a rule; what is not in it is a class of its own. Statements
        that share an asset or a name are one class, called by its first asset in the alphabet."""
        groups: list[tuple[set[str], set[str]]] = []
        for one in self.statements(rule, at_least):
            names, assets = {one.name}, set(one.assets)
            apart = []
            for group in groups:
                if group[0] & names or group[1] & assets:
                    names |= group[0]
                    assets |= group[1]
                else:
                    apart.append(group)
            groups = [*apart, (names, assets)]
        return {asset: min(assets) for _, assets in groups for asset in assets}


def parse_identity(text: str, source: str = PACKAGED) -> Identity:
    """The statements of a TOML text. Raises TaxError."""
    try:
        data = tomllib.loads(text)
        data["classes"] = data.pop("class", [])
        return Identity.model_validate(data)
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise TaxError(f"{source} is no identity file: {error}; see docs/tax.md") from None


@lru_cache(maxsize=1)
def packaged_identity() -> Identity:
    """The statements that come with the package."""
    text = (resources.files("vaultsdk.tax") / PACKAGED).read_text(encoding="utf-8")
    return parse_identity(text)
