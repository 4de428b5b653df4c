"""Fixtures of the contract tests: one vault per run, put back as it was after every test."""

from __future__ import annotations

from collections.abc import Iterator

import boa
import pytest

from tests.contracts.world import World, build_world


@pytest.fixture(scope="session")
def _built() -> World:
    return build_world()


@pytest.fixture
def world(_built: World) -> Iterator[World]:
    """A fresh `World` (see there), at `START`; what a test does to it ends with the test."""
    with boa.env.anchor():
        yield _built
