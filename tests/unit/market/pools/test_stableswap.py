"""StableSwap against its invariant in exact fractions, and what must hold of it.

The reference shares no line with the pools' iterations and solves nothing: the invariant rises with
D and falls with each balance, so its signs a little below and above an answer prove the answer.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, prod

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.unit.market.pools.builders import WAD, A, B, C, stable
from vaultsdk.core.pools import StableMaths, StablePool
from vaultsdk.market.pools import (
    Quote,
    QuoteError,
    QuoteReason,
    StableState,
    apply,
    marginal,
    quote,
)
from vaultsdk.market.pools.stableswap import invariant, scaled

ALL: tuple[StableMaths, ...] = ("classic", "steth", "base", "plain", "ng")
generations = st.sampled_from(ALL)


def excess(ann: Fraction, d: int, balances: list[int], shift: Fraction = Fraction(0)) -> Fraction:
    """The invariant's right side less its left one. `shift` is added to each balance where they
    are multiplied: the steth pools' divisors are x n + 1."""
    count = len(balances)
    whole = d ** (count + 1) / (count**count * prod(balance + shift for balance in balances))
    return ann * d + whole - ann * sum(balances) - d


def ask(pool: StablePool, coin_in: str, size: int, coin_out: str) -> Quote:
    """The quote; balances at which the pool's own iteration swings for ever are no example."""
    try:
        return quote(pool, coin_in, size, coin_out)
    except QuoteError as error:
        assume(error.reason is not QuoteReason.NO_CONVERGENCE)
        raise


def d_of(pool: StablePool) -> int:
    """Likewise D."""
    try:
        return invariant(pool, scaled(pool))
    except QuoteError as error:
        assume(error.reason is not QuoteReason.NO_CONVERGENCE)
        raise


def cut_off(d: int, balances: list[int]) -> int:
    """How far roundings may lead. The iteration stops within a unit of its own end; what each
    division cuts off is multiplied by those after it, which is nothing near the peg and matters far
    from it."""
    return 1 + ceil(prod(max(Fraction(1), Fraction(d, len(balances) * x)) for x in balances))


