"""A devnet to measure on: the vault's calls with the gas that each one used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from time import sleep
from typing import Any

from eth_utils.crypto import keccak

from vaultsdk.core.cohort import CohortKey
from vaultsdk.devnet.abi import decode_answer, encode_call
from vaultsdk.devnet.faucet import give
from vaultsdk.devnet.launch import Devnet, start_devnet
from vaultsdk.devnet.market import Prices
from vaultsdk.devnet.params import DevnetParams

DAY = 86_400
SLOT = 12  # s between two blocks of mainnet
WAD = 10**18
MAX = 2**256 - 1
NO_PERMIT = (0, 0, b"\0" * 32, b"\0" * 32)
ENTRY = "(uint256,uint256,uint256,bytes32,uint256,address)"
PERMIT = "(uint256,uint8,bytes32,bytes32)"
LEGS = "(address,uint256,bytes)[]"
FEE_BPS = 5


class World:
    """One devnet, with short names for what a benchmark does to its vault."""

    def __init__(self, devnet: Devnet) -> None:
        self.devnet = devnet
        self.rpc = devnet.rpc
        self.deployment = devnet.deployment
        self.mover = devnet.mover()
        refs = self.deployment.devnet
        assert refs is not None
        self.accounts = refs.accounts
        self.base_fee = refs.base_fee
        assert self.deployment.vault is not None
        self.vault: str = self.deployment.vault
        self.policy = next(p for p in self.deployment.policies if p.name == "eager")
        self.policy_hash = keccak(self.policy.word_int.to_bytes(32, "big"))

    # ------------------------------------------------------------- transactions
    def transact(self, sender: str, to: str, data: bytes) -> dict[str, Any]:
        """Send one transaction and give its receipt; a revert raises with its reason."""
        sent = {"from": sender, "to": to, "data": "0x" + data.hex(), "gas": hex(10_000_000)}
        # A block of its own time, as on a real chain: the exchange writes its price history then.
        self.rpc.call("evm_setNextBlockTimestamp", hex(self.mover.now() + SLOT))
        self.rpc.call("eth_call", sent, "latest")  # the reason, should it revert
        transaction = self.rpc.call("eth_sendTransaction", sent)
        for _ in range(1_000):  # the node mines at once, but not before it answers
            receipt: dict[str, Any] | None = self.rpc.call("eth_getTransactionReceipt", transaction)
            if receipt is not None:
                assert receipt["status"] == "0x1", receipt
                return receipt
            sleep(0.002)
        raise AssertionError(f"the node does not mine {transaction}")

    def gas(self, sender: str, to: str, signature: str, *arguments: Any) -> int:
        """Gas used by one call."""
        receipt = self.transact(sender, to, encode_call(signature, arguments))
        return int(receipt["gasUsed"], 16)

    def read(self, signature: str, answer: str, *arguments: Any) -> tuple[Any, ...]:
        """A view of the vault."""
        raw = self.rpc.eth_call([(self.vault, encode_call(signature, arguments))])[0]
        return decode_answer(answer, raw)

    # ------------------------------------------------------------- people and time
    def depositor(self, number: int) -> str:
        """One of the devnet's depositors."""
        return self.accounts[f"depositor_{number}"]

    def fund(self, symbol: str, owner: str, units: int) -> None:
        """Give tokens and approve the vault for all of them."""
        give(self.rpc, self.deployment, symbol, {owner: units})
        token = self.token(symbol)
        self.gas(owner, token, "approve(address,uint256)", self.vault, MAX)

    def token(self, symbol: str) -> str:
        """A token's address."""
        if symbol == self.deployment.quote.symbol:
            return self.deployment.quote.address
        return self.deployment.asset(symbol).address

    def asset_id(self, symbol: str) -> int:
        """An asset's id."""
        return self.deployment.asset(symbol).id

    def days(self, days: int, price: Decimal | None = None, since: int | None = None) -> None:
        """Let days pass (since now, or a time) and, with a price, the market move."""
        start = self.mover.now() if since is None else since
        self.mover.step(Prices(eth_usd=price), time=start + days * DAY)

    @contextmanager
    def sandbox(self) -> Iterator[None]:
        """Put the chain back afterwards."""
        snapshot = self.rpc.call("evm_snapshot")
        try:
            yield
        finally:
            self.rpc.call("evm_revert", snapshot)

    # ------------------------------------------------------------- the vault
    def deposit_data(
        self, owner: str, symbol: str, units: int, shard: int = 0, *, unit_basis: int | None = None
    ) -> bytes:
        """Call data of a deposit: oracle-priced, or with a declared basis (USD wad a token)."""
        entry = (
            self.asset_id(symbol),
            units,
            self.policy.id,
            self.policy_hash,
            shard,
            owner,
        )
        if unit_basis is None:
            return encode_call(f"deposit({ENTRY},{PERMIT})", [entry, NO_PERMIT])
        return encode_call(
            f"deposit_declared({ENTRY},uint256,uint256,{PERMIT})",
            [entry, units * unit_basis // WAD, self.mover.now() - 400 * DAY, NO_PERMIT],
        )

    def deposit(
        self, owner: str, symbol: str, units: int, shard: int = 0, *, unit_basis: int | None = None
    ) -> int:
        """Gas of a deposit."""
        data = self.deposit_data(owner, symbol, units, shard, unit_basis=unit_basis)
        return int(self.transact(owner, self.vault, data)["gasUsed"], 16)

    def cohort(self, owner: str, lot: int) -> int:
        """The stored cohort key of a lot."""
        head: int = self.read("lots(address,uint256)", "(uint256,uint256)", owner, lot)[0]
        return head >> 144

    def leg(self, *symbols_and_fees: str | int) -> tuple[str, int, bytes]:
        """One Uniswap V3 leg for everything along a path: "WETH", 100, "wstETH"."""
        adapter = self.deployment.adapters.uniswap_v3
        assert adapter is not None
        path = b""
        for part in symbols_and_fees:
            if isinstance(part, int):
                path += part.to_bytes(3, "big")
            else:
                path += bytes.fromhex(self.token(part)[2:])
        return (adapter, 0, path)

    def harvest(self, keys: Sequence[int], *path: str | int) -> int:
        """Gas of a harvest of these cohorts over one path, with a keeper's fee."""
        to_asset = self.asset_id(str(path[-1]))
        return self.gas(
            self.accounts["keeper"],
            self.vault,
            f"harvest(uint256[],uint256,{LEGS},uint256,uint256,uint256,uint256)",
            sorted(keys),
            to_asset,
            [self.leg(*path)],
            WAD // 2,
            WAD,
            FEE_BPS,
            self.mover.now() + 600,
        )

    def opened_by_last_harvest(self) -> int:
        """Key of the cohort that the last harvest opened for the benchmark's policy."""
        number = self.read("harvest_count()", "(uint256)")[0]
        outcome = self.read("harvests(uint256)", "(uint256,uint256)", number)[1]
        time = (outcome >> 128) & (2**40 - 1)
        return CohortKey(
            asset=(outcome >> 184) & 255,
            policy=self.policy.id,
            band=(outcome >> 168) & 0xFFFF,
            day=time // DAY,
            seq=2**31 | number,
        ).pack()


@contextmanager
def open_world() -> Iterator[World]:
    """A fresh devnet in its own process, ended afterwards."""
    with start_devnet(DevnetParams()) as devnet:
        yield World(devnet)
