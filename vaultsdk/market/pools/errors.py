"""Why a pool does not quote."""

from __future__ import annotations

from enum import StrEnum

from vaultsdk.core.errors import LotvaultError


class QuoteReason(StrEnum):
    """What stands in the way. The first group is the pools' own refusals, the second ours."""

    ZERO_AMOUNT = "zero_amount"
    """Nothing is to be sold (or bought)."""
    TOO_LARGE = "too_large"
    """The contracts' numbers would overflow."""
    NO_LIQUIDITY = "no_liquidity"
    """Not a unit changes hands: there is no liquidity on this side, or less than is asked for."""
    PRICE_LIMIT = "price_limit"
    """The price limit is on the wrong side of the price, or the price is at its end already."""
    ZERO_OUT = "zero_out"
    """The pool gives nothing for so little, and refuses the swap (V2)."""
    NO_CONVERGENCE = "no_convergence"
    """The pool's own iteration does not end, so that it reverts (Curve)."""

    NOT_IN_POOL = "not_in_pool"
    """The pool does not trade this token."""
    BEYOND_SNAPSHOT = "beyond_snapshot"
    """The swap would go beyond the ticks that were loaded."""


class QuoteError(LotvaultError):
    """A pool does not quote this; `reason` says why as the contracts would, or as we must."""

    def __init__(
        self, message: str, reason: QuoteReason, *, limit: object = None, value: object = None
    ) -> None:
        super().__init__(message, name=reason.value, limit=limit, value=value)
        self.reason = reason
