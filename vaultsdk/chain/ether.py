"""Ether in and out through the ETH gate, which wraps it and acts for its own caller only.

    gate = EtherGate(vault)
    gate.allow(signer)                                  # once: makes the gate the signer's operator
    receipt = gate.deposit(signer, 2 * 10**18, policy=2)
    gate.withdraw(signer, receipt.lot)

Amounts in wei. Raises what the vault's own writes raise.
"""

from __future__ import annotations

from vaultsdk.chain import checks
from vaultsdk.chain.calls import static_call
from vaultsdk.chain.receipts import DepositReceipt, Receipt, WithdrawReceipt
from vaultsdk.chain.signers import Signer
from vaultsdk.chain.vault import Vault
from vaultsdk.chain.write_calls import Call, LotAmount
from vaultsdk.core.deployment import DeploymentError
from vaultsdk.core.errors import from_revert
from vaultsdk.core.words import ANY


class EtherGate:
    """The gate of a deployment. Raises DeploymentError when it has none."""

    def __init__(self, vault: Vault) -> None:
        address = vault.deployment.eth_gate
        if address is None:
            raise DeploymentError(
                f"deployment {vault.deployment.name} names no ETH gate: deposit WETH instead"
            )
        self.vault = vault
        self.address = address
        answer = vault.node.call(address, static_call("weth_asset()"))
        self.asset = int.from_bytes(answer)

    def allow(self, signer: Signer, approved: bool = True) -> Receipt:
        """Let the gate deposit for and withdraw for the signer, or stop it."""
        return self.vault.set_operator(signer, self.address, approved)

    def deposit(
        self,
        signer: Signer,
        amount: int,
        policy: int = 0,
        *,
        basis: int | None = None,
        acquired_at: int | None = None,
        shard: int | None = None,
    ) -> DepositReceipt:
        """Deposit ether as a lot of WETH: at the oracle's price, or with a declared `basis` (USD
        wad of the whole lot) and `acquired_at` (s; now when left out)."""
        vault = self.vault
        self._allowed(signer)
        found = vault.run(
            checks.way_in(
                vault.lens,
                vault.address,
                signer.address,
                signer.address,
                self.asset,
                amount,
                policy,
                shard=shard,
                basis=basis,
                acquired_at=acquired_at,
                coming=amount,
            )
        )
        hashed = int.from_bytes(found.policy_hash)
        if basis is None:
            data = static_call("deposit(uint256,bytes32,uint256)", policy, hashed, found.shard)
        else:
            since = found.state.timestamp if acquired_at is None else acquired_at
            data = static_call(
                "deposit_declared(uint256,bytes32,uint256,uint256,uint256)",
                policy,
                hashed,
                found.shard,
                basis,
                since,
            )
        context = {"asset": self.asset, "amount": amount, "policy": policy}
        call = Call(self.address, data, "deposit ether", value=amount, context=context)
        return vault.send(call, signer, DepositReceipt)

    def withdraw(
        self, signer: Signer, lot: int, amount: int = ANY, *, to: str | None = None
    ) -> WithdrawReceipt:
        """Withdraw a lot of WETH, or a part of it, as ether."""
        vault = self.vault
        self._allowed(signer)
        plan = checks.way_out(
            vault.lens, vault.address, signer.address, [LotAmount(lot, amount)], self.asset
        )
        vault.run(plan)
        data = static_call("withdraw(uint256,uint256,address)", lot, amount, to or signer.address)
        context = {"asset": self.asset, "amount": amount, "lot": lot, "owner": signer.address}
        call = Call(self.address, data, "withdraw ether", context=context)
        return vault.send(call, signer, WithdrawReceipt)

    def _allowed(self, signer: Signer) -> None:
        if not self.vault.is_operator(signer.address, self.address):
            raise from_revert("not the owner", owner=signer.address, operator=self.address)
