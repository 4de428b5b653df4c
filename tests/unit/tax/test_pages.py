"""The tax pages show what the commands print, and their Python runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.tax.pages import PAGES, ROOT, RUN, filled


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_shows_what_its_commands_print(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert RUN.search(text)
    assert text == filled(text), "run: python tests/unit/tax/pages.py"


def test_the_python_of_the_tax_page_runs() -> None:
    text = (ROOT / "docs/tax.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    gain, *_ = run.stdout.splitlines()
    assert f"print(result.disposals[0].gain)  # {gain}: " in program
