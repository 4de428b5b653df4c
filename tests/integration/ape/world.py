"""The devnet as ape's contracts, for the tests of this folder.

WETH9 and Uniswap are the real contracts; feeds and staked tokens are stand-ins, because a local
chain has neither oracles nor validators.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import ape
from ape.types import AddressType
from ethpm_types import ContractType

from tests.paths import REPOSITORY, contract_path
from vaultsdk.chain.artifacts import load_artifact
from vaultsdk.core.cohort import DAY, CohortKey
from vaultsdk.core.deployment import Deployment
from vaultsdk.core.model import ZERO_ADDRESS
from vaultsdk.core.policy import Policy
from vaultsdk.devnet.abi import decode_answer, encode_call
from vaultsdk.devnet.faucet import give
from vaultsdk.devnet.market import MarketMover, Prices
from vaultsdk.devnet.params import WAD
from vaultsdk.devnet.rpc import Rpc

MAX = 2**256 - 1
NO_PERMIT = (0, 0, b"\0" * 32, b"\0" * 32)
ETH = WAD
USDC = 10**6
FEE = 10  # bps that the keeper takes in these tests
# Accounts of the node's mnemonic that the devnet leaves alone.
ATTACKER, DEPOSITOR, OTHER = 7, 8, 9
CHAIN, DEVNET = "vaultsdk.chain", "vaultsdk.devnet"

Leg = tuple[str, int, bytes]


class World:
    """A vault on a devnet with its tokens, exchange and people.

    Its eager policy: harvest from 4 % of loss, at most 3 % off the feeds, after seven full days.
    """

    def __init__(self, deployment: Deployment, rpc: Rpc) -> None:
        self.deployment = deployment
        self.rpc = rpc
        self.mover = MarketMover(rpc, deployment)
        self.vault = packaged("LotVault", deployment.require_vault())
        self.assets = {asset.symbol: asset for asset in deployment.assets}
        self.tokens = {
            token.symbol: packaged("TestERC20", token.address, DEVNET)
            for token in (*deployment.assets, deployment.quote)
        }
        self.weth, self.wsteth, self.usdc = (self.tokens[s] for s in ("WETH", "wstETH", "USDC"))
        self.policy = deployment.policy("eager")
        self.rules = Policy.from_word(self.policy.word_int)

    # ------------------------------------------------------------ people
    @property
    def keeper(self) -> Any:
        return ape.accounts.test_accounts[3]

    @property
    def admin(self) -> Any:
        """The timelock itself, impersonated: these tests are not about its delay."""
        timelock = ape.accounts[self.deployment.timelock]
        self.rpc.call("anvil_setBalance", timelock.address, hex(100 * ETH))
        return timelock

    def fund(self, account: Any, symbol: str, units: int) -> None:
        """Give an account some of an asset or of the quote."""
        # The faucet looks at the last block's fee; anvil does not put back the next one's.
        fee = self.rpc.call("eth_getBlockByNumber", "latest", False)["baseFeePerGas"]
        self.rpc.call("anvil_setNextBlockBaseFeePerGas", fee)
        give(self.rpc, self.deployment, symbol, {account.address: units})

    def balance(self, symbol: str, account: Any) -> int:
        return int(self.tokens[symbol].balanceOf(account))

    # ------------------------------------------------------------ ways in
    def entry(self, asset: str, units: int, owner: Any, shard: int = 0) -> tuple[Any, ...]:
        number, word = self.assets[asset].id, self.rules.hash()
        return number, units, self.policy.id, word, shard, owner.address

    def deposit(self, owner: Any, units: int, asset: str = "WETH", shard: int = 0) -> CohortKey:
        """A deposit at the oracle's price; the cohort that it went into."""
        self.fund(owner, asset, units)
        self.tokens[asset].approve(self.vault, units, sender=owner)
        self.vault.deposit(self.entry(asset, units, owner, shard), NO_PERMIT, sender=owner)
        return self.lot_key(owner, self.last_lot(owner))

    def last_lot(self, owner: Any) -> int:
        return int(self.vault.lot_count(owner)) - 1

    def lot_key(self, owner: Any, lot: int) -> CohortKey:
        head, _ = self.vault.lots(owner, lot)
        return CohortKey.unpack(head >> 144)

    # ------------------------------------------------------------ the market
    def fall(self, share: str = "0.7") -> None:
        """ETH falls to this share of its price, and the hold of the policy passes."""
        price = Decimal(self.mover.usd_prices()["WETH"]) / WAD * Decimal(share)
        time = (self.mover.now() // DAY + self.rules.min_hold_days + 1) * DAY
        self.mover.step(Prices(eth_usd=price), time=time)

    def v3(self, *route: str | int, share: int = 0) -> Leg:
        """A leg through V3 pools: token, fee, token, ...; a name of an asset or an address."""
        path = b"".join(
            step.to_bytes(3, "big") if isinstance(step, int) else self._token(step)
            for step in route
        )
        return self.deployment.adapters.uniswap_v3, share, path

    def v2(self, *route: str, share: int = 0) -> Leg:
        """A leg through V2 pairs."""
        return self.deployment.adapters.uniswap_v2, share, b"".join(map(self._token, route))

    def _token(self, name: str) -> bytes:
        known = name if name.startswith("0x") else self.tokens[name].address
        return bytes.fromhex(known[2:])

    def quote(self, leg: Leg, units: int) -> int:
        """What the exchange's own quoter or router says that a leg gives for these units now."""
        dex, (adapter, _, data) = self.deployment.dex, leg
        if adapter == self.deployment.adapters.uniswap_v3:
            call = encode_call("quoteExactInput(bytes,uint256)", [data, units])
            return int.from_bytes(self.rpc.eth_call([(dex.quoter_v2, call)])[0][:32], "big")
        path = [data[at : at + 20] for at in range(0, len(data), 20)]
        call = encode_call("getAmountsOut(uint256,address[])", [units, path])
        (amounts,) = decode_answer(
            "(uint256[])", self.rpc.eth_call([(dex.uniswap_v2_router_02, call)])[0]
        )
        return int(amounts[-1])

    def swap(self, account: Any, route: Leg, units: int) -> int:
        """Somebody else's trade through V3 pools; what it brought."""
        start, end = (
            packaged("TestERC20", "0x" + part.hex(), DEVNET)
            for part in (route[2][:20], route[2][-20:])
        )
        before = end.balanceOf(account)
        router = self.deployment.dex.swap_router_02
        start.approve(router, units, sender=account)
        order = encode_call(
            "exactInput((bytes,address,uint256,uint256))",
            [(route[2], account.address, units, 0)],
        )
        account.transfer(router, 0, data=order)
        return int(end.balanceOf(account) - before)

    # ------------------------------------------------------------ the keeper
    def harvest(
        self,
        *keys: CohortKey,
        legs: Sequence[Leg] = (),
        to: str = "wstETH",
        min_rate: int = 1,
        **options: Any,
    ) -> Any:
        """Harvest cohorts, through the pool of 0.01 % unless told otherwise; the receipt."""
        legs = legs or [self.v3("WETH", 100, "wstETH")]
        packed = sorted(key.pack() for key in keys)
        terms = (packed, self.assets[to].id, list(legs), min_rate, 1, FEE, MAX)
        return self.vault.harvest(*terms, **{"sender": self.keeper} | options)

    def event(self, receipt: Any, name: str) -> Any:
        """The receipt's one event of that name."""
        (found,) = receipt.decode_logs(getattr(self.vault, name))
        return found


@contextmanager
def put_back() -> Iterator[None]:
    """Undo what is done to the chain within. (ape's `chain.isolate` does that too, but swallows
    every exception, a failed assertion included.)"""
    snapshot = ape.chain.snapshot()
    try:
        yield
    finally:
        ape.chain.restore(snapshot)


# ---------------------------------------------------------------- contracts
def packaged(name: str, address: str | None, package: str = CHAIN) -> Any:
    """A deployed contract with the packaged ABI."""
    assert address is not None and address != ZERO_ADDRESS
    abi = [dict(entry) for entry in load_artifact(name, package).abi]
    kind = ContractType.model_validate({"contractName": name, "abi": abi})
    where: Any = AddressType(address)  # type: ignore[arg-type]
    return ape.Contract(ape.convert(where, AddressType), contract_type=kind)


def compiled(*sources: str) -> Any:
    """ape's containers of these sources ("adapters/UniswapV3Adapter"), compiled by ape now.

    Without its cache, which takes no notice of a change in a module that a source imports.
    """
    files: list[Path] = [contract_path(f"{source}.vy") for source in sources]
    assert all(file.is_relative_to(REPOSITORY) for file in files), "ape compiles its project only"
    return ape.project.load_contracts(*files, use_cache=False)
