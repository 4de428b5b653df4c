"""Bands: a logarithmic index of a unit basis (USD wad per whole token) with seven mantissa bits.

Bands are 0.4 % to 0.8 % wide, monotone, made of shifts only, and for every x that can be banded
`lower(band(x)) <= x < upper(band(x))`. Source: docs/design.md, section on bands.
"""

from __future__ import annotations

from typing import Final

from vaultsdk.core.errors import BandError

MANTISSA_BITS: Final = 7
FIRST_BAND: Final = 896  # band(128), the first after 0: 128 has its leading one at bit 7
MAX_UNIT_BASIS: Final = (1 << 188) - 1  # so that a band fits 16 bits
MAX_BAND: Final = (187 << MANTISSA_BITS) | 127

__all__ = [
    "FIRST_BAND",
    "MAX_BAND",
    "MAX_UNIT_BASIS",
    "BandError",
    "band",
    "check_band",
    "lower",
    "next_band",
    "upper",
]


def band(unit_basis: int) -> int:
    """The band of a unit basis (USD wad per whole token, 0 <= x < 2**188).

    A basis below 128 wad-wei (an unknown basis, a gift) is band 0, which is never harvestable.
    Raises BandError outside the range.
    """
    if not 0 <= unit_basis <= MAX_UNIT_BASIS:
        raise BandError(
            f"a unit basis of {unit_basis} cannot be banded: give a basis between 0 and "
            f"{MAX_UNIT_BASIS} (USD wad per whole token)",
            name="unit_basis",
            limit=MAX_UNIT_BASIS,
            value=unit_basis,
        )
    if unit_basis < 128:
        return 0
    n = unit_basis.bit_length() - 1
    return (n << MANTISSA_BITS) | ((unit_basis >> (n - MANTISSA_BITS)) & 127)


def check_band(index: int) -> int:
    """The band itself, or BandError: bands are 0 and 896 to 24063; 1 to 895 belong to no basis."""
    if index != 0 and not FIRST_BAND <= index <= MAX_BAND:
        raise BandError(
            f"there is no band {index}: bands are 0 and {FIRST_BAND} to {MAX_BAND}",
            name="band",
            limit=MAX_BAND,
            value=index,
        )
    return index


def lower(index: int) -> int:
    """The smallest unit basis of a band (USD wad per whole token). Raises BandError."""
    if check_band(index) == 0:
        return 0
    return (128 + (index & 127)) << ((index >> MANTISSA_BITS) - MANTISSA_BITS)


def next_band(index: int) -> int:
    """The band that follows: 896 follows 0. Raises BandError for the last one."""
    return check_band(FIRST_BAND if check_band(index) == 0 else index + 1)


def upper(index: int) -> int:
    """The first unit basis above a band: `lower` of the next band, 2**188 above the last."""
    return MAX_UNIT_BASIS + 1 if check_band(index) == MAX_BAND else lower(next_band(index))
