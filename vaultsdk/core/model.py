"""What all models of the core share: frozen, no unknown fields, addresses with checksums."""

from __future__ import annotations

from functools import lru_cache
from string import hexdigits
from typing import Annotated

from eth_utils.crypto import keccak
from pydantic import AfterValidator, BaseModel, ConfigDict

from vaultsdk.core.errors import AddressError

ZERO_ADDRESS = "0x" + "00" * 20


class Frozen(BaseModel):
    """Base of the core's models: immutable, hashable, refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@lru_cache(maxsize=65536)
def checksum(address: str) -> str:
    """The address with EIP-55 capitals. Raises AddressError.

    Input all in small or all in capital letters is taken as it is, a mixed one must be right.
    """
    body = address[2:]
    if address[:2] not in ("0x", "0X") or len(body) != 40:
        raise AddressError(
            f"{address!r} is not an address: give 0x and 40 hex digits",
            name="address",
            value=address,
        )
    # Not int(body, 16), which takes signs and underscores.
    if not set(body) <= set(hexdigits):
        raise AddressError(
            f"{address!r} is not an address: it has other than hex digits",
            name="address",
            value=address,
        )
    lower = body.lower()
    digest = keccak(text=lower).hex()
    fixed = "0x" + "".join(
        c.upper() if int(d, 16) >= 8 else c for c, d in zip(lower, digest, strict=False)
    )
    if fixed[2:] != body and body not in (lower, body.upper()):
        raise AddressError(
            f"the checksum of {address} is wrong: check it for a typing error, or give it in "
            "small letters",
            name="address",
            limit=fixed,
            value=address,
        )
    return fixed


def address_to_int(address: str) -> int:
    """The 160-bit number of an address, as it lies in a packed word."""
    return int(checksum(address), 16)


def int_to_address(number: int) -> str:
    """The checksummed address of a 160-bit number. Raises AddressError above 160 bits."""
    if not 0 <= number < 1 << 160:
        raise AddressError("an address has 160 bits", name="address", limit=1 << 160, value=number)
    return checksum(f"0x{number:040x}")


Address = Annotated[str, AfterValidator(checksum)]
