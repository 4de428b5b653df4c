"""Figures that the demo quotes from elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

from vaultsdk.demo.collect import ROUTER_SWAP_GAS

BASELINE = Path(__file__).resolve().parents[2] / "benchmarks/baseline.json"


def test_the_swap_it_compares_with_is_the_benchmarks() -> None:
    measured = json.loads(BASELINE.read_text())["gas.router_swap"]
    assert abs(ROUTER_SWAP_GAS - measured) * 100 <= measured
