"""The pure core: units, bands, cohort keys, packing, lots, policies and the event ledger.

Everything here is integers and frozen models. Nothing in this package does I/O or imports a web3
library, so that live runs, dry runs, backtests and tests all share exactly the same code.
"""
