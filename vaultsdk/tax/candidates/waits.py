"""Which purchases and sales would spoil a loss, or waste a long-term gain, and until when."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from vaultsdk.tax.candidates.holding import Holding
from vaultsdk.tax.candidates.model import Candidate, Wait
from vaultsdk.tax.candidates.sales import Sales
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


def spoiled_until(
    one: Holding, value: int, day: int, sales: Sales, profile: Profile
) -> tuple[int, int]:
    """The first day on which nothing of a loss, sold for `value`, would be lost to purchases there
    were up to `day`; and the day of the last purchase that it waits for. The engine is asked."""
    before = profile.losses.last.before
    days = [bought for bought in sales.days_bought(one) if day - before <= bought <= day]

    def is_spared(bought: int) -> bool:
        """Whether a sale counts in full once the window has left a purchase behind."""
        later = bought + before + 1
        return not sales.alone(one, later).sell(one, value, later).own

    # The last purchase decides, but for losses too small to be divided over what it brought.
    at = len(days) - 1
    if at > 0 and is_spared(days[-2]):
        at = bisect_left(days, 1, key=is_spared)
    last = days[min(at, len(days) - 1)]
    return last + before + 1, last


def gain_wait(row: Candidate, subject: str, profile: Profile, day: int) -> Wait | None:
    """A gain that soon counts less."""
    if row.gain <= 0 or row.days_to_long is None:
        return None
    turns = "exempt" if profile.holding.on(day).exempt else "long-term"
    return Wait(subject, day + row.days_to_long, f"its gain turns {turns} then")
