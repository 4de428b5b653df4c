"""Handing out test tokens."""

from __future__ import annotations

from vaultsdk.core.deployment import Deployment, TokenRef
from vaultsdk.devnet.abi import encode_call
from vaultsdk.devnet.errors import DevnetError
from vaultsdk.devnet.rpc import Rpc
from vaultsdk.devnet.sender import Sender

_SPARE_ETHER = 100 * 10**18  # for gas


def give(rpc: Rpc, deployment: Deployment, symbol: str, amounts: dict[str, int]) -> None:
    """Give each unlocked account (address: units) that much of an asset or of the quote.

    Ether is given along for gas and, for WETH, wrapped. Raises DevnetError off a devnet.
    """
    if deployment.devnet is None:
        raise DevnetError(f"deployment {deployment.name} is not a devnet: it has no faucet")
    token = _token(deployment, symbol)
    # Twice the fee of now: enough for many full blocks, and no tip for nodes to suggest to others.
    latest = rpc.call("eth_getBlockByNumber", "latest", False)
    sender = Sender(rpc, 2 * int(latest["baseFeePerGas"], 16))
    purses = rpc.batch([("eth_getBalance", [account, "latest"]) for account in amounts])
    raised = [
        ("anvil_setBalance", [account, hex(int(purse, 16) + units + _SPARE_ETHER)])
        for (account, units), purse in zip(amounts.items(), purses, strict=True)
    ]
    if token.symbol == "WETH":
        rpc.batch(raised)
    for account, units in amounts.items():
        if token.symbol == "WETH":
            sender.send(account, token.address, encode_call("deposit()"), "wrap ether", units)
        else:
            mint = encode_call("mint(address,uint256)", [account, units])
            minter = deployment.devnet.accounts["deployer"]
            sender.send(minter, token.address, mint, f"mint {token.symbol}")
    sender.flush()


def _token(deployment: Deployment, symbol: str) -> TokenRef:
    if symbol.lower() == deployment.quote.symbol.lower():
        return deployment.quote
    return deployment.asset(symbol)
