"""Reading pools at one block, in four round trips however many there are.

The plans are those of `reads`: generators that say what to ask and do no I/O. Everything is asked
at one block hash, so that a reorganisation in between cannot mix two states.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeVar

from vaultsdk.chain.calls import Read, static_call
from vaultsdk.chain.node import Node
from vaultsdk.chain.reads import Plan
from vaultsdk.chain.rows import word, words
from vaultsdk.chain.rpc import Block, NodeError
from vaultsdk.core.deployment import PoolRef
from vaultsdk.core.model import int_to_address
from vaultsdk.core.pools import Pool, PoolError, PoolSnapshot, StableMaths, StablePool
from vaultsdk.core.pools.ticks import WORD, all_words, word_of
from vaultsdk.core.pools.v2 import V2Pool
from vaultsdk.core.pools.v3 import V3Pool

T = TypeVar("T")

WORDS_AROUND: Final = 2
"""Bitmap words to each side of the price's own. Each spans 256 usable ticks: at spacing 1 a price
change of 2.6 %, at 10 of 29 %, at 60 of a factor of 4.6."""

_BATCH: Final = 500  # calls in one batch; public nodes refuse much longer ones
_ETHER: Final = "0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE"  # Curve's name for the coin itself
_RATE_DIGITS: Final = 36


def load_pools(
    node: Node,
    refs: Sequence[PoolRef],
    block: Block = "latest",
    words_around: int | None = WORDS_AROUND,
) -> PoolSnapshot:
    """The Uniswap pools of a deployment as they stand at a block.

    `words_around`: how much of a V3 pool's ticks is loaded, None for all of them. Raises NodeError,
    and PoolError for a pool that cannot be quoted or is not what its reference says.
    """
    return load_plans(node, [uniswap_pool(ref, words_around) for ref in refs], block)


def load_usable(
    node: Node,
    refs: Sequence[PoolRef],
    block: Block = "latest",
    words_around: int | None = WORDS_AROUND,
) -> tuple[PoolSnapshot, tuple[PoolError, ...]]:
    """As `load_pools`, but a pool that cannot be quoted (an empty one, say) does not stop the
    others: the snapshot has those that can, and the errors say why of the rest."""
    plans = [_or_error(uniswap_pool(ref, words_around)) for ref in refs]
    header = node.block(block)
    found = run(node, together(plans), str(header["hash"]))
    errors = tuple(one for one in found if isinstance(one, PoolError))
    pools = tuple(one for one in found if not isinstance(one, PoolError))
    return _snapshot(node, header, pools), errors


def load_plans(node: Node, plans: Sequence[Plan[Pool]], block: Block = "latest") -> PoolSnapshot:
    """As `load_pools`, for plans of any kind of pool: `uniswap_pool`, `stable_pool`."""
    header = node.block(block)
    return _snapshot(node, header, tuple(run(node, together(plans), str(header["hash"]))))


def _snapshot(node: Node, header: dict[str, Any], pools: tuple[Pool, ...]) -> PoolSnapshot:
    return PoolSnapshot(
        chain_id=node.chain_id,
        block_number=int(header["number"], 16),
        block_hash=header["hash"],
        timestamp=int(header["timestamp"], 16),
        pools=pools,
    )


def _or_error(plan: Plan[Pool]) -> Plan[Pool | PoolError]:
    try:
        return (yield from plan)
    except PoolError as error:
        return error


def run(node: Node, plan: Plan[T], block: Block) -> T:
    """Carry out a plan, all of it at one block, long questions in batches of 500."""
    try:
        reads = next(plan)
        while True:
            asked = [(read.to, read.data) for read in reads]
            answers: list[bytes] = []
            for start in range(0, len(asked), _BATCH):
                answers += node.calls(asked[start : start + _BATCH], block)
            reads = plan.send([r.decode(answer) for r, answer in zip(reads, answers, strict=True)])
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]


def together(plans: Sequence[Plan[T]]) -> Plan[list[T]]:
    """Several plans at the same time: each round trip carries the questions of all."""
    done: dict[int, T] = {}
    asked: dict[int, Sequence[Read[Any]]] = {}
    answers: dict[int, list[Any]] = {}
    going = list(range(len(plans)))
    while going:
        for place in going:
            try:
                # A generator is started by sending None, and goes on with its answers.
                asked[place] = plans[place].send(answers.get(place))  # type: ignore[arg-type]
            except StopIteration as end:
                done[place] = end.value
        going = [place for place in going if place not in done]
        everything = yield [read for place in going for read in asked[place]] if going else []
        rest = iter(everything)
        answers = {place: [next(rest) for _ in asked[place]] for place in going}
    return [done[place] for place in range(len(plans))]


# ---------------------------------------------------------------- Uniswap
def uniswap_pool(ref: PoolRef, words_around: int | None = WORDS_AROUND) -> Plan[Pool]:
    """The pool that a reference names. Raises PoolError when it is another one."""
    return v2_pool(ref) if ref.kind == "uniswap_v2" else v3_pool(ref, words_around)


def v2_pool(ref: PoolRef) -> Plan[Pool]:
    """A V2 pair, in one round trip. The fee is the reference's, as a pair does not tell it."""
    token0, token1, reserves = yield [
        Read(ref.address, static_call("token0()"), _address),
        Read(ref.address, static_call("token1()"), _address),
        Read(ref.address, static_call("getReserves()"), lambda data: words(data, 2)),
    ]
    _check_tokens(ref, token0, token1)
    return V2Pool(
        address=ref.address,
        token0=token0,
        token1=token1,
        reserve0=reserves[0],
        reserve1=reserves[1],
        fee=ref.fee,
    )


