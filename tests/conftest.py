"""Settings that every test shares: how hard Hypothesis looks, chosen by HYPOTHESIS_PROFILE."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

# Contract calls are slow now and then (a compilation, a shared CPU), so no example has a deadline.
_COMMON = settings(
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

# The same examples on every machine: a red run can be repeated by whoever reads it. Without a
# database, because derandomized examples do not come from one.
settings.register_profile(
    "short",
    _COMMON,
    derandomize=True,
    database=None,
    max_examples=25,
    stateful_step_count=30,
)
# For work at a desk: random, and failures are kept and tried again first.
settings.register_profile("default", _COMMON, max_examples=100, stateful_step_count=50)
# For nights: `make test-deep`.
settings.register_profile(
    "deep",
    _COMMON,
    max_examples=2_000,
    stateful_step_count=100,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.target, Phase.shrink],
)

# Who has a devnet running may have told his shell; the tests have nodes and files of their own.
for _name in ("DEPLOYMENT", "RPC", "KEY_FILE", "KEYSTORE_PASSWORD", "DEBUG"):
    os.environ.pop(f"LOTVAULT_{_name}", None)

settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

_APE_TESTS = Path(__file__).parent / "integration" / "ape"
_APE_PLUGIN = "ape.pytest.plugin"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave ape's tests to runs that load ape's plugin: `pytest -p ape.pytest.plugin <file>`.

    The plugin opens a provider for the whole run, so the suite loads it only in the process that
    `tests/integration/test_ape_suite.py` starts for each of these files.
    """
    if collection_path == _APE_TESTS and not config.pluginmanager.has_plugin(_APE_PLUGIN):
        return True
    return None
