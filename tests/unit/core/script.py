"""Events written by hand for the ledger's tests: positions and transactions count themselves."""

from __future__ import annotations

from typing import Any

from vaultsdk.core.band import band
from vaultsdk.core.cohort import CohortKey, harvest_seq
from vaultsdk.core.events import VaultEvent, event_of
from vaultsdk.core.model import int_to_address
from vaultsdk.core.policy import Policy

WAD = 10**18
DAY = 86_400
DAY_ONE = 20_000 * DAY

ADMIN, KEEPER, DEPOSITOR, RECEIVER, TOKEN_A, TOKEN_B, FEED = (
    int_to_address(0x1000 + i) for i in range(7)
)
POLICY = Policy(
    mask=0b11,
    min_loss=1000,
    max_cost=2500,
    max_slippage=200,
    max_fee=50,
    min_hold_days=1,
    tax_value=3000,
)


class Script:
    """Writes a log. Each `tx` block of calls is one transaction in a block of its own."""

    def __init__(self) -> None:
        self.events: list[VaultEvent] = []
        self.block = 100
        self.time = DAY_ONE
        self._index = 0

    def tx(self, *calls: tuple[str, dict[str, Any]], after: int = 12) -> Script:
        """One transaction, `after` seconds after the last: (event name, its fields) in order."""
        self.block += 1
        self.time += after
        for name, args in calls:
            self.events.append(
                event_of(
                    name,
                    args,
                    block_number=self.block,
                    timestamp=self.time,
                    tx_hash=f"0x{self.block:064x}",
                    log_index=self._index,
                )
            )
            self._index += 1
        return self

    def vault(self) -> Script:
        """A vault with assets 0 (18 decimals) and 1 (6), policies 0 and 1, a bucket of 5."""
        return self.tx(
            ("RolesSet", {"account": ADMIN, "flags": 1}),
            ("RolesSet", {"account": KEEPER, "flags": 4}),
            ("FeedSet", feed(128, dev=50)),
            ("FeedSet", feed(129)),
            ("PolicyCreated", {"policy": 0, "word": 0, "creator": ADMIN}),
            *asset(0, TOKEN_A, 18),
            *asset(1, TOKEN_B, 6),
            ("BucketSet", {"size": 5 * WAD, "used": 0}),
            ("AdapterSet", {"adapter": FEED, "allowed": True}),
        ).tx(("PolicyCreated", {"policy": 1, "word": POLICY.word(), "creator": DEPOSITOR}))

    # ------------------------------------------------------------ ready-made calls
    def key(self, asset: int, policy: int, unit_basis: int, shard: int = 0, days: int = 0) -> int:
        """Key of a cohort of the day of the next transaction, plus `days`."""
        day = (self.time + 12) // DAY + days
        return CohortKey(
            asset=asset, policy=policy, band=band(unit_basis), day=day, seq=shard
        ).pack()

    def opened(
        self,
        lot: int,
        key: int,
        units: int,
        basis: int,
        *,
        owner: str = DEPOSITOR,
        source: int = 2,
        flags: int = 0,
        acquired_at: int | None = None,
    ) -> tuple[str, dict[str, Any]]:
        """LotOpened of the next transaction."""
        acquired = self.time + 12 if acquired_at is None else acquired_at
        return (
            "LotOpened",
            {
                "owner": owner,
                "lot": lot,
                "key": key,
                "units": units,
                "basis": basis,
                "acquired_at": acquired,
                "flags": flags,
                "source": source,
            },
        )

    def deposit(self, lot: int = 0, units: int = 10 * WAD, price: int = 3000) -> int:
        """Deposit asset 0 under policy 1 at the oracle's `price` (dollars); returns the key."""
        key = self.key(0, 1, price * WAD)
        self.tx(self.opened(lot, key, units, units * price))
        return key


def feed(feed_id: int, dev: int = 0) -> dict[str, Any]:
    """FeedSet."""
    return {
        "feed_id": feed_id,
        "feed": FEED,
        "decimals": 8,
        "heartbeat": 3600,
        "dev": dev,
        "min_answer": 1,
        "max_answer": WAD * WAD,
    }


def asset(number: int, token: str, decimals: int) -> list[tuple[str, dict[str, Any]]]:
    """What listing an asset logs."""
    return [
        ("AssetListed", {"asset": number, "token": token, "decimals": decimals}),
        ("ListingSet", {"asset": number, "listed": True}),
        ("FeedSet", feed(number, dev=100)),
        ("LimitsSet", {"asset": number, "min_deposit": 1, "cohort_cap": 10**30}),
    ]


def reduced(
    lot: int,
    key: int,
    kind: int,
    units: int,
    basis: int,
    left: tuple[int, int],
    *,
    acquired_at: int,
    flags: int = 0,
    owner: str = DEPOSITOR,
) -> tuple[str, dict[str, Any]]:
    """LotReduced; `left` = (units, basis)."""
    return (
        "LotReduced",
        {
            "owner": owner,
            "lot": lot,
            "key": key,
            "kind": kind,
            "units": units,
            "basis": basis,
            "acquired_at": acquired_at,
            "flags": flags,
            "units_left": left[0],
            "basis_left": left[1],
        },
    )


def withdrawn(units: int, *, asset: int = 0) -> tuple[str, dict[str, Any]]:
    """Withdrawn to the owner."""
    return ("Withdrawn", {"owner": DEPOSITOR, "asset": asset, "to": DEPOSITOR, "units": units})


def sold(
    units: int, quote_amount: int, count: int, *, price: int = WAD, asset: int = 0
) -> tuple[str, dict[str, Any]]:
    """Sold to the owner."""
    return (
        "Sold",
        {
            "owner": DEPOSITOR,
            "asset": asset,
            "to": DEPOSITOR,
            "units": units,
            "quote_amount": quote_amount,
            "quote_price": price,
            "quote_time": 5,
            "count": count,
        },
    )


def harvest_calls(
    script: Script,
    keys: dict[int, int],
    *,
    number: int = 1,
    gross: int,
    fee: int = 0,
    price_out: int,
    asset_out: int = 1,
    bucket_used: int = 0,
    after: int,
) -> tuple[list[tuple[str, dict[str, Any]]], int]:
    """The logs of a harvest of `keys` (key: units) in a transaction `after` seconds from now, all
    of policy 1; and the key of the cohort that it opens.
    """
    when = script.time + after
    total = sum(keys.values())
    new = CohortKey(
        asset=asset_out,
        policy=1,
        band=band(price_out),
        day=when // DAY,
        seq=harvest_seq(number),
    ).pack()
    logs: list[tuple[str, dict[str, Any]]] = [
        ("CohortHarvested", {"key": key, "harvest": number, "units": units})
        for key, units in keys.items()
    ]
    logs.append(("CohortOpened", {"key": new, "harvest": number, "units": gross - fee}))
    logs.append(
        (
            "Harvested",
            {
                "harvest": number,
                "keeper": KEEPER,
                "asset_in": next(iter(keys)) >> 104,
                "asset_out": asset_out,
                "sold": total,
                "gross": gross,
                "fee": fee,
                "net": gross - fee,
                "price_in": 2000 * WAD,
                "price_out": price_out,
                "base_price": 2000 * WAD,
                "base_time": when,
                "time_in": when,
                "time_out": when,
                "bucket_used": bucket_used,
            },
        )
    )
    return logs, new
