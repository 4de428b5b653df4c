"""Quotes between quotes: never more than the pool would pay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.unit.keeper.builders import WETH, WSTETH, curve, deployment
from vaultsdk.market.curve import Curve
from vaultsdk.market.route import routes

WAD = 10**18
ROUTE = routes(deployment(), WETH, WSTETH)[1]

sizes = st.lists(st.integers(10**15, 10**22), min_size=1, max_size=8, unique=True).map(sorted)


@given(sizes=sizes, size=st.integers(0, 10**22), depth=st.integers(10**19, 10**24))
def test_a_line_between_quotes_promises_no_more_than_the_pool_pays(
    sizes: list[int], size: int, depth: int
) -> None:
    quoted = curve(ROUTE, sizes, WAD, depth)
    promised = quoted.out(size)
    if size > sizes[-1]:
        assert promised is None
        return
    if size == 0:
        assert promised == 0
        return
    # One unit for each of two roundings in the pool's own formula.
    exact = dict(curve(ROUTE, [size], WAD, depth).points).get(size, 0)
    assert promised is not None and promised <= exact + 2
    if size in sizes:
        assert promised == exact


@given(sizes=sizes, first=st.integers(0, 10**22), second=st.integers(0, 10**22))
def test_two_sales_bring_what_one_brings(sizes: list[int], first: int, second: int) -> None:
    quoted = curve(ROUTE, sizes, WAD, 10**23)
    both, one = quoted.out(first + second), quoted.out(first)
    after = quoted.out_after(first, second)
    assert after == (None if both is None or one is None else both - one)


def test_the_marginal_rate_is_the_smallest_quotes() -> None:
    quoted = Curve(route=ROUTE, points=((10, 9), (100, 50)))
    assert quoted.marginal(100) == 90
    assert Curve(route=ROUTE, points=()).marginal(5) == 0


def test_quotes_out_of_order_are_refused() -> None:
    with pytest.raises(ValidationError, match="ascending"):
        Curve(route=ROUTE, points=((10, 9), (10, 9)))
