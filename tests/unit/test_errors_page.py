"""docs/errors.md is what scripts/errors_page.py makes of the errors now, and leaves none out."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from vaultsdk.core.errors import REASONS, LotvaultError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("errors_page", ROOT / "scripts/errors_page.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_as_made(script: ModuleType) -> None:
    found = (ROOT / "docs/errors.md").read_text(encoding="utf-8")
    assert found == script.page(), "run: python scripts/errors_page.py"


def test_every_reason_and_every_error_is_there(script: ModuleType) -> None:
    page = script.page()
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert len(rows) == len(REASONS) + len(script.own_errors())
    assert not [reason for reason in REASONS if f"| `{reason}` |" not in page]
    assert all(line.split("|")[-2].strip() for line in rows), "a cell is empty"


def test_errors_of_tests_are_not(script: ModuleType) -> None:
    class StrangerError(LotvaultError):
        """Not the package's."""

    assert StrangerError not in script.own_errors()
