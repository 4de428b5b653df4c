"""`vaultsdk tax compare`: one ledger under several methods or profiles, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import click
from rich.table import Table

from vaultsdk.cli.common import Output, output_options, table, write_file
from vaultsdk.cli.tax.chart import FORMS, chart
from vaultsdk.cli.tax.group import TaxCommand
from vaultsdk.cli.tax.options import AS_OF, FILE, IDENTITY, SAME, Rules, identity_of
from vaultsdk.cli.tax.shown import ROUNDED, add, lines, money
from vaultsdk.cli.tax.source import Source, ledger_options
from vaultsdk.cli.tax.work import read, work
from vaultsdk.tax.compare import Choice, Comparison, Outcome, every_method
from vaultsdk.tax.compare import compare as compare_choices
from vaultsdk.tax.identity import Confidence
from vaultsdk.tax.options import Options
from vaultsdk.tax.profiles import PROFILES, profile


class Line(NamedTuple):
    """An outcome, and the currency its money is in."""

    outcome: Outcome
    currency: str


@click.command(cls=TaxCommand)
@click.option(
    "--choice",
    "choices",
    multiple=True,
    metavar="PROFILE[:METHOD[:SCOPE]]",
    help="What to compare, such as us:hifo or us:fifo:universal. Repeatable.",
)
@click.option(
    "--profile",
    "profile_name",
    type=click.Choice(list(PROFILES)),
    help="This profile under each of its methods.",
)
@AS_OF
@SAME
@IDENTITY
@ledger_options
@click.option(
    "--chart",
    "picture",
    type=FILE,
    metavar="FILE",
    help="Draw the comparison: a name that ends in .png or .svg.",
)
@output_options
def compare(
    choices: tuple[str, ...],
    profile_name: str | None,
    as_of: int | None,
    same: str,
    identity: Path | None,
    source: Source,
    picture: Path | None,
    output: Output,
) -> None:
    """Compare methods and profiles on one ledger: gains, disallowed losses, basis left.

    Each profile reads the ledger in its own currency, through --fx where that is another one.
    """
    if not choices and not profile_name:
        raise click.UsageError(
            "say what to compare: --profile for all of its methods, --choice for others, or both"
        )
    form = "" if picture is None else picture.suffix.lower().removeprefix(".")
    if picture is not None and form not in FORMS:
        raise click.UsageError(f"--chart {picture}: a chart is a .png or an .svg")
    asked = every_method(profile_name) if profile_name else []
    asked += [one for one in map(Choice.parse, choices) if one not in asked]
    options = Options(as_of=as_of, confidence=Confidence(same), identity=identity_of(identity))
    found = [_line(source, one, options) for one in asked]
    currencies = {line.currency for line in found}
    if len(currencies) > 1 and source.fx is None:
        output.note(
            "the ledger does not say its currency: its money is taken to be in each profile's own, "
            f"{', '.join(sorted(filter(None, currencies)))}"
        )
    if picture is not None:
        write_file(picture, chart([(*line,) for line in found], form), "--chart")
    output.emit(_document(found), _table(found), lines(ROUNDED))


def _line(source: Source, choice: Choice, options: Options) -> Line:
    """One choice, on the ledger in its profile's currency."""
    own = options.model_copy(update={"method": choice.method, "scope": choice.scope})
    rules = Rules(profile(choice.profile), own)
    reading = read(source, rules)
    if reading.problems:
        work(source, rules)  # lists them, with what the computation finds besides
    outcome = compare_choices(reading.ledger, [choice], options).rows[0]
    return Line(outcome, rules.profile.currency or reading.ledger.currency)


def _document(found: list[Line]) -> dict[str, Any]:
    rows = Comparison(tuple(line.outcome for line in found)).document()["choices"]
    return {
        "choices": [
            {**row, "currency": line.currency or None}
            for row, line in zip(rows, found, strict=True)
        ]
    }


def _table(found: list[Line]) -> Table:
    right = ("realised", "disallowed", "recognised", "short", "long", "basis left")
    made = table("choice", "currency", *right, title="Side by side, all years", right=right)
    for one, currency in found:
        terms = any(year.short is not None for year in one.years)
        add(
            made,
            one.choice.text,
            currency,
            money(one.realised),
            money(one.disallowed),
            money(one.recognised),
            money(one.short) if terms else "",
            money(one.long) if terms else "",
            money(one.left),
        )
    return made
