"""Every number in words: `explain(ledger, result, profile, event_id)`."""

from __future__ import annotations

from vaultsdk.tax.explain.story import Explanation, explain

__all__ = ["Explanation", "explain"]
