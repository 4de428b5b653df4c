"""From options to a result: read, compute, and refuse with all faults at once."""

from __future__ import annotations

from typing import NamedTuple

from vaultsdk.cli.failures import Failure
from vaultsdk.cli.tax.options import Rules
from vaultsdk.cli.tax.source import LARGE, Source, progress
from vaultsdk.tax.compute import attempt
from vaultsdk.tax.errors import LedgerProblemsError, Problem
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.ledger.parse import Reading
from vaultsdk.tax.result import TaxResult


class Work(NamedTuple):
    """A sound ledger and what it comes to."""

    ledger: Ledger
    result: TaxResult


def work(source: Source, rules: Rules) -> Work:
    """Read a ledger and compute it.

    Raises LedgerProblemsError with the faults of the file and those of the computation together;
    Failure, TaxError and what the chain raises.
    """
    reading = read(source, rules)
    result, faults = attempt(reading.ledger, rules.profile, rules.options)
    refuse(reading, faults)
    return Work(reading.ledger, result)


def read(source: Source, rules: Rules) -> Reading:
    """Read a ledger that is about to be computed. Raises Failure where the profile cannot take the
    ledger of all of a vault's depositors, and what `Source.read` raises."""
    if source.everybody and rules.profile.losses.last.affiliates:
        raise Failure(
            f"profile {rules.profile.name} looks at what affiliated persons buy, and a vault's "
            "depositors are strangers: name one taxpayer's addresses with --vault-owner"
        )
    reading = source.read(rules.profile)
    count = len(reading.ledger.events)
    if count > LARGE:
        progress(f"computing {count:,} events under {rules.profile.name} …")
    return reading


def refuse(reading: Reading, faults: tuple[Problem, ...] = ()) -> None:
    """Raise LedgerProblemsError if a ledger has any fault, of its own or of the computation.

    Where the file's faults may have left out units of an asset, what the computation misses of that
    asset says nothing and is left out.
    """
    problems = [*reading.problems]
    if not problems:
        problems += faults
    elif reading.touched is not None and faults:
        asset_of = {event.row: event.asset for event in reading.ledger.events}
        problems += [one for one in faults if asset_of.get(one.row) not in reading.touched]
    if problems:
        raise LedgerProblemsError(problems, reading.ledger.source)
