"""The United Kingdom's share rules: the same day, the next 30 days, then the section 104 pool.

TCGA 1992 ss. 104, 105 and 106A, which HMRC applies to tokens (Cryptoassets Manual CRYPTO22200 and
following). A disposal is compared with what was acquired on its own day, then with what was
acquired in the 30 days after it, and last with its share of the pool, in which everything else has
one cost. The pool is as it stands at the end of the disposal's day: all that came in is in it
before anything goes out.
"""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter

from vaultsdk.tax.engine.job import Job
from vaultsdk.tax.engine.shares_book import Book
from vaultsdk.tax.engine.shares_carry import carry
from vaultsdk.tax.engine.shares_days import Day
from vaultsdk.tax.engine.shares_match import POOL, match
from vaultsdk.tax.ledger.event import iso
from vaultsdk.tax.result import Disposal, Pool, Removal

_DAY = attrgetter("day")


def run(job: Job) -> None:
    """Fill the job's result, or its problems: a job with problems gets no result."""
    book = Book(job)
    if job.problems:
        return
    holdings = [book.holdings[key] for key in sorted(book.holdings)]
    for holding in holdings:
        match(holding.days, job.loss_rule.after)
    wraps = {day: list(group) for day, group in groupby(sorted(book.wraps, key=_DAY), key=_DAY)}
    days = [day for holding in holdings for day in holding.days]
    days.sort(key=_DAY)  # a day's holdings stay in order
    for date, group in groupby(days, key=_DAY):
        today = list(group)
        for day in today:
            day.holding.quantity += day.unmatched + day.received
            day.holding.cost += day.unmatched_cost + day.received_cost
        if date in wraps:
            carry(wraps[date])
        for day in today:
            if day.removed:
                _remove(day, job.out.removals)
            if day.sales:
                _dispose(day, job.out.disposals)
    for holding in holdings:
        if holding.quantity or holding.cost:
            job.out.pools.append(
                Pool(holding.group, holding.owner, "", holding.quantity, holding.cost)
            )
    job.out.income.sort(key=lambda income: (income.day, income.owner, income.event))
    _note_windows(job)


def _remove(day: Day, removals: list[Removal]) -> None:
    """What left that day without a disposal takes its part of the pool's cost along."""
    holding = day.holding
    for event, asset, quantity in sorted(day.removed or ()):
        basis = holding.take(quantity)
        removals.append(
            Removal(event, f"S104:{holding.group}", holding.owner, asset, day.day, quantity, basis)
        )


def _dispose(day: Day, disposals: list[Disposal]) -> None:
    """A day's disposal, a row for each match and one for the pool. Proceeds and fee are shared by
    units: rounded down, and the last row has the rest. Where several assets of a class were sold,
    the rows are of the class."""
    holding, date = day.holding, day.day
    event = _joined(day.sales)
    parts = day.matches or []
    # A disposal of no units (less than one, rounded down) may still have brought money.
    if day.unmet or (not day.sold and (day.proceeds or day.fee)):
        parts.append(day.take_rest(POOL))
    left, proceeds_left, fee_left = day.sold, day.proceeds, day.fee
    for rule, source, quantity, basis, of_quantity, of_basis in parts:
        if quantity == left:
            proceeds, fee = proceeds_left, fee_left
        else:
            proceeds, fee = proceeds_left * quantity // left, fee_left * quantity // left
            left -= quantity
            proceeds_left -= proceeds
            fee_left -= fee
        disposals.append(
            Disposal(
                event,
                _joined(source.bought) if source else f"S104:{holding.group}",
                holding.owner,
                "",
                day.asset,
                source.day if source else None,
                date,
                quantity,
                proceeds,
                basis,
                0,
                rule,
                "",
                fee,
                of_quantity,
                of_basis,
            )
        )


def _joined(ids: list[str] | None) -> str:
    """All of a day's ids, in an order of their own."""
    return ";".join(sorted(ids or ()))


def _note_windows(job: Job) -> None:
    """Say which disposals a later acquisition would be matched with."""
    if job.as_of is None:
        return
    window = job.loss_rule.after
    open_days: dict[str, list[int]] = {}
    for disposal in job.out.disposals:
        if disposal.rule == POOL and disposal.quantity and disposal.disposed + window > job.as_of:
            open_days.setdefault(disposal.asset, []).append(disposal.disposed)
    for asset in sorted(open_days):
        first, last = min(open_days[asset]), max(open_days[asset])
        days = f"on {iso(first)}" if first == last else f"from {iso(first)} to {iso(last)}"
        job.out.notes.append(
            f"{job.loss_rule.name}: what is bought of {asset} up to {iso(last + window)} can still "
            f"change the cost of what was disposed of {days}"
        )
