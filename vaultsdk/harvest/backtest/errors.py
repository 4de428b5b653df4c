"""What can be wrong with a backtest's input, and the sin that no backtest may commit."""

from __future__ import annotations

from vaultsdk.core.errors import LotvaultError


class BacktestError(LotvaultError):
    """Input with which no backtest can be run; the message names it."""


class LookAheadError(LotvaultError):
    """A decision used, or changed with, prices of its own future."""