def v3_pool(ref: PoolRef, words_around: int | None = WORDS_AROUND) -> Plan[Pool]:
    """A V3 pool, in three round trips: price and settings, the bitmap's words around the price, the
    ticks that are set in them."""
    where = ref.address
    token0, token1, fee, spacing, slot0, liquidity = yield [
        Read(where, static_call("token0()"), _address),
        Read(where, static_call("token1()"), _address),
        Read(where, static_call("fee()"), word),
        Read(where, static_call("tickSpacing()"), word),
        Read(where, static_call("slot0()"), lambda data: words(data, 2)),
        Read(where, static_call("liquidity()"), word),
    ]
    _check_tokens(ref, token0, token1)
    if fee != ref.fee:
        raise PoolError(
            f"pool {where} takes {fee} parts per million, not {ref.fee}: correct the deployment",
            name="fee",
            limit=ref.fee,
            value=fee,
        )
    tick = _signed(slot0[1])
    places = _words(tick, spacing, words_around)
    bitmap = yield [
        Read(where, static_call("tickBitmap(int16)", _unsigned(place)), word) for place in places
    ]
    numbers = [
        (place * WORD + bit) * spacing
        for place, bits in zip(places, bitmap, strict=True)
        for bit in _set_bits(bits)
    ]
    nets = yield [
        Read(where, static_call("ticks(int24)", _unsigned(number)), _net) for number in numbers
    ]
    return V3Pool(
        address=where,
        token0=token0,
        token1=token1,
        fee=fee,
        tick_spacing=spacing,
        sqrt_price_x96=slot0[0],
        tick=tick,
        liquidity=liquidity,
        words=(places[0], places[-1]),
        ticks=tuple(zip(numbers, nets, strict=True)),
    )


def _words(tick: int, spacing: int, around: int | None) -> range:
    low, high = all_words(spacing)
    if around is not None:
        middle = word_of(tick, spacing)
        low, high = max(low, middle - around), min(high, middle + around)
    return range(low, high + 1)


def _set_bits(bits: int) -> Iterator[int]:
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def _check_tokens(ref: PoolRef, token0: str, token1: str) -> None:
    if (token0, token1) != (ref.token0, ref.token1):
        raise PoolError(
            f"pool {ref.address} trades {token0} and {token1}, not {ref.token0} and {ref.token1}: "
            "correct the deployment",
            name="tokens",
            limit=(ref.token0, ref.token1),
            value=(token0, token1),
        )


# ---------------------------------------------------------------- Curve
def stable_pool(address: str, maths: StableMaths, coins: int = 2) -> Plan[Pool]:
    """A Curve StableSwap pool with that many coins, in two round trips.

    `maths` is the generation of its code (see StableMaths), which the pool does not tell.
    """
    precise = "A()" if maths == "classic" else "A_precise()"
    tokens_and_balances = [
        Read(address, static_call(f"{what}(uint256)", place), decode)
        for what, decode in (("coins", _address), ("balances", word))
        for place in range(coins)
    ]
    settings = [
        Read(address, static_call(f"{name}"), word) for name in (precise, "fee()", "admin_fee()")
    ]
    if maths == "ng":
        settings.append(Read(address, static_call("offpeg_fee_multiplier()"), word))
        settings.append(Read(address, static_call("stored_rates()"), _array))  # type: ignore[arg-type]
    answers = yield [*tokens_and_balances, *settings]
    tokens, balances = answers[:coins], answers[coins : 2 * coins]
    amplification, fee, admin_fee, *more = answers[2 * coins :]
    if maths == "ng":
        offpeg, rates = more
    else:
        offpeg = 0
        decimals = yield [
            Read(token, static_call("decimals()"), word) for token in tokens if token != _ETHER
        ]
        digits = iter(decimals)
        rates = [10 ** (_RATE_DIGITS - (18 if t == _ETHER else next(digits))) for t in tokens]
    return StablePool(
        address=address,
        coins=tuple(tokens),
        balances=tuple(balances),
        rates=tuple(rates),
        amplification=amplification,
        a_precision=1 if maths == "classic" else 100,
        fee=fee,
        admin_fee=admin_fee,
        offpeg_fee_multiplier=offpeg,
        maths=maths,
    )


# ---------------------------------------------------------------- answers
def _address(data: bytes) -> str:
    return int_to_address(word(data))


def _array(data: bytes) -> tuple[int, ...]:
    count = word(data, 1)
    if count > len(data) // 32:
        raise NodeError(
            "the pool answered with a list longer than its answer: is it the right one?"
        )
    return words(data, count + 2)[2:]


def _net(data: bytes) -> int:
    """liquidityNet, the second value of ticks()."""
    return _signed(word(data, 1))


def _signed(number: int) -> int:
    return number - (1 << 256) if number >> 255 else number


def _unsigned(number: int) -> int:
    return number % (1 << 256)
