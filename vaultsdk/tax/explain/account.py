"""Units and their cost, step by step, so that a sum can be shown with its parts."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from vaultsdk.tax.exact import exact
from vaultsdk.tax.explain.facts import Facts
from vaultsdk.tax.explain.words import Words
from vaultsdk.tax.ledger.event import Event, iso

MOST = 12  # lines; what comes before them is one sum


class Step(StrEnum):
    """How units or cost came or went, in words; the event stands before them."""

    ROW = "ROW"
    TAKEN = "disposed of {units}"
    GIVEN = "took {units} away without a disposal"
    LOSS = "sold at a loss, which does not count there and was added"
    APART = "what went to other wallets or into wraps, or lay elsewhere"
    REPLACED = "found its replacement in {units} of this, which are a part of their own since"
    REPLACING = "found its replacement in this part of the lot, without these {units}"
    WRAP_OUT = "took {units} into a wrap"
    WRAP_IN = "brought {units} out of a wrap"
    CAME = "brought {units} out of a wrap, with the basis that had gone into it"
    WRAP = "the day's wraps"
    MOVED_OUT = "moved {units} to another wallet"
    MOVED_IN = "moved {units} here from another wallet"
    MATCHED = "matched {units}, which never came here"
    LEFT = "left this"


class Entry(NamedTuple):
    """One step. `units` and `cost` are what it adds (below 0: takes)."""

    step: Step
    event: str
    units: int
    cost: int


class Account:
    """Units and cost with the steps that led to them."""

    __slots__ = ("cost", "entries", "units")

    def __init__(self, entries: Sequence[Entry] = ()) -> None:
        self.entries = list(entries)
        self.units = sum(entry.units for entry in self.entries)
        self.cost = sum(entry.cost for entry in self.entries)

    def add(self, step: Step, event: str, units: int, cost: int) -> None:
        """One more step; a step that changes nothing is none."""
        if units or cost:
            self.entries.append(Entry(step, event, units, cost))
            self.units += units
            self.cost += cost

    def share(self, units: int) -> int:
        """The cost that goes with some of the units: rounded down, all of it with the last."""
        return self.cost if units >= self.units else self.cost * units // self.units

    def restart(self, event: str, units: int, cost: int) -> None:
        """Forget the steps: this is what an event left."""
        self.entries = [Entry(Step.LEFT, event, units, cost)]
        self.units, self.cost = units, cost


def trail(entries: Sequence[Entry], asset: str, facts: Facts, words: Words) -> list[str]:
    """The steps as lines of running arithmetic: the latest `MOST`, after one sum of those before
    them."""
    entries = [entry for entry in entries if entry.units or entry.cost]
    lines: list[str] = []
    units = cost = 0
    if len(entries) > MOST:
        first, entries = entries[: len(entries) - MOST + 1], entries[len(entries) - MOST + 1 :]
        units = sum(entry.units for entry in first)
        cost = sum(entry.cost for entry in first)
        came = sum(entry.cost for entry in first if entry.cost > 0)
        total = f"{exact(came)} - {exact(came - cost)} = {words.money(cost)}"
        lines.append(
            f"{total if came != cost else words.money(cost)} for {words.units(asset, units)}: "
            f"{len(first)} steps up to {_ids(first[-1].event)}, what came less what went"
        )
    for entry in entries:
        before = cost
        units += entry.units
        cost += entry.cost
        text = words.money(cost)
        if lines and entry.cost:
            sign = "+" if entry.cost > 0 else "-"
            text = f"{exact(before)} {sign} {exact(abs(entry.cost))} = {text}"
        lines.append(f"{text} for {words.units(asset, units)}: {_why(entry, asset, facts, words)}")
    return lines


def _ids(event: str) -> str:
    return " and ".join(event.split(";"))


def _why(entry: Entry, asset: str, facts: Facts, words: Words) -> str:
    rows = [facts.by_id[name] for name in entry.event.split(";") if name in facts.by_id]
    if entry.step is Step.ROW:
        return " and ".join(f"{row.id}: {words.row(row, facts.op(row))}" for row in rows)
    if entry.step is Step.WRAP:
        return f"the day's wraps ({_ids(entry.event)})"
    day = f" on {iso(rows[0].day)}" if rows else ""
    units = words.units(asset, abs(entry.units))
    if entry.step is Step.APART:
        return f"without {entry.step}"
    return f"{_ids(entry.event)}{_whose(entry, rows)}{day} {entry.step.format(units=units)}"


def _whose(entry: Entry, rows: Sequence[Event]) -> str:
    """Whose loss it was, where there are several owners; all else is the owner's own."""
    if entry.step is not Step.LOSS or not rows or not rows[0].owner:
        return ""
    return f" of {rows[0].owner}"
