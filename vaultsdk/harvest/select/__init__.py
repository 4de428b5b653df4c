"""The set to harvest: which of one asset's cohorts, in which harvests, are worth the most."""

from vaultsdk.harvest.select.proceeds import Function, Outlet, Proceeds
from vaultsdk.harvest.select.result import SelectError, Selection, Taken, Transaction
from vaultsdk.harvest.select.solve import select
from vaultsdk.harvest.select.stress import Crowd, stress

__all__ = [
    "Crowd",
    "Function",
    "Outlet",
    "Proceeds",
    "SelectError",
    "Selection",
    "Taken",
    "Transaction",
    "select",
    "stress",
]
