"""United Kingdom: the computation behind SA108, Capital Gains Tax summary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from vaultsdk.tax.ledger.event import iso, ordinal
from vaultsdk.tax.reports.common import computed, notes_of
from vaultsdk.tax.reports.model import Cell, Column, Number, Report, Section
from vaultsdk.tax.reports.rounding import down, up
from vaultsdk.tax.reports.selection import by_first, expect, first_of
from vaultsdk.tax.result import Disposal, TaxResult
from vaultsdk.tax.rules.netting import UkNetting
from vaultsdk.tax.rules.years import SIXTH_OF_APRIL

_POUND: Final = 10**18

CRYPTO_BOXES_SINCE: Final = 2024
"""The first tax year (2024/25) whose SA108 has a section "Cryptoassets" with boxes 13.1 and on."""

_RATES_CHANGED: Final = ordinal("2024-10-30")
"""Disposals from this day on have other rates: 2024/25 shows both halves."""

_RULES: Final = {
    "SAME_DAY": "acquired on the same day",
    "30_DAY": "acquired within 30 days after",
    "S104": "section 104 pool",
}


@dataclass(frozen=True)
class DayDisposal:
    """All disposals of one asset on one day, which are one disposal (TCGA 1992 s. 105(1)(a)), in
    whole pounds: proceeds rounded down, each part's cost and the fees rounded up."""

    parts: tuple[Disposal, ...]

    @property
    def proceeds(self) -> int:
        """Before fees, rounded down to the pound."""
        return down(sum(part.proceeds + part.fee for part in self.parts), 0)

    @property
    def fees(self) -> int:
        """Incidental costs of disposal, rounded up to the pound."""
        return up(sum(part.fee for part in self.parts), 0)

    @property
    def cost(self) -> int:
        """Allowable cost: every part's rounded up to the pound, and the fees."""
        return sum(up(part.basis, 0) for part in self.parts) + self.fees

    @property
    def gain(self) -> int:
        """Proceeds less costs, of the rounded figures; negative: a loss."""
        return self.proceeds - self.cost


@dataclass(frozen=True)
class _Tally:
    """A year's figures in pounds; `brought` and `carried` are losses (>= 0)."""

    gains: int
    losses: int
    exempt: int
    brought: int

    @property
    def used(self) -> int:
        return min(self.brought, max(0, self.gains - self.losses - self.exempt))

    @property
    def taxable(self) -> int:
        return max(0, self.gains - self.losses - self.used - self.exempt)

    @property
    def carried(self) -> int:
        return self.brought - self.used + max(0, self.losses - self.gains)


def sa108(result: TaxResult, year: str, owner: str) -> Report:
    """The capital gains computation that goes with SA108: each disposal, what it was matched with,
    and the totals for the form.

    In whole pounds: proceeds down, each matched part's allowable cost and the fees up, the gain is
    the difference. This is how HMRC rounds in its examples (Cryptoassets Manual CRYPTO22252, 22254,
    22256; helpsheet HS284). Losses brought forward are those of earlier years of this ledger, in
    the same rounding, used down to the annual exempt amount (TCGA 1992 ss. 1, 1K, 2). From tax
    year 2024/25 on the boxes are those of SA108's section "Cryptoassets"; before, the section is
    "Other property, assets and gains" and fields are named without numbers. Raises ReportError.
    """
    expect(result, "uk", "SA108")
    first = first_of(year, SIXTH_OF_APRIL)
    years = {
        known: day_disposals(parts)
        for known, parts in by_first(result, owner, SIXTH_OF_APRIL).items()
    }
    disposals = years.get(first, [])
    brought = 0
    for earlier in range(min(years, default=first), first):
        brought = _tally(earlier, years.get(earlier, []), brought).carried
    tally = _tally(first, disposals, brought)
    crypto = first >= CRYPTO_BOXES_SINCE
    section = "Cryptoassets" if crypto else "Other property, assets and gains"
    notes = [
        "Whole pounds: proceeds are rounded down, costs and fees up, as HMRC does in its examples.",
        "Only what is in this ledger: other gains share the annual exempt amount, and losses "
        "before the ledger are not known here. A loss counts once it is claimed.",
    ]
    if crypto:
        notes.append(
            "Box numbers are those of the section as it came with 2024-25: check them on the form."
        )
    return Report(
        key="sa108",
        title=f"SA108, Capital Gains Tax summary: computation for {year}",
        owner=owner,
        year=year,
        currency=result.currency,
        sections=(
            _disposals(result, disposals),
            _matches(result, disposals),
            _summary(section, first, crypto, disposals, tally),
            *computed(result, year, owner),
        ),
        notes=notes_of(result, *notes),
        source=f"HMRC SA108, section {section}; Cryptoassets Manual CRYPTO22200 and following",
    )


