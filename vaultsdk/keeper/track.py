"""What became of a transaction: its receipt, read as a harvest."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from vaultsdk.chain.node import Node
from vaultsdk.chain.receipts import HarvestReceipt as Mined
from vaultsdk.core.model import Frozen
from vaultsdk.harvest.economics import Breakdown

_FIRST_WAIT_S: Final = 0.01  # a local node mines at once
_LAST_WAIT_S: Final = 2.0


class HarvestReceipt(Frozen):
    """A harvest that landed, as its event and receipt tell it.

    Amounts in smallest units, prices in USD wad per whole token, gas price in wei. `expected` is
    what the plan promised; None when it landed without this run's plan (found after a restart).
    """

    number: int
    tx_hash: str
    block: int
    keys: tuple[int, ...]
    asset_in: int
    asset_out: int
    sold: int
    gross: int
    fee: int
    net: int
    price_in: int
    price_out: int
    base_price: int
    bucket_used: int
    gas_used: int
    gas_price: int
    expected: Breakdown | None = None

    @property
    def gas_usd(self) -> int:
        """What the gas cost, USD wad, rounded up, at the base's price."""
        return -(-self.gas_used * self.gas_price * self.base_price // 10**18)


def receipts(node: Node, hashes: list[str]) -> dict[str, dict[str, Any]]:
    """The receipts that exist by now, by hash."""
    answers = node.batch([("eth_getTransactionReceipt", [one]) for one in hashes])
    return {
        one: dict(answer)
        for one, answer in zip(hashes, answers, strict=True)
        # Some nodes answer before the transaction has a block.
        if answer is not None and answer.get("blockNumber") is not None
    }


def wait(node: Node, tx_hash: str, timeout_s: float) -> dict[str, Any] | None:
    """The receipt, or None when it is not there after that many seconds."""
    end = time.monotonic() + timeout_s
    pause = _FIRST_WAIT_S
    while True:
        found = receipts(node, [tx_hash]).get(tx_hash)
        if found is not None:
            return found
        if time.monotonic() + pause > end:
            return None
        time.sleep(pause)
        pause = min(2 * pause, _LAST_WAIT_S)


def read_receipt(
    receipt: Mapping[str, Any],
    vault: str,
    keys: tuple[int, ...],
    expected: Breakdown | None = None,
) -> HarvestReceipt | None:
    """The harvest in a receipt; None when the transaction reverted."""
    if int(receipt["status"], 16) != 1:
        return None
    # The block's time is not in a receipt, and nothing here needs it.
    mined = Mined.of(receipt, 0, vault)
    event = mined.harvested
    return HarvestReceipt(
        number=event.harvest,
        tx_hash=mined.tx_hash,
        block=mined.block_number,
        keys=keys,
        asset_in=event.asset_in,
        asset_out=event.asset_out,
        sold=event.sold,
        gross=event.gross,
        fee=event.fee,
        net=event.net,
        price_in=event.price_in,
        price_out=event.price_out,
        base_price=event.base_price,
        bucket_used=event.bucket_used,
        gas_used=mined.gas_used,
        gas_price=mined.gas_price,
        expected=expected,
    )