@st.composite
def pools(draw: st.DrawFn, coins: int | None = None) -> StablePool:
    count = coins or draw(st.integers(2, 4))
    base = draw(st.integers(10**15, 10**26))
    # Up to a thousand to one out of balance.
    balances = tuple(base * draw(st.integers(1, 1000)) // 30 + 1 for _ in range(count))
    maths = draw(generations)
    return stable(balances, draw(st.integers(2, 5000)), maths, draw(st.integers(0, 10**8)))


@given(pool=pools(), share=st.integers(1, 10**6))
def test_the_pool_pays_what_the_invariant_says(pool: StablePool, share: int) -> None:
    size = max(1, pool.balances[0] * share // 10**5)
    count = len(pool.coins)
    ann = Fraction(pool.amplification * count, pool.a_precision)
    balances = list(scaled(pool))
    shift = Fraction(1, count) if pool.maths == "steth" else Fraction(0)
    d = d_of(pool)
    lost = cut_off(d, balances)
    assert excess(ann, d - lost, balances, shift) < 0 < excess(ann, d + lost, balances, shift)
    got = ask(pool.model_copy(update={"fee": 0}), A, size, B).amount_out
    left = balances[1] - got
    others = [balances[0] + size, *balances[2:]]
    # With that D the last balance is as near, and one unit is kept back.
    lost = cut_off(d, others)
    assert excess(ann, d, [*others, left + lost]) < 0
    assert left <= lost + 1 or excess(ann, d, [*others, left - lost - 1]) > 0


@given(pool=pools(), first=st.integers(1, 10**6), second=st.integers(1, 10**6))
def test_more_brings_more_and_two_goes_no_more(pool: StablePool, first: int, second: int) -> None:
    one, two = (max(1, pool.balances[0] * part // 10**5) for part in (first, second))
    small, large = ask(pool, A, one, B), ask(pool, A, one + two, B)
    lost = 2 * cut_off(d_of(pool), list(scaled(pool)))
    assert small.amount_out <= large.amount_out
    # The average rate falls, but for the units that roundings keep.
    assert (small.amount_out + lost) * (one + two) >= large.amount_out * one
    # The fee stays in the pool (no admin fee), so a second go meets a deeper pool: at most as much
    # better as the fee of the first.
    then = ask(apply(pool, small), A, two, B)
    fee = small.amount_out * pool.fee // (10**10 - pool.fee) + lost
    assert small.amount_out + then.amount_out <= large.amount_out + fee
    free = pool.model_copy(update={"fee": 0})
    small, large = ask(free, A, one, B), ask(free, A, one + two, B)
    then = ask(apply(free, small), A, two, B)
    assert small.amount_out + then.amount_out <= large.amount_out + lost


@given(pool=pools(), share=st.integers(1, 10**6))
def test_d_never_falls_and_back_brings_less(pool: StablePool, share: int) -> None:
    size = max(1, pool.balances[0] * share // 10**5)
    got = ask(pool, A, size, B)
    after = apply(pool, got)
    # One unit that is kept back is worth more than what the iteration may be off.
    assert d_of(after) >= d_of(pool) - 2
    if got.amount_out:
        back = ask(after, B, got.amount_out, A)
        # Far from the peg even a whole unit may be made of roundings.
        lost = cut_off(d_of(pool), list(scaled(pool)))
        assert back.amount_out <= size + (lost if lost > 4 else 0)


@given(pool=pools(2))
def test_the_marginal_rate_is_that_of_small_trades(pool: StablePool) -> None:
    free = pool.model_copy(update={"fee": 0})
    size = pool.balances[0] // 10**6
    got = ask(free, A, size, B).amount_out
    rate = marginal(free, A, B)
    assert got <= rate * size + 1
    # Curvature is at most of the order of the share traded, divided by how far off balance it is.
    smaller = min(pool.balances)
    assert got + 3 >= rate * size * (1 - Fraction(20 * size, smaller) - Fraction(1, 10**4))
    assert marginal(pool, A, B) == rate * (1 - Fraction(pool.fee, 10**10))


def test_by_hand_at_the_peg() -> None:
    """Equal balances: D is their sum exactly, and the first units trade one for one."""
    for maths in ALL:
        pool = stable((10**24, 10**24), 100, maths, fee=0)
        # The pool that adds one to each divisor is a trace below.
        assert 2 * 10**24 - 2 <= invariant(pool, scaled(pool)) <= 2 * 10**24
        assert marginal(pool, A, with_fee=False) == pytest.approx(1, abs=1e-20)
    # A million for a million each: A = 100, n = 2, 1e23 in. Solving
    # 400 (x + y) + D = 400 D + D^3 / (4 x y) for y at x = 1.1e24 gives y = 900,051.2...e18.
    got = quote(stable((10**24, 10**24), 100, "plain", fee=0), A, 10**23).amount_out
    y = 10**24 - got
    d, x = 2 * 10**24, 11 * 10**23
    assert abs(200 * (x + y) + d - 200 * d - Fraction(d**3, 4 * x * y)) < 250


def test_decimals_and_rates() -> None:
    """USDC and DAI: six decimals against eighteen are one for one in money."""
    pool = stable((10**12, 10**24), 200, "plain", fee=0, rates=(10**30, WAD), coins=(A, B))
    got = quote(pool, A, 10**6).amount_out
    assert WAD - 10**13 < got < WAD
    back = quote(pool, B, WAD).amount_out
    assert back == 999_999
    # A coin that is worth 1.2 of the other: rates carry it (stableswap-ng).
    staked = stable((10**22, 12 * 10**21), 500, "ng", fee=0, rates=(12 * WAD // 10, WAD))
    assert 1.1999 * WAD < quote(staked, A, WAD).amount_out < 1.2 * WAD


def test_classic_pools_quote_and_exchange_with_other_roundings() -> None:
    """3pool's quote converts to six decimals before the fee, its exchange after: the balances
    afterwards are the exchange's."""
    pool = stable(
        (10**24, 10**12), 200, "classic", fee=4_000_000, rates=(WAD, 10**30), coins=(A, B)
    )
    differ = 0
    for size in range(WAD, 50 * WAD, WAD // 7):
        got = quote(pool, A, size)
        assert isinstance(got.after, StableState)
        paid = pool.balances[1] - got.after.balances[1]
        assert paid <= got.amount_out <= paid + 1
        differ += paid != got.amount_out
    assert differ > 0


def test_the_admin_fee_leaves_the_pool() -> None:
    pool = stable((10**24, 10**24), 100, "steth", admin_fee=5 * 10**9)
    got = quote(pool, A, 10**22)
    assert isinstance(got.after, StableState)
    gross = quote(pool.model_copy(update={"fee": 0}), A, 10**22).amount_out
    fee = gross * 4_000_000 // 10**10
    assert got.amount_out == gross - fee
    assert got.after.balances == (101 * 10**22, 10**24 - got.amount_out - fee // 2)


def test_the_fee_of_ng_pools_grows_off_the_peg() -> None:
    flat = stable((10**24, 10**24), 100, "ng", fee=4_000_000)
    steep = flat.model_copy(update={"offpeg_fee_multiplier": 5 * 10**10})
    # At balance the fee is the flat one, after a trade of a hundred-thousandth nearly.
    assert quote(steep, A, 10**19).amount_out in range(
        quote(flat, A, 10**19).amount_out - 10**12, quote(flat, A, 10**19).amount_out + 1
    )
    # Far off it: x = 1.9e24, y = 0.1e24: m f / ((m - 1) 4 x y / (x + y)^2 + 1) = 5 f / 1.76.
    away = (19 * 10**23, 10**23)
    rate = marginal(steep.model_copy(update={"balances": away}), B) / marginal(
        flat.model_copy(update={"balances": away, "fee": 0}), B
    )
    assert float(1 - rate) == pytest.approx(0.0004 * 5 / 1.76, rel=1e-6)


def test_three_coins_need_both_names() -> None:
    pool = stable((10**24,) * 3, 200, "base")
    with pytest.raises(QuoteError, match="say which one"):
        quote(pool, A, 10**18)
    pair = quote(pool, A, 10**18, C)
    assert pair.token_out == C and quote(pool, A, 10**18, B).amount_out == pair.amount_out


@pytest.mark.parametrize(
    ("size", "reason"),
    [
        (0, QuoteReason.ZERO_AMOUNT),
        (-1, QuoteReason.ZERO_AMOUNT),
        (1 << 128, QuoteReason.TOO_LARGE),
    ],
)
def test_refused(size: int, reason: QuoteReason) -> None:
    with pytest.raises(QuoteError) as error:
        quote(stable(), A, size)
    assert error.value.reason is reason


def test_too_little_is_refused_or_brings_nothing() -> None:
    pool = stable((10**24, 10**6), 10, "plain", rates=(WAD, 10**30))
    try:
        assert quote(pool, A, 1).amount_out == 0
    except QuoteError as error:
        assert error.reason is QuoteReason.ZERO_OUT  # noqa: PT017


# ---------------------------------------------------------------- figures of the real 3pool
TRIPOOL = stable(
    (27_137_121_100_372_139_339_642_768, 27_662_471_158_553, 108_298_644_409_129),
    4_000,
    "classic",
    fee=1_500_000,
    admin_fee=10**10,
    rates=(WAD, 10**30, 10**30),
)


@pytest.mark.parametrize(
    ("coin_in", "coin_out", "size", "paid"),
    [
        (A, B, 271_371_211_003_721_406_218_240, 271_332_968_007),
        (A, B, 1_356_856_055_018_607_064_645_632, 1_356_612_150_763),
        (A, B, 6_784_280_275_093_034_786_357_248, 6_781_654_901_966),
        (A, C, 271_371_211_003_721_406_218_240, 271_529_527_537),
        (A, C, 1_356_856_055_018_607_064_645_632, 1_357_606_473_559),
        (A, C, 6_784_280_275_093_034_786_357_248, 6_787_196_433_875),
        (B, A, 276_624_711_585, 276_575_288_137_028_249_456_802),
        (B, A, 1_383_123_557_927, 1_382_821_436_077_900_268_480_124),
        (B, A, 6_915_617_789_638, 6_912_607_137_909_214_000_054_832),
        (B, C, 276_624_711_585, 276_780_944_206),
        (B, C, 1_383_123_557_927, 1_383_863_675_206),
        (B, C, 6_915_617_789_638, 6_918_484_564_487),
        (C, A, 1_082_986_444_091, 1_081_985_665_466_741_847_422_424),
        (C, A, 5_414_932_220_456, 5_409_031_284_072_604_079_454_388),
        (C, A, 27_074_661_102_282, 26_351_597_648_166_837_047_328_741),
        (C, B, 1_082_986_444_091, 1_082_007_466_603),
        (C, B, 5_414_932_220_456, 5_409_181_392_559),
        (C, B, 27_074_661_102_282, 26_557_656_799_969),
    ],
)
def test_the_real_3pool_said_the_same(coin_in: str, coin_out: str, size: int, paid: int) -> None:
    """What get_dy of Curve's DAI/USDC/USDT pool (0xbEbc...F1C7) answered on mainnet at block
    24,407,242, with its balances of that block: recorded in the MIT-licensed tests of
    BowTiedDevil/degenbot (curve_tripool_block_24407242, test_curve_tripool_get_dy)."""
    assert quote(TRIPOOL, coin_in, size, coin_out).amount_out == paid


RAI_3CRV = stable(
    (4_824_805_628_775_442_017_834, 58_957_064_477_993_656_079_334),
    100,
    "base",
    fee=4_000_000,
    # RAI's redemption price and the base pool's virtual price, both in dollars.
    rates=(2_971_996_134_945_649_119, 1_039_823_717_209_616_949),
)


@pytest.mark.parametrize(
    ("coin_in", "size", "paid"),
    [
        (A, 48_248_056_287_754_420_224, 142_246_020_821_032_523_105),
        (A, 241_240_281_438_772_133_888, 710_334_715_124_812_879_052),
        (A, 1_206_201_407_193_860_538_368, 3_533_486_435_339_432_941_004),
        (B, 589_570_644_779_936_579_584, 199_462_569_980_961_412_275),
        (B, 2_947_853_223_899_683_094_528, 990_260_126_006_138_447_698),
        (B, 14_739_266_119_498_414_948_352, 4_162_173_321_447_248_603_338),
    ],
)
def test_a_real_pool_with_rates_said_the_same(coin_in: str, size: int, paid: int) -> None:
    """Likewise the RAI/3Crv pool (0x6187...2C7d) at block 25,144,000, far from its peg
    (curve_metapool_rai_3crv_block_25144000, test_curve_metapool_get_dy)."""
    assert quote(RAI_3CRV, coin_in, size).amount_out == paid
