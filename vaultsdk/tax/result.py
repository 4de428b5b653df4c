"""What a computation gives: disposals, what is left, and the years. Integers throughout.

Quantities in the asset's smallest unit, money in 1e-18 of the report currency, days as ordinals.
`vaultsdk.tax.document` turns a result into JSON with exact decimal texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Disposal(NamedTuple):
    """One part of a disposal: the units that one lot, pool or matched acquisition gave.

    `basis` is `of_basis * quantity // of_quantity` (all of `of_basis` when all units went):
    `of_quantity` and `of_basis` are what the lot, pool or matched acquisition had just before.
    `fee` is this part's share of the disposal's fee, which `proceeds` is already less. `acquired`
    is None for a pool. `rule` says how the units were matched, `term` is "short", "long" or ""
    where the profile knows none. `event` names all events of a day, joined by ";", where the law
    takes a day's disposals as one.
    """

    event: str
    lot: str
    owner: str
    wallet: str
    asset: str
    acquired: int | None
    disposed: int
    quantity: int
    proceeds: int
    basis: int
    disallowed: int
    rule: str
    term: str
    fee: int
    of_quantity: int
    of_basis: int

    @property
    def gain(self) -> int:
        """Proceeds less basis; negative: a loss."""
        return self.proceeds - self.basis

    @property
    def recognised(self) -> int:
        """The gain with what is disallowed of a loss added back."""
        return self.proceeds - self.basis + self.disallowed


class Adjustment(NamedTuple):
    """A disallowed loss on its way into a replacement: `amount` of the loss on `quantity` units of
    `lot`, sold by `event`, was added to the basis of `replacement` (a lot, or the acquiring event
    of a pool), owned by `owner`. `carried` False: the loss is denied for good. `acquired` is the
    replacement's holding start after the adjustment (None: unchanged, or a pool)."""

    event: str
    lot: str
    asset: str
    disposed: int
    quantity: int
    amount: int
    replacement: str
    owner: str
    carried: bool
    acquired: int | None
    rule: str


class OpenLot(NamedTuple):
    """What is left of a lot. `wallet` is "" where basis is not kept by wallet."""

    lot: str
    owner: str
    wallet: str
    asset: str
    quantity: int
    basis: int
    acquired: int


class Pool(NamedTuple):
    """A pool of units that share their cost. `wallet` is "" unless pools are kept by wallet."""

    asset: str
    owner: str
    wallet: str
    quantity: int
    cost: int


class Income(NamedTuple):
    """Units received as income, at their value."""

    event: str
    owner: str
    asset: str
    day: int
    quantity: int
    value: int


class Removal(NamedTuple):
    """Units that left without a disposal (a gift where the giver realises nothing), and the basis
    that left with them."""

    event: str
    lot: str
    owner: str
    asset: str
    day: int
    quantity: int
    basis: int


class Year(NamedTuple):
    """One taxpayer's tax year. `short` and `long` are the year's own recognised nets by term (both
    None where the profile knows no terms), `net` is all of it after what was carried in. `allowed`
    is the loss that other income may be reduced by, `carried_over` the loss left for later years
    (both >= 0). `lines` has the profile's own steps by name, in order, such as the annual exempt
    amount."""

    year: str
    owner: str
    short: int | None
    long: int | None
    net: int
    allowed: int
    carried_over: int
    lines: Mapping[str, int]


@dataclass(frozen=True)
class Matched:
    """What an engine gives: everything but the years."""

    disposals: list[Disposal] = field(default_factory=list)
    adjustments: list[Adjustment] = field(default_factory=list)
    open_lots: list[OpenLot] = field(default_factory=list)
    pools: list[Pool] = field(default_factory=list)
    income: list[Income] = field(default_factory=list)
    removals: list[Removal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class TaxResult:
    """A computation: what was asked, and what came out.

    `as_of` is the last day taken into account (None: all of the ledger). `notes` are lines for
    people: what was assumed, which windows are still open.
    """

    profile: str
    method: str
    scope: str
    currency: str
    as_of: int | None
    decimals: Mapping[str, int]
    disposals: tuple[Disposal, ...]
    adjustments: tuple[Adjustment, ...]
    open_lots: tuple[OpenLot, ...]
    pools: tuple[Pool, ...]
    income: tuple[Income, ...]
    removals: tuple[Removal, ...]
    net: tuple[Year, ...]
    notes: tuple[str, ...]

    def places(self, asset: str) -> int:
        """Decimals of an asset; 18 when nobody said."""
        return self.decimals.get(asset, 18)
