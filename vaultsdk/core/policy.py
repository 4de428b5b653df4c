"""Policies: the rules under which a lot may be harvested. Immutable, one word on chain."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, Self

from eth_utils.crypto import keccak
from pydantic import model_validator

from vaultsdk.core import packing
from vaultsdk.core.errors import PolicyError
from vaultsdk.core.model import Frozen

BPS: Final = 10_000
HOLD: Final = 0  # id of the policy under which nothing is ever harvested


class Bounds(Frozen):
    """Hard bounds of a deployment, in bps: no policy may exceed them, no admin may change them.

    `buy_tolerance` is how far a purchase may lie from the oracle's price without its basis being
    flagged as declared.
    """

    max_cost: int
    max_slippage: int
    max_fee: int
    buy_tolerance: int = 0

    @model_validator(mode="after")
    def _sane(self) -> Self:
        for name in ("max_cost", "max_slippage", "max_fee", "buy_tolerance"):
            _at_most(name, getattr(self, name), BPS)
        return self


class Policy(Frozen):
    """A policy's content. `mask`: bit i set = may be swapped into asset i. All else in bps but
    `min_hold_days`: full days that must pass after deposit, policy change or harvest.

    min_loss: what the asset must have lost against the lot's basis. max_cost: share of the loss
    that the swap may cost. max_slippage: distance of the swap from the feeds' price. max_fee: the
    keeper's share of the gross proceeds. tax_value: what a dollar of loss is worth (read by
    keepers, not enforced on chain).
    """

    mask: int
    min_loss: int
    max_cost: int
    max_slippage: int
    max_fee: int
    min_hold_days: int
    tax_value: int

    @model_validator(mode="after")
    def _fits(self) -> Self:
        packing.POLICY.check(**self.__dict__)
        return self

    @classmethod
    def hold(cls) -> Policy:
        """Policy 0: never harvested."""
        return cls.from_word(0)

    @classmethod
    def from_word(cls, word: int) -> Policy:
        """The policy of a word. Raises PackingError."""
        return cls(**packing.POLICY.unpack(word))

    def word(self) -> int:
        """The 256-bit word, as the contract stores it."""
        return packing.POLICY.pack(**self.__dict__)

    def hash(self) -> bytes:
        """keccak256 of the 32-byte word: what ways in take beside the id, as ids are guessable."""
        return keccak(self.word().to_bytes(32, "big"))

    @property
    def is_hold(self) -> bool:
        """True for the policy that is never harvested."""
        return self.word() == 0

    def allows(self, asset: int) -> bool:
        """True when a harvest may swap into this asset."""
        return bool(self.mask >> asset & 1)

    @property
    def assets(self) -> tuple[int, ...]:
        """Ids of the assets a harvest may swap into."""
        return tuple(i for i in range(self.mask.bit_length()) if self.mask >> i & 1)

    def check(self, bounds: Bounds, listed: int) -> Policy:
        """The policy itself when the contract would create it; else PolicyError naming the limit.

        `listed` is the mask of listed assets. The hold policy always passes: it exists as id 0.
        """
        if self.is_hold:
            return self
        if self.mask == 0:
            raise PolicyError(
                "the policy names no replacement asset: name at least one listed asset, or use "
                "policy 0 to hold",
                name="mask",
                value=0,
            )
        if unlisted := self.mask & ~listed:
            first = (unlisted & -unlisted).bit_length() - 1
            raise PolicyError(
                f"asset {first} of the policy's mask is not listed: leave it out",
                name="mask",
                limit=listed,
                value=self.mask,
            )
        _at_most("min_loss", self.min_loss, BPS)
        _at_most("max_cost", self.max_cost, bounds.max_cost)
        _at_most("max_slippage", self.max_slippage, bounds.max_slippage)
        _at_most("max_fee", self.max_fee, bounds.max_fee)
        _at_most("tax_value", self.tax_value, BPS)
        if self.min_hold_days < 1:
            raise PolicyError(
                "min_hold_days is 0: give at least 1 day",
                name="min_hold_days",
                limit=1,
                value=self.min_hold_days,
            )
        return self

    def warnings(self, dev_in: int, dev_out: int) -> tuple[str, ...]:
        """What a depositor should know: feeds deviating by `dev_in` and `dev_out` bps may leave
        the swap outside the slippage allowed, so that the policy is often not harvestable."""
        if self.is_hold or self.max_slippage >= dev_in + dev_out:
            return ()
        return (
            f"max_slippage {percent(self.max_slippage)} is below the {percent(dev_in + dev_out)} "
            "that the two rate feeds may be off: harvests will often be refused",
        )

    def describe(self, symbols: Mapping[int, str] | None = None) -> str:
        """The policy in plain words. `symbols` names assets by id."""
        if self.is_hold:
            return "Hold: never harvested."
        names = symbols or {}
        into = " or ".join(names.get(i, f"asset {i}") for i in self.assets) or "no asset"
        one = self.min_hold_days == 1
        days = "1 full day has" if one else f"{self.min_hold_days} full days have"
        return (
            f"Swap into {into} once the price is at least {percent(self.min_loss)} below the basis "
            f"and {days} passed since the lot came in. The swap may cost at most "
            f"{percent(self.max_cost)} of the loss, lie at most {percent(self.max_slippage)} from "
            f"the feeds' price, and pay the keeper at most {percent(self.max_fee)}. "
            f"A dollar of loss is taken to be worth {percent(self.tax_value)} of a dollar in taxes."
        )


def percent(bps: int) -> str:
    """Basis points as an exact percentage: 25 -> '0.25 %', 1000 -> '10 %'."""
    value = Decimal(bps) / 100
    text = f"{value:f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} %"


def _at_most(name: str, value: int, limit: int) -> None:
    if not 0 <= value <= limit:
        raise PolicyError(
            f"{name} is {value} bps ({percent(value)}), but at most {limit} bps "
            f"({percent(limit)}) are allowed here: lower it",
            name=name,
            limit=limit,
            value=value,
        )
