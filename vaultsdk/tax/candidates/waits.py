"""Which purchases and sales would spoil a loss, or waste a long-term gain, and until when."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from vaultsdk.tax.candidates.model import Candidate, Wait
from vaultsdk.tax.candidates.sales import Holding, Sales
from vaultsdk.tax.ledger.event import iso
from vaultsdk.tax.profile import Profile
from vaultsdk.tax.result import TaxResult
from vaultsdk.tax.rules.matching import EngineName


def alike(asset: str, same: Mapping[str, str]) -> str:
    """An asset with those that count as the same, in words."""
    key = same.get(asset, asset)
    others = sorted({it for it, name in same.items() if name == key} - {asset})
    return f"{asset} (or {', '.join(others)})" if others else asset


def do_not_buy(
    now: TaxResult,
    rows: Sequence[Candidate],
    profile: Profile,
    same: Mapping[str, str],
    day: int,
) -> list[Wait]:
    """After losses, those of the ledger and those of the table: until the window has closed behind
    them. Where only the taxpayer's own purchases count, by owner."""
    rule = profile.losses.last
    if not rule.after:
        return []
    # What is matched with purchases already, no other purchase can change.
    pooled = profile.matching.engine is EngineName.SHARES
    until: dict[tuple[str, str], tuple[int, str, str]] = {}

    def note(asset: str, owner: str, loss: int, why: str) -> None:
        key = same.get(asset, asset), "" if rule.affiliates else owner
        harmless = loss + rule.after + 1
        if harmless > max(day, until.get(key, (0, "", ""))[0]):
            until[key] = harmless, asset, why

    for one in now.disposals:
        if one.recognised < 0 and (one.acquired is None or not pooled):
            whose = f" of {one.owner}" if one.owner else ""
            sale = " and ".join(one.event.split(";"))
            note(
                one.asset,
                one.owner,
                one.disposed,
                f"{sale}{whose} made a loss on {iso(one.disposed)}",
            )
    for row in rows:
        if row.recognised < 0:
            note(row.asset, row.owner, day, f"if a loss is realised on {iso(day)}")
    return [
        Wait(
            alike(asset, same) + (f", {owner}" if owner else ""),
            harmless,
            f"{why}: {rule.name}",
        )
        for (_, owner), (harmless, asset, why) in sorted(until.items())
    ]


class Spoiled:
    """Until when a purchase before it spoils a loss, found by asking the engine day by day."""

    def __init__(self, profile: Profile, same: Mapping[str, str]) -> None:
        self._profile = profile
        self._same = same
        self._known: dict[tuple[str, str], int] = {}

    def until(self, one: Holding, value: int, day: int, sales: Sales) -> tuple[int, int]:
        """The first day on which nothing of the loss would be lost to purchases there were up to
        `day`, and the day of the purchase that it waits for."""
        before = self._profile.losses.last.before
        days = [bought for bought in sales.bought if day - before <= bought <= day]
        key = self._same.get(one.asset, one.asset), self._bought_as(one, days, sales)
        at = self._known.get(key)
        if at is None:
            # The window leaves purchases behind one after the other.
            at = self._known[key] = bisect_left(
                days,
                1,
                key=lambda bought: not sales.sell(one, value, bought + before + 1).own,
            )
        last = days[min(at, len(days) - 1)]
        return last + before + 1, last

    def _bought_as(self, one: Holding, days: Sequence[int], sales: Sales) -> str:
        """What tells holdings apart for this question: a lot is no replacement for itself, so one
        that was bought in the window sees other purchases than older ones, which see the same."""
        rule = self._profile.losses.last
        if self._profile.matching.engine is not EngineName.LOTS or not rule.affiliates:
            return f"{one.owner}\n{one.wallet}\n{one.lot}"
        row = next((event for event in sales.ledger.events if event.id == one.lot), None)
        recent = row is None or row.day >= days[0]
        return one.lot if recent else ""


def gain_wait(row: Candidate, subject: str, profile: Profile, day: int) -> Wait | None:
    """A gain that soon counts less."""
    if row.gain <= 0 or row.days_to_long is None:
        return None
    turns = "exempt" if profile.holding.on(day).exempt else "long-term"
    return Wait(subject, day + row.days_to_long, f"its gain turns {turns} then")
