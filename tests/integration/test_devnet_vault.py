"""The devnet's own vault: a deposit is harvested through the real Uniswap under each policy."""

from __future__ import annotations

from decimal import Decimal

import pytest

from vaultsdk.core.cohort import CohortKey
from vaultsdk.core.deployment import PolicyRef
from vaultsdk.core.policy import Policy
from vaultsdk.devnet.abi import decode_answer, encode_call
from vaultsdk.devnet.errors import DevnetError
from vaultsdk.devnet.faucet import give
from vaultsdk.devnet.launch import Devnet
from vaultsdk.devnet.market import Prices
from vaultsdk.devnet.params import WAD
from vaultsdk.devnet.sender import Sender
from vaultsdk.devnet.vault_setup import policies

pytestmark = pytest.mark.anvil

DAY = 86_400
DEPOSIT = (
    "deposit((uint256,uint256,uint256,bytes32,uint256,address),(uint256,uint8,bytes32,bytes32))"
)
HARVEST = "harvest(uint256[],uint256,(address,uint256,bytes)[],uint256,uint256,uint256,uint256)"
POLICIES = [policy for policy in policies() if policy.id != 0]
NO_PERMIT = (0, 0, b"\0" * 32, b"\0" * 32)


@pytest.mark.parametrize("via", ["uniswap_v3", "uniswap_v2"])
@pytest.mark.parametrize("ref", POLICIES, ids=lambda ref: ref.name)
def test_a_deposit_is_harvested_after_a_fall(devnet: Devnet, ref: PolicyRef, via: str) -> None:
    deployment, rpc, mover = devnet.deployment, devnet.rpc, devnet.mover()
    assert deployment.devnet is not None
    accounts = deployment.devnet.accounts
    owner, vault = accounts["depositor_0"], deployment.require_vault()
    weth, wsteth = deployment.asset("WETH"), deployment.asset("wstETH")
    policy = Policy.from_word(ref.word_int)
    units = 2 * WAD

    give(rpc, deployment, "WETH", {owner: units})
    sender = Sender(rpc, 10 * deployment.devnet.base_fee)
    sender.send(
        owner, weth.address, encode_call("approve(address,uint256)", [vault, units]), "approve"
    )
    entry = (weth.id, units, ref.id, policy.hash(), 0, owner)
    sender.send(owner, vault, encode_call(DEPOSIT, [entry, NO_PERMIT]), "deposit")
    sender.flush()
    price = mover.usd_prices()["WETH"]
    opened = mover.now()
    key = CohortKey.of(weth.id, ref.id, price, opened)

    fallen = Decimal(price) / WAD * Decimal("0.6")
    step = mover.step(Prices(eth_usd=fallen), time=(opened // DAY + policy.min_hold_days + 1) * DAY)
    if via == "uniswap_v3":
        adapter, fee = deployment.adapters.uniswap_v3, (100).to_bytes(3, "big")
    else:
        adapter, fee = deployment.adapters.uniswap_v2, b""
    path = bytes.fromhex(weth.address[2:]) + fee + bytes.fromhex(wsteth.address[2:])
    legs = [(adapter, 0, path)]
    data = encode_call(HARVEST, [[key.pack()], wsteth.id, legs, 1, 1, policy.max_fee, 2**40])
    sender.send(owner, vault, data, "harvest by a stranger")
    with pytest.raises(DevnetError, match=r"harvest by a stranger failed: .*missing role"):
        sender.flush()
    sender.send(accounts["keeper"], vault, data, "harvest")
    sender.flush()

    (amounts,) = decode_answer(
        "(uint256)", rpc.eth_call([(vault, encode_call("harvests(uint256)", [1]))])[0]
    )
    sold, proceeds = amounts >> 128, amounts & (2**128 - 1)
    assert sold == units
    value = Decimal(proceeds * step.prices["wstETH"]) / Decimal(sold * step.prices["WETH"])
    # Off by the pool's distance from the feeds (its fee at most), its fee, and the keeper's.
    pool_fee = Decimal("0.0001") if via == "uniswap_v3" else Decimal("0.003")
    assert abs(value - 1) <= Decimal(policy.max_fee) / 10_000 + 2 * pool_fee + Decimal("0.001")
