"""Backtests: a price history replayed through the contract's rules, policy against policy.

`history` has the prices and what a decider may see of them, `deciders` the policies, `rules` lays
a decider's answers over time and skips what cannot trigger, `engine` keeps the accounts, `summary`
compares, `leaks` catches look-ahead, `sweep` runs many sets on all cores.
"""

from __future__ import annotations

from vaultsdk.harvest.backtest.deciders import STANDARD, Decider, decider
from vaultsdk.harvest.backtest.engine import Run, run
from vaultsdk.harvest.backtest.errors import BacktestError, LookAheadError
from vaultsdk.harvest.backtest.expected import expected
from vaultsdk.harvest.backtest.gas import GasCost, constant_gas, no_gas, parse_gas
from vaultsdk.harvest.backtest.history import History, Past, history_of
from vaultsdk.harvest.backtest.leaks import check_no_look_ahead
from vaultsdk.harvest.backtest.lots import Span, spans
from vaultsdk.harvest.backtest.summary import Summary, paths, summarise
from vaultsdk.harvest.backtest.sweep import Case, World, cases, sweep
from vaultsdk.harvest.backtest.terms import Terms

__all__ = [
    "STANDARD",
    "BacktestError",
    "Case",
    "Decider",
    "GasCost",
    "History",
    "LookAheadError",
    "Past",
    "Run",
    "Span",
    "Summary",
    "Terms",
    "World",
    "cases",
    "check_no_look_ahead",
    "constant_gas",
    "decider",
    "expected",
    "history_of",
    "no_gas",
    "parse_gas",
    "paths",
    "run",
    "spans",
    "summarise",
    "sweep",
]
