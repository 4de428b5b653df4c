"""The neutral ledger: what the tax engine takes in, from CSV, from models, or from a vault."""

from __future__ import annotations
