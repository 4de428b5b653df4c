"""The tax engine: a ledger of events becomes disposals, gains, carried bases and reports.

    ledger = parse_ledger(text)                        # vaultsdk.tax.ledger.parse
    result = compute(ledger, profile("us"))            # vaultsdk.tax.compute, .profiles
    explain(ledger, result, profile("us"), "s1")       # vaultsdk.tax.explain
    simulate(ledger, hypothetical, profile("us"))      # vaultsdk.tax.simulate
    report_for("us", result, "2025", "")               # vaultsdk.tax.reports

Pure: no I/O and no clock; "as of" is a parameter. Integers throughout: quantities of the asset's
smallest unit, money of 1e-18 of the report currency. This is software, not tax advice.
"""

from __future__ import annotations
