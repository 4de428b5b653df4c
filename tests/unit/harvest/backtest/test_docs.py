"""The page's own program runs."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.paths import REPOSITORY


def test_the_program_of_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    page = (REPOSITORY / "docs/backtest.md").read_text(encoding="utf-8")
    programs = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(programs) == 1
    names: dict[str, Any] = {}
    exec(programs[0], names)
    assert float(capsys.readouterr().out) > 0
