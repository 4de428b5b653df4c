"""The harvest call as a model, and the quoters' call data and answers. Pure."""

from __future__ import annotations

from eth_abi.abi import encode

from vaultsdk.chain import write_calls
from vaultsdk.chain.calls import Read, selector
from vaultsdk.core.model import Address, Frozen
from vaultsdk.market.route import Route


class Leg(Frozen):
    """One swap of a harvest: adapter, share of the units sold (parts of 1e18), the path."""

    adapter: Address
    share: int
    data: bytes


class HarvestCall(Frozen):
    """The arguments of the vault's `harvest`, in its order."""

    keys: tuple[int, ...]
    to_asset: int
    legs: tuple[Leg, ...]
    min_rate: int
    min_sold: int
    fee_bps: int
    deadline: int

    def data(self, vault: str) -> str:
        """The call data as 0x-hex. Raises what `write_calls.harvest` does."""
        legs = [write_calls.Leg(leg.adapter, leg.share, leg.data) for leg in self.legs]
        call = write_calls.harvest(
            vault,
            self.keys,
            self.to_asset,
            legs,
            self.min_rate,
            self.min_sold,
            self.fee_bps,
            self.deadline,
        )
        return "0x" + call.data.hex()


def quote(quoter: str, route: Route, amount_in: int) -> Read[int]:
    """Units out for `amount_in`: by QuoterV2 for V3 routes, by the router itself for V2."""
    if route.kind == "uniswap_v3":
        data = selector("quoteExactInput(bytes,uint256)") + encode(
            ("bytes", "uint256"), (route.data, amount_in)
        )
        return Read(quoter, data, _first)
    data = selector("getAmountsOut(uint256,address[])") + encode(
        ("uint256", "address[]"), (amount_in, list(route.tokens))
    )
    return Read(quoter, data, _last)


def _first(answer: bytes) -> int:
    return int.from_bytes(answer[:32])


def _last(answer: bytes) -> int:
    return int.from_bytes(answer[-32:])
