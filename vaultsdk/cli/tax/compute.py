"""`vaultsdk tax compute`: disposals, years, and what is left."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import click
from rich.console import RenderableType
from rich.table import Table

from vaultsdk.cli.common import Output, output_options, table
from vaultsdk.cli.tax.group import TaxCommand
from vaultsdk.cli.tax.options import Rules, rule_options
from vaultsdk.cli.tax.shown import ROUNDED, add, brief, day, lines, money, unbroken, units
from vaultsdk.cli.tax.source import Source, ledger_options
from vaultsdk.cli.tax.work import work
from vaultsdk.tax.document import document
from vaultsdk.tax.result import TaxResult

MOST_ROWS: Final = 40


@click.command(cls=TaxCommand)
@rule_options
@ledger_options
@output_options
def compute(rules: Rules, source: Source, output: Output) -> None:
    """Compute disposals, gains, years, and the lots or pools that are left.

    The table shows the last disposals, rounded; --json and --out have them all, every number
    exact.
    """
    result = work(source, rules).result
    output.emit(document(result), *shown(result))


def shown(result: TaxResult) -> list[RenderableType]:
    """A result for people: disposals, years, what is left, notes."""
    made: list[RenderableType] = [_disposals(result)]
    if result.net:
        made.append(_years(result))
    if result.open_lots:
        made.append(_lots(result))
    if result.pools:
        made.append(_pools(result))
    return [*made, lines(*(f"Note: {note}" for note in result.notes), ROUNDED)]


def _disposals(result: TaxResult) -> Table:
    owners = _several(one.owner for one in result.disposals)
    columns = ["event", "lot", *(["owner"] if owners else []), "asset", "acquired", "disposed"]
    disallowed = any(one.disallowed for one in result.disposals)
    numbers = ("quantity", "proceeds", "basis", "gain", *(["disallowed"] if disallowed else []))
    currency = f", {result.currency}" if result.currency else ""
    made = table(
        *columns,
        *numbers,
        "rule",
        "term",
        title=f"Disposals under {_how(result)}{currency}",
        right=numbers,
    )
    for one in result.disposals[-MOST_ROWS:]:
        add(
            made,
            brief(one.event),
            brief(one.lot),
            *([one.owner] if owners else []),
            one.asset,
            day(one.acquired),
            day(one.disposed),
            units(one.quantity, result.places(one.asset)),
            money(one.proceeds),
            money(one.basis),
            money(one.gain),
            *([money(one.disallowed) if one.disallowed else ""] if disallowed else []),
            one.rule,
            one.term,
        )
    count = len(result.disposals)
    if not count:
        made.caption = "nothing was disposed of"
    elif count > MOST_ROWS:
        made.caption = f"the last {MOST_ROWS} of {count:,} parts of disposals; --json has all"
    else:
        made.caption = f"{count} {'part' if count == 1 else 'parts'} of disposals"
    return unbroken(made, "acquired", "disposed")


def _years(result: TaxResult) -> Table:
    owners = _several(one.owner for one in result.net)
    terms = any(one.short is not None for one in result.net)
    numbers = [*(["short", "long"] if terms else []), "net", "allowed", "carried over"]
    made = table(
        "year",
        *(["owner"] if owners else []),
        *numbers,
        "steps that are not 0",
        title="Tax years",
        right=tuple(numbers),
    )
    for one in result.net:
        add(
            made,
            one.year,
            *([one.owner] if owners else []),
            *([money(one.short), money(one.long)] if terms else []),
            money(one.net),
            money(one.allowed),
            money(one.carried_over),
            "; ".join(
                f"{name.replace('_', ' ')} {money(value)}"
                for name, value in one.lines.items()
                if value
            ),
        )
    return made


def _lots(result: TaxResult) -> Table:
    held: dict[tuple[str, str, str], tuple[int, int, int]] = {}
    for one in result.open_lots:
        key = one.asset, one.owner, one.wallet
        count, quantity, basis = held.get(key, (0, 0, 0))
        held[key] = count + 1, quantity + one.quantity, basis + one.basis
    owners = _several(owner for _, owner, _ in held)
    right = ("lots", "quantity", "basis")
    made = table(
        "asset",
        *(["owner"] if owners else []),
        "wallet",
        *right,
        title="Open lots, together",
        right=right,
    )
    for (asset, owner, wallet), (count, quantity, basis) in sorted(held.items()):
        places = result.places(asset)
        add(
            made,
            asset,
            *([owner] if owners else []),
            brief(wallet),
            f"{count:,}",
            units(quantity, places),
            money(basis),
        )
    return made


def _pools(result: TaxResult) -> Table:
    owners = _several(one.owner for one in result.pools)
    wallets = any(one.wallet for one in result.pools)
    right = ("quantity", "cost")
    made = table(
        "asset",
        *(["owner"] if owners else []),
        *(["wallet"] if wallets else []),
        *right,
        title="Pools",
        right=right,
    )
    for one in result.pools:
        add(
            made,
            one.asset,
            *([one.owner] if owners else []),
            *([brief(one.wallet)] if wallets else []),
            units(one.quantity, result.places(one.asset)),
            money(one.cost),
        )
    return made


def _how(result: TaxResult) -> str:
    """The profile, with the method where there is one."""
    method = f", {result.method}" if result.method else ""
    until = f", as of {day(result.as_of)}" if result.as_of is not None else ""
    return f"{result.profile}{method}{until}"


def _several(owners: Iterable[str]) -> bool:
    """Whether owners need a column."""
    return len(set(owners)) > 1
