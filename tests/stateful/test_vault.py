"""The whole machine: every rule, every invariant; and what the runs were worth."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.paths import MUTATED
from tests.stateful.rules.refused import Refusals
from tests.stateful.tally import TALLY


class Vault(Refusals):
    """All rules together."""


# A seeded bug need not be shrunk to be seen (tests/mutants).
PHASES = (Phase.explicit, Phase.generate) if MUTATED else settings().phases
# More examples than the profile that tests/conftest.py loaded: there is much to do wrong here.
EXAMPLES = 2 * settings().max_examples


# A minute on a core of its own; the long profiles take what they take.
SECONDS = 900 if os.environ.get("HYPOTHESIS_PROFILE") == "short" else 0


@pytest.mark.slow
@pytest.mark.timeout(SECONDS)
def test_vault(record_property: Callable[[str, object], None]) -> None:
    """Any rules in any order; after every step every invariant; and most of it was of use."""
    TALLY.clear()
    run_state_machine_as_test(Vault, settings=settings(max_examples=EXAMPLES, phases=PHASES))
    record_property("stateful", TALLY.report())
    assert TALLY.useful_share > 0.5, TALLY.report()
