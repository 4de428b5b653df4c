"""Reads a ledger from the text of a CSV file, or from models. Pure: the caller reads the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Final, NamedTuple, TypedDict, Unpack

from vaultsdk.tax.errors import LedgerProblemsError, Problem
from vaultsdk.tax.ledger.checks import check_together
from vaultsdk.tax.ledger.exchange import Exchange
from vaultsdk.tax.ledger.fx import FxTable
from vaultsdk.tax.ledger.intake import Intake
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.ledger.rows import COLUMNS, NEEDED, LedgerRow
from vaultsdk.tax.ledger.table import Broken, read_table
from vaultsdk.tax.ledger.times import Clock, zone_of

_FIELDS: Final = attrgetter(*COLUMNS)


class Options(TypedDict, total=False):
    """How to read a ledger. `source` names it in errors. `assets` has decimals by symbol, before
    the known ones. `fx` converts money in `currency` (unless a row names its own) into
    `report_currency`. `timezone` is the taxpayer's, by its IANA name: of times without an offset,
    and of the days that the law counts. `gifts_carry`: what a gift received cost is its giver's
    basis, converted at the rate of the day in `acquired`; False: its value on its own day."""

    source: str
    assets: Mapping[str, int] | None
    fx: FxTable | None
    currency: str
    report_currency: str
    timezone: str
    gifts_carry: bool


class Reading(NamedTuple):
    """What could be read: a ledger of the good rows, and every fault of the others.

    `touched` are the assets of which the faults may have left out units: that more of these is sold
    than held, or a lot is not there, may be due to a fault that is listed already. None: it cannot
    be said which assets they are, so it may be any.
    """

    ledger: Ledger
    problems: list[Problem]
    touched: frozenset[str] | None


def parse_ledger(text: str, **options: Unpack[Options]) -> Ledger:
    """The ledger of a CSV text; see `Options`.

    Raises LedgerProblemsError with every fault found, and TaxError for an unknown time zone.
    """
    return _whole(read_ledger(text, **options))


def ledger_of(rows: Iterable[LedgerRow], **options: Unpack[Options]) -> Ledger:
    """The ledger of models; see `Options`. Row numbers are those of a file: the first is 2.

    Raises LedgerProblemsError with every fault found, and TaxError for an unknown time zone.
    """
    return _whole(read_rows(rows, **options))


def read_ledger(text: str, **options: Unpack[Options]) -> Reading:
    """The good part of a CSV text and its faults, for a caller that wants to add faults of its own
    before it refuses. Raises TaxError for an unknown time zone."""
    intake, exchange = _intake(options)
    for row, fields in read_table(text, COLUMNS, NEEDED, intake.problems, broken=True):
        if isinstance(fields, Broken):
            intake.group_lost = True
            intake.skip(fields)
        else:
            intake.take(row, fields)
    return _reading(intake, exchange, options)


def read_rows(rows: Iterable[LedgerRow], **options: Unpack[Options]) -> Reading:
    """`read_ledger` for models."""
    intake, exchange = _intake(options)
    for row, model in enumerate(rows, 2):
        intake.take(row, tuple(field.strip() for field in _FIELDS(model)))
    return _reading(intake, exchange, options)


def _intake(options: Options) -> tuple[Intake, Exchange]:
    problems: list[Problem] = []
    exchange = Exchange(
        options.get("fx"),
        options.get("currency", ""),
        options.get("report_currency", ""),
        problems,
    )
    clock = Clock(zone_of(options.get("timezone", "UTC")))
    carry = options.get("gifts_carry", True)
    return Intake(clock, exchange, options.get("assets"), problems, carry), exchange


def _reading(intake: Intake, exchange: Exchange, options: Options) -> Reading:
    check_together(intake)
    problems = sorted(set(intake.problems))
    present = {event.asset for event in intake.events}
    decimals = {asset: intake.decimals[asset] for asset in sorted(present)}
    ledger = Ledger.of(
        intake.events, decimals, exchange.report, options.get("source", Ledger.source)
    )
    return Reading(ledger, problems, None if intake.lost else frozenset(intake.touched))


def _whole(reading: Reading) -> Ledger:
    if reading.problems:
        raise LedgerProblemsError(reading.problems, reading.ledger.source)
    return reading.ledger
