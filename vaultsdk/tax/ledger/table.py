"""CSV with a header: columns by name in any order, physical line numbers, all faults noted."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from io import StringIO
from operator import itemgetter

from vaultsdk.tax.errors import Problem
from vaultsdk.tax.ledger.quoted import plain, quoted


class Broken(tuple[str, ...]):
    """The fields of a row that has more or fewer of them than the header: a guess at best. It has
    "" for every column that the row did not reach."""

    __slots__ = ()


def read_table(
    text: str,
    columns: Sequence[str],
    needed: Sequence[str],
    problems: list[Problem],
    *,
    broken: bool = False,
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Rows with the line they begin in (the header is line 1), their fields in the order of
    `columns`, trimmed; a column that the header leaves out is "". Empty lines are passed over.

    Faults of the header and of the form of rows go to `problems`. A header that lacks a needed
    column, or misspells one, gives no rows. A row with another number of fields than the header is
    given as `Broken` if `broken` says so, else left out; a line that is not CSV likewise, with no
    field at all filled.
    """
    lines = _records(text.removeprefix("\ufeff"))
    header: list[str] | None = None
    row = 0
    for row, record in lines:
        if isinstance(record, csv.Error):
            problems.append(Problem(row, columns[0], f"the header is not CSV: {record}"))
            return
        header = [name.strip() for name in record]
        break
    if header is None:
        problems.append(
            Problem(1, columns[0], f"there is no header: begin with a line {','.join(needed)}")
        )
        return
    if not _check_header(row, header, columns, needed, problems):
        return
    width = len(header)
    places = [header.index(name) if name in header else width for name in columns]
    pick = itemgetter(*places)
    for row, record in lines:
        if isinstance(record, csv.Error):
            cause = f"the line is not CSV ({record}): check its quotation marks"
            problems.append(Problem(row, plain(header[0]), cause))
            if broken:
                yield row, Broken("" for _ in columns)
        elif len(record) == width:
            yield row, pick([*map(str.strip, record), ""])
        else:
            count = len(record)
            problems.append(
                Problem(
                    row,
                    plain(header[min(count, width - 1)]),
                    f"the row has {count} field{'s' if count > 1 else ''}, but the header has "
                    f"{width}: check its commas and quotation marks",
                )
            )
            if broken:
                fields = [field.strip() for field in record[:width]]
                fields += [""] * (width + 1 - len(fields))
                yield row, Broken(pick(fields))


def _records(text: str) -> Iterator[tuple[int, list[str] | csv.Error]]:
    """Records that are not empty, or what is wrong with them, with the line they begin in.

    A record of empty fields is what a spreadsheet makes of an empty line.
    """
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    line = 1
    while True:
        try:
            record = next(reader)
            if record and (record[0] or any(field.strip() for field in record)):
                yield line, record
        except StopIteration:
            return
        except csv.Error as error:
            yield line, error
        line = reader.line_num + 1


def _check_header(
    row: int,
    header: Sequence[str],
    columns: Sequence[str],
    needed: Sequence[str],
    problems: list[Problem],
) -> bool:
    """Note the header's faults. False: its rows cannot be read."""
    if len(header) > 1 and not {name.lower() for name in header} & set(columns):
        cause = f"the first line is no header: begin with a line like {','.join(needed)}"
        problems.append(Problem(row, columns[0], cause))
        return False
    absent = [name for name in columns if name not in header]
    meant: set[str] = set()
    twice = False
    seen: set[str] = set()
    for name in header:
        if name in seen:
            problems.append(
                Problem(row, plain(name), f"the column {plain(name)} is there twice: keep one")
            )
            twice = True
            continue
        seen.add(name)
        if name in columns:
            continue
        if len(header) == 1 and (";" in name or "\t" in name):
            problems.append(Problem(row, columns[0], "separate the columns by commas"))
            return False
        near = get_close_matches(name.lower(), absent, 1)
        meant.update(near)
        hint = f"did you mean {near[0]}?" if near else f"the columns are {', '.join(columns)}"
        problems.append(
            Problem(row, plain(name), f"the column {quoted(name)} is not known: {hint}")
        )
    lacking = [name for name in needed if name not in header and name not in meant]
    problems.extend(
        Problem(row, name, f"the column {name} is missing: add it to the header")
        for name in lacking
    )
    return not (meant or twice or lacking)