def day_disposals(parts: Sequence[Disposal]) -> list[DayDisposal]:
    """Parts as disposals: by asset and day, in the order of the days."""
    found: dict[tuple[int, str], list[Disposal]] = {}
    for part in parts:
        found.setdefault((part.disposed, part.asset), []).append(part)
    return [DayDisposal(tuple(found[key])) for key in sorted(found)]


def _tally(first: int, disposals: Sequence[DayDisposal], brought: int) -> _Tally:
    gains = [disposal.gain for disposal in disposals]
    return _Tally(
        gains=sum(gain for gain in gains if gain > 0),
        losses=-sum(gain for gain in gains if gain < 0),
        exempt=UkNetting.exempt(first) // _POUND,
        brought=brought,
    )


def _disposals(result: TaxResult, disposals: Sequence[DayDisposal]) -> Section:
    columns = (
        Column("number", "No."),
        Column("date", "Date"),
        Column("asset", "Asset"),
        Column("quantity", "Quantity", number=True),
        Column("proceeds", "Proceeds", number=True, total=True),
        Column("cost", "Allowable costs", number=True, total=True),
        Column("fees", "of these, fees", number=True, total=True),
        Column("gain", "Gain or loss (-)", number=True, total=True),
    )
    rows = [
        (
            str(number),
            iso(disposal.parts[0].disposed),
            disposal.parts[0].asset,
            Number(
                sum(part.quantity for part in disposal.parts),
                result.places(disposal.parts[0].asset),
            ),
            Number(disposal.proceeds),
            Number(disposal.cost),
            Number(disposal.fees),
            Number(disposal.gain),
        )
        for number, disposal in enumerate(disposals, 1)
    ]
    return Section.of(
        "disposals",
        "Disposals",
        columns,
        rows,
        ["All disposals of one asset on one day are one disposal."],
    )


def _matches(result: TaxResult, disposals: Sequence[DayDisposal]) -> Section:
    columns = (
        Column("disposal", "Disposal"),
        Column("rule", "Matched with units"),
        Column("acquired", "Acquired"),
        Column("asset", "Asset"),
        Column("quantity", "Quantity", number=True),
        Column("cost", "Cost", number=True, total=True),
    )
    rows = [
        (
            str(number),
            _RULES.get(part.rule, part.rule),
            None if part.acquired is None else iso(part.acquired),
            part.asset,
            Number(part.quantity, result.places(part.asset)),
            Number(up(part.basis, 0)),
        )
        for number, disposal in enumerate(disposals, 1)
        for part in disposal.parts
    ]
    return Section.of("matches", "What each disposal was matched with", columns, rows)


def _summary(
    section: str, first: int, crypto: bool, disposals: Sequence[DayDisposal], tally: _Tally
) -> Section:
    boxed: tuple[tuple[str, str, int], ...] = (
        ("13.1", "Number of disposals", len(disposals)),
        ("13.2", "Disposal proceeds", sum(disposal.proceeds for disposal in disposals)),
        ("13.3", "Allowable costs, fees included", sum(disposal.cost for disposal in disposals)),
        ("13.4", "Gains in the year, before losses", tally.gains),
        ("13.5", "Losses in the year", tally.losses),
    )
    rows: list[tuple[Cell, ...]] = [
        (box if crypto else "", what, Number(value)) for box, what, value in boxed
    ]
    if first == SIXTH_OF_APRIL.first_of(_RATES_CHANGED):
        early = [one.gain for one in disposals if one.parts[0].disposed < _RATES_CHANGED]
        late = [one.gain for one in disposals if one.parts[0].disposed >= _RATES_CHANGED]
        rows += [
            ("", "Gains less losses up to 29 October 2024", Number(sum(early))),
            ("", "Gains less losses from 30 October 2024", Number(sum(late))),
        ]
    rows += [
        ("", "Annual exempt amount", Number(tally.exempt)),
        ("", "Losses brought forward", Number(tally.brought)),
        ("", "Losses brought forward and used", Number(tally.used)),
        ("", "Taxable gains", Number(tally.taxable)),
        ("", "Losses carried forward", Number(tally.carried)),
    ]
    columns = (
        Column("box", "Box"),
        Column("what", "What"),
        Column("amount", "Amount", number=True),
    )
    return Section.of("summary", f"For SA108, section {section}", columns, rows)
