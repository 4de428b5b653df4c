"""`vaultsdk tax explain`: the arithmetic of one event, in words."""

from __future__ import annotations

import click

from vaultsdk.cli.common import Failure, Output, output_options
from vaultsdk.cli.tax.group import TaxCommand
from vaultsdk.cli.tax.options import Rules, rule_options
from vaultsdk.cli.tax.shown import day, lines, same_name
from vaultsdk.cli.tax.source import Source, ledger_options
from vaultsdk.cli.tax.work import work
from vaultsdk.tax.explain import explain as explain_event


@click.command(cls=TaxCommand)
@click.option(
    "--event", required=True, metavar="ID", help="A row's id, or what a table shortens it to."
)
@rule_options
@ledger_options
@output_options
def explain(event: str, rules: Rules, source: Source, output: Output) -> None:
    """Explain an event: rows, lots, rule and source of every number it gives."""
    ledger, result = work(source, rules)
    known = ledger.until(result.as_of)
    if "…" in event:
        meant = same_name(event, (one.id for one in ledger.events))
        if len(meant) > 1:
            raise Failure(f"{len(meant)} events are shown as {event}: give the id as --json has it")
        event = meant[0] if meant else event
    if len(known.events) < len(ledger.events) and not any(one.id == event for one in known.events):
        later = next((one.day for one in ledger.events if one.id == event), None)
        if later is not None:
            raise Failure(f"{event} is of {day(later)}, after --as-of {day(result.as_of)}")
    told = explain_event(
        known, result, rules.profile, event, source=source.name, options=rules.options
    )
    output.emit(told.document(), lines(*told.lines))
