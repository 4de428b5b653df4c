"""The README says what is so: its gas table is the baseline's, its links lead somewhere."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.benchmarks.readme import BASELINE, GAS, README, put, table

ROOT = README.parent
PAGES = [README, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def anchors(page: Path) -> set[str]:
    """The headings of a page as GitHub names them in addresses."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_gas_table_is_the_committed_baselines() -> None:
    page = README.read_text(encoding="utf-8")
    baseline = json.loads(BASELINE.read_text(encoding="utf-8"))
    assert page == put(page, GAS, table(baseline)), "run: python tests/benchmarks/readme.py"


def test_another_number_makes_another_table() -> None:
    baseline = json.loads(BASELINE.read_text(encoding="utf-8"))
    changed = baseline | {"gas.sell": baseline["gas.sell"] + 1}
    page = README.read_text(encoding="utf-8")
    assert put(page, GAS, table(changed)) != page


@pytest.mark.parametrize("page", ["", "<!-- /a --> <!-- a -->", "<!-- a --><!-- /a -->" * 2])
def test_a_page_without_its_markers_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="needs one"):
        put(page, "a", "text")


def test_the_picture_is_small() -> None:
    assert (ROOT / "docs/images/demo.png").stat().st_size < 150_000


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if target.startswith(("https://", "http://")):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    assert broken == []


def test_every_page_is_in_the_index() -> None:
    index = ROOT / "docs" / "README.md"
    linked = {target.partition("#")[0] for target in LINK.findall(index.read_text("utf-8"))}
    pages = {page.name for page in PAGES if page.parent == ROOT / "docs"} - {"README.md"}
    assert pages <= linked
