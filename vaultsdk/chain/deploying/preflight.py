"""What is looked at before the first transaction: the chain, the account, every token and feed.

Nothing is sent here. Each problem is one DeployError, so that a deployment never stops half way for
a reason that could have been known at the start.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.abi import function_signature_to_4byte_selector
from requests.exceptions import RequestException
from web3 import Web3
from web3.exceptions import BadFunctionCallOutput, ContractLogicError, Web3Exception, Web3RPCError

from vaultsdk.chain.deploying.journal import DeployError
from vaultsdk.chain.deploying.sending import fees
from vaultsdk.chain.deploying.steps import creations
from vaultsdk.core.deployment import TokenRef
from vaultsdk.core.units import WAD, format_amount
from vaultsdk.core.vault_plan import CompositePlan, FeedPlan, VaultPlan

# Yellow paper and EIP-3860: a creation pays for itself, its code and its initcode; the
# constructor's work comes on top. Measured on the devnet, these stay above what is really used.
_CREATE_GAS: Final = 53_000
_GAS_PER_BYTE: Final = 200
_GAS_PER_INITCODE_BYTE: Final = 18
_CONSTRUCTOR_GAS: Final = {"LotVault": 2_500_000, "openzeppelin/TimelockController": 600_000}
_CONSTRUCTOR_GAS_OTHER: Final = 150_000
_POLICY_GAS: Final = 150_000


@dataclass(frozen=True)
class Look:
    """What a look at the chain found: rates (wad by symbol), decimals of feeds by address, and what
    the deployment may cost at most (gas, and wei at twice today's base fee)."""

    rates: dict[str, int]
    decimals: dict[str, int]
    base_usd: int
    gas: int
    wei: int
    balance: int | None
    """Wei that the deployer has; None when nobody was named."""


def chain_identity(w3: Web3) -> tuple[int, str]:
    """Chain id and genesis hash of the node. Raises DeployError when it does not answer."""
    try:
        genesis = w3.eth.get_block(0)
        return w3.eth.chain_id, "0x" + bytes(genesis["hash"]).hex()
    except (RequestException, Web3Exception, OSError, ValueError) as error:
        where = getattr(w3.provider, "endpoint_uri", "the node")
        raise DeployError(
            f"no usable answer from {where} ({type(error).__name__}): is it an Ethereum node, "
            "is it running, and is the URL right?"
        ) from None


def look(w3: Web3, plan: VaultPlan, deployer: str | None) -> Look:
    """Check all that can be checked before sending. Raises DeployError, VaultConfigError."""
    chain_id = w3.eth.chain_id
    if chain_id != plan.chain_id:
        raise DeployError(
            f"the node is on chain {chain_id}, but {plan.name} is for chain {plan.chain_id}: give "
            "the URL of a node of that chain",
            name="chain_id",
            limit=plan.chain_id,
            value=chain_id,
        )
    if deployer is not None:
        _check_deployer(plan, deployer)
    for token in (*(a.token for a in plan.assets), plan.quote):
        _check_token(w3, token)
    for adapter in plan.adapters:
        _require_code(w3, f"the router of {adapter.kind}", adapter.router)
        if adapter.address is not None:
            _require_code(w3, f"adapter {adapter.kind}", adapter.address)
    if plan.timelock.address is not None:
        _require_code(w3, "the timelock", plan.timelock.address)
    if plan.sequencer is not None:
        _round(w3, "sequencer", plan.sequencer)
    decimals: dict[str, int] = {}
    base_usd = _answer(w3, "base", plan.base, decimals)
    _answer(w3, "quote", plan.quote_feed, decimals)
    rates: dict[str, int] = {}
    for asset in plan.assets:
        name = f"assets.{asset.token.symbol}.rate"
        if asset.composite is None:
            rates[asset.token.symbol] = _answer(w3, name, asset.rate, decimals)
        else:
            rates[asset.token.symbol] = _composite(w3, name, asset.composite, asset.rate, decimals)
    plan.check_bucket(rates)
    gas = _gas(plan)
    price = fees(w3)
    wei = gas * price.get("maxFeePerGas", price.get("gasPrice", 0))
    return Look(
        rates=rates,
        decimals=decimals,
        base_usd=base_usd,
        gas=gas,
        wei=wei,
        balance=None
        if deployer is None
        else w3.eth.get_balance(Web3.to_checksum_address(deployer)),
    )


def require_funds(seen: Look, deployer: str) -> None:
    """Raise DeployError unless the account can pay for all: nothing is to stay half done."""
    if seen.balance is not None and seen.balance < seen.wei:
        raise DeployError(
            f"{deployer} has {format_amount(seen.balance, 18)} ETH, but the deployment may cost "
            f"{format_amount(seen.wei, 18)} ETH ({seen.gas:,} gas): send the rest there first",
            name="balance",
            limit=seen.wei,
            value=seen.balance,
        )


def _check_deployer(plan: VaultPlan, deployer: str) -> None:
    lock = plan.timelock
    roles = {
        "guardian": [plan.guardian],
        "keeper": [plan.keeper],
        "timelock": [*lock.proposers, *lock.executors, *([lock.address] if lock.address else [])],
    }
    for role, accounts in roles.items():
        if deployer in accounts:
            raise DeployError(
                f"the deployer {deployer} also has a role ({role}): deploy from another account, "
                "so that whoever deploys has no power afterwards"
            )


def _gas(plan: VaultPlan) -> int:
    total = 0
    for step in creations(plan):
        artifact = step.artifact
        initcode = len(artifact.bytecode) // 2 + 2_000
        total += _CREATE_GAS + _GAS_PER_BYTE * artifact.deployed_size
        total += _GAS_PER_INITCODE_BYTE * initcode
        total += _CONSTRUCTOR_GAS.get(step.contract, _CONSTRUCTOR_GAS_OTHER)
    return total + _POLICY_GAS * len(plan.policies)


def _require_code(w3: Web3, what: str, address: str) -> None:
    if not w3.eth.get_code(Web3.to_checksum_address(address)):
        raise DeployError(f"{what}: no contract at {address} on this chain: correct the address")


def _check_token(w3: Web3, token: TokenRef) -> None:
    _require_code(w3, f"token {token.symbol}", token.address)
    said = ask(w3, token.address, "decimals()")
    found = int.from_bytes(said) if len(said) == 32 else None
    if found != token.decimals:
        raise DeployError(
            f"token {token.symbol} at {token.address} has {found} decimals, not {token.decimals}: "
            "correct the address or the decimals"
        )
    symbol = _text(ask(w3, token.address, "symbol()"))
    if symbol != token.symbol:
        raise DeployError(
            f"the token at {token.address} calls itself {symbol!r}, not {token.symbol!r}: correct "
            "the address or the symbol"
        )


def _answer(w3: Web3, name: str, feed: FeedPlan, decimals: dict[str, int]) -> int:
    """The feed's answer in wad, within its bounds and heartbeat; the constant 1 without a feed."""
    if feed.address is None:
        return WAD
    raw, updated = _round(w3, name, feed.address)
    said = ask(w3, feed.address, "decimals()")
    if len(said) != 32 or int.from_bytes(said) > 18:
        raise DeployError(f"{name}: the feed at {feed.address} has no decimals, or more than 18")
    decimals[feed.address] = int.from_bytes(said)
    _check_age(w3, name, feed.heartbeat, updated)
    answer: int = raw * 10 ** (18 - decimals[feed.address])
    _check_bounds(name, answer, feed.min_answer, feed.max_answer)
    return answer


def _composite(
    w3: Web3, name: str, parts: CompositePlan, whole: FeedPlan, decimals: dict[str, int]
) -> int:
    product = WAD
    rate = parts.protocol
    if rate is not None:
        _require_code(w3, f"{name}.protocol.target", rate.target)
        said = call(w3, rate.target, bytes.fromhex(rate.selector[2:]))
        if len(said) != 32:
            raise DeployError(
                f"{name}.protocol: {rate.target} does not answer the call: correct target or call"
            )
        product = int.from_bytes(said) * 10 ** (18 - rate.decimals)
        _check_bounds(f"{name}.protocol", product, rate.min_answer, rate.max_answer)
    for number, market in enumerate(parts.markets):
        product = product * _answer(w3, f"{name}.markets.{number}", market, decimals) // WAD
    _check_bounds(name, product, whole.min_answer, whole.max_answer)
    return product


def _round(w3: Web3, name: str, feed: str) -> tuple[int, int]:
    _require_code(w3, name, feed)
    said = ask(w3, feed, "latestRoundData()")
    if len(said) != 160:
        raise DeployError(
            f"{name}: the contract at {feed} is no price feed that answers: correct the address, "
            "or wait until it has an answer"
        )
    answer = int.from_bytes(said[32:64], signed=True)
    return answer, int.from_bytes(said[96:128])


def _check_age(w3: Web3, name: str, heartbeat: int, updated: int) -> None:
    age = w3.eth.get_block("latest")["timestamp"] - updated
    if age > heartbeat:
        raise DeployError(
            f"{name}: the feed's answer is {age:,} s old, its heartbeat is {heartbeat:,} s: raise "
            "the heartbeat if the feed's page says so, else wait for an answer",
            name=name,
            limit=heartbeat,
            value=age,
        )


def _check_bounds(name: str, answer: int, low: int, high: int) -> None:
    if not low <= answer <= high:
        raise DeployError(
            f"{name}: the answer {format_amount(answer, 18)} is outside min "
            f"{format_amount(low, 18)} and max {format_amount(high, 18)}: is it the right feed? "
            "Else correct the bounds",
            name=name,
            limit=(low, high),
            value=answer,
        )


def ask(w3: Web3, at: str, signature: str) -> bytes:
    """The raw answer of a view without arguments; empty where it reverts."""
    return call(w3, at, function_signature_to_4byte_selector(signature))


def call(w3: Web3, at: str, data: bytes) -> bytes:
    """The raw answer of a contract; empty where it reverts."""
    asked: Any = {"to": Web3.to_checksum_address(at), "data": "0x" + data.hex()}
    try:
        return bytes(w3.eth.call(asked))
    except (ContractLogicError, BadFunctionCallOutput):
        return b""
    except Web3RPCError as error:
        # Some nodes report a revert or an invalid opcode as a plain error of the call.
        if any(word in str(error).lower() for word in ("revert", "opcode")):
            return b""
        raise


def _text(raw: bytes) -> str | None:
    if len(raw) == 32:  # old tokens answer with bytes32
        return raw.rstrip(b"\0").decode(errors="replace")
    try:
        return str(decode(["string"], raw)[0])
    except (DecodingError, UnicodeDecodeError, OverflowError):
        return None
