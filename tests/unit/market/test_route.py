"""Routes over a deployment's pools, and their packed paths."""

from __future__ import annotations

from tests.unit.keeper.builders import RETH, USDC, WETH, WSTETH, deployment
from vaultsdk.market.route import routes

WAD = 10**18


def test_single_pools_of_both_exchanges_and_two_pools_in_a_row() -> None:
    found = routes(deployment(), WETH, WSTETH)
    assert [(one.kind, one.fees) for one in found] == [
        ("uniswap_v2", (3000,)),
        ("uniswap_v3", (100,)),
    ]
    (through_weth,) = routes(deployment(), WSTETH, RETH)
    assert through_weth.tokens == (WSTETH, WETH, RETH) and through_weth.fees == (100, 500)


def test_paths_are_packed_as_the_adapters_read_them() -> None:
    (through_weth,) = routes(deployment(), WSTETH, RETH)
    path = WSTETH[2:] + "000064" + WETH[2:] + "0001f4" + RETH[2:]
    assert through_weth.data.hex() == path
    v2, _ = routes(deployment(), WETH, WSTETH)
    assert v2.data.hex() == WETH[2:] + WSTETH[2:]


def test_fees_multiply() -> None:
    (through_weth,) = routes(deployment(), WSTETH, RETH)
    assert through_weth.kept == WAD * 9999 // 10_000 * 9995 // 10_000


def test_no_way_and_no_adapter() -> None:
    assert routes(deployment(), WETH, USDC) == ()
    v3_only = deployment().model_copy(
        update={"adapters": deployment().adapters.model_copy(update={"uniswap_v2": None})}
    )
    assert [one.kind for one in routes(v3_only, WETH, WSTETH)] == ["uniswap_v3"]


def test_strangers_tokens_are_no_way() -> None:
    """Two pools that meet in a token which the deployment does not name are not joined."""
    stranger = "0x" + "99" * 20
    base = deployment()
    pools = [
        base.pools[0].model_copy(update={"token0": one, "token1": stranger}) for one in (WETH, RETH)
    ]
    odd = base.model_copy(update={"pools": tuple(pools)})
    assert routes(odd, WETH, RETH) == ()


def test_the_order_of_the_file_changes_nothing() -> None:
    base = deployment()
    turned = base.model_copy(update={"pools": tuple(reversed(base.pools))})
    assert routes(base, WETH, WSTETH) == routes(turned, WETH, WSTETH)


def test_described_for_people() -> None:
    _, v3 = routes(deployment(), WETH, WSTETH)
    assert v3.describe({WETH: "WETH", WSTETH: "wstETH"}) == "WETH -0.01%-> wstETH (v3)"
