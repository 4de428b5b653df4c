from __future__ import annotations

from decimal import Decimal

from vaultsdk.tax.ledger.event import ordinal
from vaultsdk.tax.profiles import profile
from vaultsdk.tax.reports import Number, Report, Section, shown
from vaultsdk.tax.result import Disposal, TaxResult


def wad(text: str) -> int:
    return int(Decimal(text).scaleb(18))


def part(
    disposed: str,
    proceeds: str,
    basis: str,
    *,
    acquired: str | None = None,
    quantity: str = "1",
    asset: str = "ETH",
    disallowed: str = "0",
    rule: str = "FIFO",
    term: str = "",
    fee: str = "0",
    event: str = "sale",
    lot: str = "lot",
    owner: str = "",
    wallet: str = "",
) -> Disposal:
    return Disposal(
        event=event,
        lot=lot,
        owner=owner,
        wallet=wallet,
        asset=asset,
        acquired=None if acquired is None else ordinal(acquired),
        disposed=ordinal(disposed),
        quantity=wad(quantity),
        proceeds=wad(proceeds),
        basis=wad(basis),
        disallowed=wad(disallowed),
        rule=rule,
        term=term,
        fee=wad(fee),
        of_quantity=wad(quantity),
        of_basis=wad(basis),
    )


def result(name: str, *parts: Disposal, as_of: str | None = None) -> TaxResult:
    rules = profile(name)
    return TaxResult(
        profile=name,
        method="",
        scope="",
        currency=rules.currency,
        as_of=None if as_of is None else ordinal(as_of),
        decimals={},
        disposals=parts,
        adjustments=(),
        open_lots=(),
        pools=(),
        income=(),
        removals=(),
        net=rules.netting.years(parts),
        notes=("a note of the result",),
    )


def section(report: Report, key: str) -> Section:
    return next(one for one in report.sections if one.key == key)


def texts(one: Section) -> list[list[str]]:
    return [[shown(cell) for cell in row] for row in one.rows]


def column(one: Section, key: str) -> list[str]:
    at = [column.key for column in one.columns].index(key)
    return [shown(row[at]) for row in one.rows]


def total(one: Section, key: str) -> str:
    assert one.totals is not None
    return shown(one.totals[[column.key for column in one.columns].index(key)])


def fields(report: Report, key: str = "summary") -> dict[str, str]:
    return {shown(row[-2]): shown(row[-1]) for row in section(report, key).rows}


def boxed(report: Report, key: str = "summary") -> dict[str, str]:
    return {shown(row[0]): shown(row[-1]) for row in section(report, key).rows if row[0]}


def numbers(report: Report) -> set[str]:
    return {
        shown(cell)
        for one in report.sections
        for row in (*one.rows, *([one.totals] if one.totals else []))
        for cell in row
        if isinstance(cell, Number)
    }
