"""What of a result a report is about: one taxpayer's disposals, by tax year."""

from __future__ import annotations

import re
from typing import Final

from vaultsdk.tax.profiles import profile
from vaultsdk.tax.reports.errors import ReportError
from vaultsdk.tax.result import Disposal, TaxResult
from vaultsdk.tax.rules.years import CALENDAR, TaxYear

_LABEL: Final = re.compile(r"([1-9]\d{3})(?:/(\d\d))?")


def tax_year_of(result: TaxResult) -> TaxYear:
    """The tax years of the profile that made the result. Raises TaxError for one there is not."""
    return profile(result.profile).netting.tax_year


def years_of(result: TaxResult, owner: str | None = None) -> tuple[str, ...]:
    """The tax years that a result has something for, in order; of one taxpayer, or of all."""
    tax_year = tax_year_of(result)
    found = {year.year for year in result.net if owner in (None, year.owner)}
    found |= {
        tax_year.of(disposal.disposed)
        for disposal in result.disposals
        if owner in (None, disposal.owner)
    }
    return tuple(sorted(found))


def owners_of(result: TaxResult) -> tuple[str, ...]:
    """The taxpayers of a result, in order; "" is a ledger's that names none."""
    parts = (
        result.disposals,
        result.open_lots,
        result.pools,
        result.income,
        result.removals,
        result.net,
    )
    return tuple(sorted({one.owner for part in parts for one in part}))


def first_of(year: str, tax_year: TaxYear) -> int:
    """The calendar year in which the tax year of a label begins. Raises ReportError for a label
    that is not one of these tax years."""
    found = _LABEL.fullmatch(year)
    if found is not None and tax_year.label(int(found[1])) == year:
        return int(found[1])
    raise ReportError(
        f"{year!r} is not a tax year here: write it like {tax_year.label(2024)!r}",
        name="year",
        value=year,
    )


def expect(result: TaxResult, report: str, form: str) -> None:
    """Refuse a result of another jurisdiction. Raises ReportError."""
    if profile(result.profile).report != report:
        raise ReportError(
            f"{form} cannot be made from a result of profile {result.profile!r}: compute the "
            f"ledger with profile {report!r}",
            name="profile",
            value=result.profile,
        )


def check_owner(result: TaxResult, owner: str) -> None:
    """Refuse a taxpayer whom a result does not know, unless it is empty. Raises ReportError."""
    owners = owners_of(result)
    if owners and owner not in owners:
        names = ", ".join(repr(one) for one in owners)
        choose = f"choose one of {names}" if any(owners) else "it names none: leave the owner out"
        raise ReportError(
            f"there is no owner {owner!r} in this result: {choose}",
            name="owner",
            value=owner,
        )


def by_first(result: TaxResult, owner: str, tax_year: TaxYear) -> dict[int, list[Disposal]]:
    """A taxpayer's disposals by the calendar year in which their tax year began, as in the result.
    Raises ReportError for an unknown owner."""
    check_owner(result, owner)
    found: dict[int, list[Disposal]] = {}
    for disposal in result.disposals:
        if disposal.owner == owner:
            found.setdefault(tax_year.first_of(disposal.disposed), []).append(disposal)
    return found


def of_calendar_year(result: TaxResult, year: str, owner: str) -> list[Disposal]:
    """A taxpayer's disposals of a calendar year. Raises ReportError."""
    first = first_of(year, CALENDAR)
    return by_first(result, owner, CALENDAR).get(first, [])
