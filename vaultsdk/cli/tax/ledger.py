"""`vaultsdk tax ledger`: a vault's log, or a file in order, as the neutral ledger; or a check."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import click

from vaultsdk.cli.common import Output, table, write_file
from vaultsdk.cli.tax.group import TaxCommand
from vaultsdk.cli.tax.shown import add, day
from vaultsdk.cli.tax.source import Source, ledger_options
from vaultsdk.cli.tax.work import refuse
from vaultsdk.tax.compute import attempt
from vaultsdk.tax.ledger.export import ledger_csv, ledger_rows
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.ledger.shapes import BY_KIND
from vaultsdk.tax.options import Options
from vaultsdk.tax.profiles import PROFILES


@click.command(cls=TaxCommand)
@click.option("--check", is_flag=True, help="Only say what the ledger has, or all its faults.")
@click.option(
    "--profile",
    type=click.Choice(list(PROFILES)),
    help="Convert to its currency, and refuse what cannot be computed under it.",
)
@ledger_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the CSV (with --check or --json the JSON document) to this file.",
)
def ledger(
    check: bool,
    profile: str | None,
    source: Source,
    as_json: bool,
    out: Path | None,
) -> None:
    """Write a vault's log as a ledger, to be merged with your own; or check a ledger.

    A ledger from a file comes out in the order in which it is computed, its money converted.
    Without --profile only what the rows say is checked, not whether more was sold than was held.
    """
    rules = None if profile is None else PROFILES[profile]
    reading = source.read(rules)
    refuse(reading, () if rules is None else attempt(reading.ledger, rules, Options())[1])
    told = reading.ledger
    if check:
        _check(told, profile, Output(as_json, out))
    elif as_json:
        rows = [
            {name: text for name, text in row.model_dump().items() if text}
            for row in ledger_rows(told)
        ]
        Output(as_json, out).emit({"currency": told.currency or None, "rows": rows})
    elif out is not None:
        write_file(out, ledger_csv(told).encode())
        click.echo(f"wrote {out}: {len(told.events):,} events of {told.source}", err=True)
    else:
        click.echo(ledger_csv(told), nl=False)


def _check(told: Ledger, profile: str | None, output: Output) -> None:
    found = _facts(told, profile)
    shown = table("", "", title="No faults")
    shown.show_header = False
    for name, value in found.items():
        if isinstance(value, dict):
            add(shown, name, ", ".join(f"{key} {count:,}" for key, count in value.items()))
        elif isinstance(value, list):
            add(shown, name, f"{len(value)}: {', '.join(value)}" if value else "none named")
        else:
            add(shown, name, "" if value is None else f"{value}")
    if profile is None:
        shown.caption = "whether more was sold than was held: give --profile to check that too"
    output.emit(found, shown)


def _facts(told: Ledger, profile: str | None) -> dict[str, Any]:
    events = told.events
    return {
        "source": told.source,
        "profile": profile,
        "currency": told.currency or None,
        "events": len(events),
        "first": day(events[0].day) if events else None,
        "last": day(events[-1].day) if events else None,
        "types": dict(sorted(Counter(BY_KIND[one.kind].type for one in events).items())),
        "assets": dict(sorted(Counter(one.asset for one in events).items())),
        "owners": sorted({one.owner for one in events if one.owner}),
        "wallets": sorted({name for one in events for name in (one.wallet, one.to_wallet) if name}),
    }
