"""`vaultsdk tax candidates`: the harvest table, lot by lot or pool by pool."""

from __future__ import annotations

from typing import Final

import click
from rich.console import RenderableType
from rich.table import Table

from vaultsdk.cli.common import Failure, Output, output_options, table
from vaultsdk.cli.tax.group import TaxCommand
from vaultsdk.cli.tax.options import Rules, rule_options
from vaultsdk.cli.tax.prices import prices_of, vault_prices
from vaultsdk.cli.tax.shown import ROUNDED, add, brief, day, lines, money, unbroken, units
from vaultsdk.cli.tax.source import VAULT_CURRENCY, Source, ledger_options
from vaultsdk.cli.tax.work import work
from vaultsdk.tax.candidates import Candidates, Wait
from vaultsdk.tax.candidates import candidates as harvest_table

MOST_ROWS: Final = 40


@click.command(cls=TaxCommand)
@click.option(
    "--prices",
    multiple=True,
    metavar="FILE|ASSET=PRICE",
    help="Market prices per whole token in the report's currency: pairs like WETH=1650.5, or CSV "
    "asset,price. Repeatable. A vault's own prices are used when it is left out.",
)
@rule_options
@ledger_options
@output_options
def candidates(prices: tuple[str, ...], rules: Rules, source: Source, output: Output) -> None:
    """Show what selling each lot, or pool, now would realise, and what of it would count.

    Every row is a sale that the engine simulates on the day of --as-of (left out: the ledger's last
    day). Greatest loss first, with the days until which not to buy or sell, and why.
    """
    given = prices_of(prices)
    ledger, result = work(source, rules)
    if not given:
        if source.path is not None or ledger.currency != VAULT_CURRENCY:
            raise Failure(
                "say what the assets are worth: --prices WETH=1650.5, or --prices FILE with "
                "asset,price"
            )
        given = vault_prices(source.target)
    if not ledger.events:
        raise Failure("the ledger has no events, so there is nothing to harvest")
    when = rules.options.as_of
    if when is None:
        when = ledger.events[-1].day
        output.note(f"as of the ledger's last day, {day(when)}; --as-of says another")
    found = harvest_table(ledger, rules.profile, given, when, rules.options)
    output.emit(found.document(), *_shown(found, result.profile))


def _shown(found: Candidates, profile: str) -> list[RenderableType]:
    made: list[RenderableType] = [_rows(found, profile)]
    for title, waits in (("Do not buy", found.do_not_buy), ("Do not sell", found.do_not_sell)):
        if waits:
            made.append(_waits(title, waits))
    return [*made, lines(*(f"Note: {note}" for note in found.notes), ROUNDED)]


def _rows(found: Candidates, profile: str) -> Table:
    owners = len({one.owner for one in found.rows}) > 1
    right = (
        "quantity",
        "basis",
        "value",
        "gain",
        "days to long",
        "recognised",
        "deferred",
        "denied",
    )
    currency = f", {found.currency}" if found.currency else ""
    made = table(
        "lot or pool",
        *(["owner"] if owners else []),
        "wallet",
        "asset",
        "acquired",
        "term",
        *right,
        title=f"If sold on {day(found.day)}, under {profile}{currency}",
        right=right,
    )
    for one in found.rows[:MOST_ROWS]:
        add(
            made,
            brief(one.lot) if one.kind == "lot" else f"pool of {one.asset}",
            *([one.owner] if owners else []),
            brief(one.wallet),
            one.asset,
            day(one.acquired),
            one.term,
            units(one.quantity, found.decimals.get(one.asset, 18)),
            money(one.basis),
            money(one.value),
            money(one.gain),
            "" if one.days_to_long is None else str(one.days_to_long),
            money(one.recognised),
            money(one.deferred),
            money(one.denied),
        )
    count = len(found.rows)
    if count > MOST_ROWS:
        made.caption = f"the first {MOST_ROWS} of {count:,}; --json has all"
    elif not count:
        made.caption = "no open lot or pool has a price"
    return unbroken(made, "acquired")


def _waits(title: str, waits: tuple[Wait, ...]) -> Table:
    made = table("what", "until", "why", title=title)
    for one in waits[:MOST_ROWS]:
        add(made, brief(one.subject), day(one.until), one.why)
    if len(waits) > MOST_ROWS:
        made.caption = f"the first {MOST_ROWS} of {len(waits):,}; --json has all"
    return unbroken(made, "until")
