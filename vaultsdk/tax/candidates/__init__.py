"""The harvest table: what selling each lot or pool now would realise, and what of it would count.

Every row is a simulation by the engine itself: the ledger with one more sale, at the market's
price, on the day asked about.
"""

from __future__ import annotations

from vaultsdk.tax.candidates.model import Candidate, Candidates, Wait
from vaultsdk.tax.candidates.sales import HYPOTHETICAL
from vaultsdk.tax.candidates.table import candidates

__all__ = ["HYPOTHETICAL", "Candidate", "Candidates", "Wait", "candidates"]
