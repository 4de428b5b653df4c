"""The client refuses in the contract's own words: every reason it names is one the contract has."""

from __future__ import annotations

import ast
from pathlib import Path

import vaultsdk.chain
from vaultsdk.core.errors import REASONS

SOURCES = sorted(Path(vaultsdk.chain.__file__).parent.glob("*.py"))


def named() -> set[str]:
    """First arguments of from_revert and refusal, `reason=` keywords, and what `reason` is compared
    with."""
    found: set[str] = set()
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                texts = node.args[:1] if name in ("from_revert", "refusal") else []
                texts += [word.value for word in node.keywords if word.arg == "reason"]
            elif isinstance(node, ast.Compare) and getattr(node.left, "id", "") == "reason":
                (other,) = node.comparators
                texts = list(other.elts) if isinstance(other, ast.Tuple) else [other]
            else:
                continue
            for text in texts:
                found |= {
                    part.value
                    for part in ast.walk(text)
                    if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value
                }
    return found


def test_every_reason_the_client_names_is_the_contracts() -> None:
    found = named()
    assert len(found) > 15, "the search finds nothing"
    # Compared with the status, not with a reason, to choose between two of them.
    assert found - {"stale"} <= REASONS.keys()
