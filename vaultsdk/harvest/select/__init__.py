"""The set to harvest: which of one asset's cohorts, in which harvests, are worth the most."""

from vaultsdk.harvest.select.proceeds import Function, Outlet, Proceeds
from vaultsdk.harvest.select.result import SelectError, Selection, Taken, Transaction
from vaultsdk.harvest.select.solve import select

__all__ = [
    "Function",
    "Outlet",
    "Proceeds",
    "SelectError",
    "Selection",
    "Taken",
    "Transaction",
    "select",
]
