"""Byte-code sizes: a contract above EIP-170's limit cannot be deployed at all."""

from __future__ import annotations

import boa

from tests.contracts.world import World

EIP_170 = 24_576
ROOM = 24_000  # what the vault may grow to, so that a late fix still fits


def test_the_vault_fits_with_room_to_spare(world: World) -> None:
    # Deployed code, immutables included.
    size = len(boa.env.get_code(world.vault.address))
    assert 0 < size <= ROOM < EIP_170
