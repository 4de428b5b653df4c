"""`vaultsdk tax report`: the forms of a tax year, on the screen or as a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
from rich.console import RenderableType
from rich.markup import escape

from vaultsdk.cli.common import Failure, Output, table, write_file
from vaultsdk.cli.tax.group import TaxCommand
from vaultsdk.cli.tax.options import Rules, rule_options
from vaultsdk.cli.tax.shown import add, lines
from vaultsdk.cli.tax.source import Source, ledger_options
from vaultsdk.cli.tax.work import work
from vaultsdk.tax.profiles import profile
from vaultsdk.tax.reports import Report, generic, owners_of, report_for, years_of
from vaultsdk.tax.reports.render import csv_files, csv_of, document_of, html_of, pdf_of, tables_of
from vaultsdk.tax.reports.render.rows import Table as Rows
from vaultsdk.tax.reports.render.rows import owner_of
from vaultsdk.tax.reports.selection import check_owner
from vaultsdk.tax.result import TaxResult

FORMATS: Final = ("table", "csv", "json", "html", "pdf")
AUTO, GENERIC = "auto", "generic"


@click.command(cls=TaxCommand)
@click.option(
    "--year",
    metavar="Y",
    help="The tax year, 2025 or 2024/25; may be left out when the ledger has one only.",
)
@click.option("--owner", metavar="O", help="The taxpayer, if the ledger names several.")
@click.option(
    "--form",
    default=AUTO,
    show_default=True,
    metavar="NAME",
    help="auto: all forms of the profile; generic: every disposal, unrounded; or one "
    "form, such as schedule-d.",
)
@click.option(
    "--reported",
    type=click.Choice(["none", "no-basis", "basis"]),
    help="United States: what brokers told the IRS on Form 1099-DA (decides the boxes).",
)
@rule_options
@ledger_options
@click.option(
    "--format",
    "form_of",
    type=click.Choice(FORMATS),
    help="Left out: by the name of --out, else a table.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write to this file; for csv also a folder that exists, a file for each section.",
)
def report(
    year: str | None,
    owner: str | None,
    form: str,
    reported: str | None,
    rules: Rules,
    source: Source,
    form_of: str | None,
    as_json: bool,
    out: Path | None,
) -> None:
    """Fill in the forms of a tax year: Form 8949 and Schedule D (us), SA108 (uk), Schedule 3 (ca),
    Anlage SO (de), or a list of all disposals.

    Amounts are rounded once, as the form wants it; the screen, CSV, JSON, page and PDF show the
    same numbers.
    """
    wanted = _format(form_of, as_json, out)
    if form == GENERIC and reported is not None:
        raise click.UsageError("--reported is for the forms of the United States")
    result = work(source, rules).result
    options = {} if reported is None else {"reported": reported}
    reports = _reports(result, year, owner, form, options)
    if wanted in ("table", "json"):
        document = {"reports": [document_of(one) for one in reports]}
        shown = [] if as_json or wanted == "json" else _shown(reports)
        Output(as_json or (wanted == "json" and out is None), out).emit(document, *shown)
    elif wanted == "csv" and out is not None and out.is_dir():
        for one in reports:
            for name, text in csv_files(one).items():
                write_file(out / name, text.encode())
    else:
        data = _data(reports, wanted)
        if out is None:
            click.echo(data, nl=False)
        else:
            write_file(out, data)
    if out is not None:
        click.echo(f"wrote {out}: {'; '.join(one.title for one in reports)}", err=True)


def _format(form_of: str | None, as_json: bool, out: Path | None) -> str:
    """Which format is meant. Raises UsageError where options contradict each other."""
    if as_json and form_of not in (None, "json"):
        raise click.UsageError(f"--json and --format {form_of} are two things: give one")
    if form_of is None and not as_json and out is not None:
        form_of = "csv" if out.is_dir() else out.suffix.lower().removeprefix(".")
        if form_of not in FORMATS[1:]:
            raise click.UsageError(
                f"{out} does not say what to write: give --format csv, json, html or pdf"
            )
    found = "json" if as_json else form_of or "table"
    if found == "table" and out is not None:
        raise click.UsageError("a table is for the screen: --out takes csv, json, html or pdf")
    if found == "pdf" and out is None:
        raise click.UsageError("a PDF goes to a file: give --out FILE")
    return found


def _reports(
    result: TaxResult, year: str | None, owner: str | None, form: str, options: dict[str, str]
) -> list[Report]:
    year = None if year is None else year.strip().replace("-", "/")
    if form == GENERIC or (form == AUTO and profile(result.profile).report == GENERIC):
        return [generic(result, year, owner)]
    whose = _owner(result, owner)
    found = report_for(result.profile, result, year or _year(result, whose), whose, **options)
    if form == AUTO:
        return found
    chosen = [one for one in found if one.key == form]
    if not chosen:
        keys = ", ".join([*(one.key for one in found), GENERIC])
        raise Failure(f"profile {result.profile} has no form {form!r}: choose {keys}, or auto")
    return chosen


def _owner(result: TaxResult, owner: str | None) -> str:
    if owner is not None:
        check_owner(result, owner)
        return owner
    owners = owners_of(result)
    if len(owners) > 1:
        raise Failure(
            f"the ledger has {len(owners)} owners, and a form is one taxpayer's: choose "
            f"{', '.join(repr(one) for one in owners)} with --owner"
        )
    return owners[0] if owners else ""


def _year(result: TaxResult, owner: str) -> str:
    years = years_of(result, owner)
    if not years:
        raise Failure("nothing was disposed of in any year: say which year with --year")
    if len(years) > 1:
        raise Failure(f"a form is one year's: choose {', '.join(years)} with --year")
    return years[0]


# ---------------------------------------------------------------- what is printed
def _data(reports: Sequence[Report], wanted: str) -> bytes:
    if wanted == "html":
        return html_of(reports).encode()
    if wanted == "pdf":
        return pdf_of(reports)
    sections = [(one.title, section) for one in reports for section in one.sections]
    if len(sections) == 1:
        return csv_of(sections[0][1]).encode()
    # Blocks, as a spreadsheet shows them: each under its title, an empty line between them.
    blocks = [f"{_field(f'{title}: {part.title}')}\n{csv_of(part)}" for title, part in sections]
    return "\n".join(blocks).encode()


def _field(text: str) -> str:
    quoted = text.replace('"', '""')
    return f'"{quoted}"'


def _shown(reports: Sequence[Report]) -> list[RenderableType]:
    made: list[RenderableType] = []
    for one in reports:
        currency = f", {one.currency}" if one.currency else ""
        made.append(lines(f"{one.title}{currency}", f"Owner: {owner_of(one)}"))
        made += [part for rows in tables_of(one) for part in _section(rows)]
        made.append(lines(*one.notes, f"Source: {one.source}"))
    return made


def _section(rows: Rows) -> list[RenderableType]:
    numbers = tuple(
        title for title, number in zip(rows.header, rows.numbers, strict=True) if number
    )
    made = table(*rows.header, title=escape(rows.title), right=numbers)
    for row in rows.rows:
        add(made, *row)
    if rows.totals is not None:
        made.add_section()
        add(made, *rows.totals)
    return [made, lines(*rows.notes)] if rows.notes else [made]
