"""Who does what on which day: drawn from a seed, so that every run of the demo is the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from random import Random
from typing import Final, TypeVar

from vaultsdk.core.errors import LotvaultError
from vaultsdk.core.model import Frozen

T = TypeVar("T")

MIN_DEPOSITORS: Final = 1
DEFAULT_DEPOSITORS: Final = 300
DEFAULT_SEED: Final = 2022

# Shares in percent. Most people hold ether itself; most take the middle policy; some hold.
_ASSETS: Final = {"WETH": 75, "wstETH": 15, "rETH": 10}
_POLICIES: Final = {"standard": 45, "eager": 25, "conservative": 20, "hold": 10}
_SECOND_LOT: Final = 45
_EARLY: Final = 60
_EARLY_DAYS: Final = 45
# Deposits come in rounds, as a protocol's campaigns or a treasury's monthly runs do, and what
# people declare clusters around the days on which many of them bought.
_ROUND_DAYS: Final = 14
_BASIS_PERCENTS: Final = (85, 95, 105, 115, 125)
_ENTRY_DAYS_SHARE: Final = Decimal("0.75")  # nobody opens a lot in the last quarter
_MILLI: Final = 10**15


class ScenarioError(LotvaultError):
    """A scenario that cannot be drawn; the message says what to change."""


class Way(StrEnum):
    """How a lot comes in."""

    DECLARED = "declared"  # bought elsewhere, earlier; basis and time are the depositor's word
    ORACLE = "oracle"
    BOUGHT = "bought"


_WAYS: Final = {Way.DECLARED: 50, Way.ORACLE: 40, Way.BOUGHT: 10}


class Opening(Frozen):
    """One lot to open. `units` in the asset's smallest unit (18 decimals).

    DECLARED: `basis_percent` of the day's price is what it once cost, `age` days ago.
    BOUGHT: the quote for about that many units at the day's price is spent.
    """

    depositor: int
    asset: str
    units: int
    policy: str
    way: Way
    basis_percent: int = 100
    age: int = 0


class Act(StrEnum):
    """What else a depositor does."""

    WITHDRAW_HALF = "withdraw half of a lot"
    SELL = "sell a lot"
    START_HARVESTING = "put a held lot under a policy"


class Action(Frozen):
    """One act on one depositor's first lot."""

    depositor: int
    act: Act


class Day(Frozen):
    """What depositors do on one day of the series."""

    openings: tuple[Opening, ...] = ()
    actions: tuple[Action, ...] = ()


def draw(days: int, depositors: int = DEFAULT_DEPOSITORS, seed: int = DEFAULT_SEED) -> list[Day]:
    """The days of a scenario: most depositors come early, some double up on the way down.

    Raises ScenarioError when there is nobody or not a day.
    """
    if depositors < MIN_DEPOSITORS:
        raise ScenarioError(f"{depositors} depositors are too few: give --depositors 1 or more")
    if days < 1:
        raise ScenarioError("a scenario needs at least one day of prices")
    random = Random(seed)
    last_entry = max(0, int(days * _ENTRY_DAYS_SHARE) - 1)
    openings: list[list[Opening]] = [[] for _ in range(days)]
    actions: list[list[Action]] = [[] for _ in range(days)]
    for depositor in range(depositors):
        early = random.randrange(100) < _EARLY
        first = _round(random, 0, min(last_entry, _EARLY_DAYS if early else last_entry))
        policy = _pick(random, _POLICIES)
        openings[first].append(_opening(random, depositor, policy))
        if random.randrange(100) < _SECOND_LOT:
            openings[_round(random, first, last_entry)].append(_opening(random, depositor, policy))
        act = _act(random, policy)
        if act is not None and first + 1 < days:
            when = random.randint(first + 1, days - 1)
            actions[when].append(Action(depositor=depositor, act=act))
    return [
        Day(openings=tuple(o), actions=tuple(a)) for o, a in zip(openings, actions, strict=True)
    ]


def needs(scenario: Sequence[Day]) -> dict[str, dict[int, int]]:
    """Units that each depositor brings along, by asset (what is bought is paid in the quote)."""
    wanted: dict[str, dict[int, int]] = {}
    for day in scenario:
        for opening in day.openings:
            if opening.way is not Way.BOUGHT:
                of = wanted.setdefault(opening.asset, {})
                of[opening.depositor] = of.get(opening.depositor, 0) + opening.units
    return wanted


def _round(random: Random, first: int, last: int) -> int:
    """A day of a deposit round between two days."""
    return random.randint(first // _ROUND_DAYS, last // _ROUND_DAYS) * _ROUND_DAYS


def _opening(random: Random, depositor: int, policy: str) -> Opening:
    way = _pick(random, _WAYS)
    # Many small holders, a few large ones: between a tenth of a token and about sixty.
    milli = int(100 * Decimal(600) ** (Decimal(random.randint(0, 1000)) / 1000))
    declared = way is Way.DECLARED
    return Opening(
        depositor=depositor,
        # Only pools of ether against the quote are deep, so purchases are of ether.
        asset="WETH" if way is Way.BOUGHT else _pick(random, _ASSETS),
        units=milli * _MILLI,
        policy=policy,
        way=way,
        basis_percent=random.choice(_BASIS_PERCENTS) if declared else 100,
        age=random.randint(1, 400) if declared else 0,
    )


def _act(random: Random, policy: str) -> Act | None:
    chance = random.randrange(100)
    if policy == "hold":
        return Act.START_HARVESTING if chance < 50 else None
    if chance < 5:
        return Act.WITHDRAW_HALF
    return Act.SELL if chance < 10 else None


def _pick(random: Random, shares: Mapping[T, int]) -> T:
    return random.choices(list(shares), list(shares.values()))[0]
