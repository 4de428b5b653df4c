"""The profiles there are, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vaultsdk.tax.errors import TaxError
from vaultsdk.tax.profile import Profile
from vaultsdk.tax.profiles.average import AVERAGE
from vaultsdk.tax.profiles.ca import CA
from vaultsdk.tax.profiles.de import DE
from vaultsdk.tax.profiles.uk import UK
from vaultsdk.tax.profiles.us import US, US_WASH

PROFILES: Final[Mapping[str, Profile]] = {
    one.name: one for one in (US, US_WASH, UK, CA, DE, AVERAGE)
}


def profile(name: str) -> Profile:
    """The profile of a name. Raises TaxError with the names there are."""
    found = PROFILES.get(name)
    if found is None:
        raise TaxError(
            f"there is no tax profile {name!r}: choose one of {', '.join(PROFILES)}",
            name="profile",
            limit=tuple(PROFILES),
            value=name,
        )
    return found
