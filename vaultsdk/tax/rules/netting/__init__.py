"""Netting: from a year's disposals to what the year's gain or loss is. One file a jurisdiction."""

from __future__ import annotations

from vaultsdk.tax.rules.netting.base import Netting
from vaultsdk.tax.rules.netting.ca import CanadaNetting
from vaultsdk.tax.rules.netting.de import GermanyNetting
from vaultsdk.tax.rules.netting.plain import PlainNetting
from vaultsdk.tax.rules.netting.uk import UkNetting
from vaultsdk.tax.rules.netting.us import UsNetting

__all__ = [
    "CanadaNetting",
    "GermanyNetting",
    "Netting",
    "PlainNetting",
    "UkNetting",
    "UsNetting",
]
