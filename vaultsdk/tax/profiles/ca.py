"""Canada: adjusted cost base and superficial losses."""

from __future__ import annotations

from typing import Final

from vaultsdk.tax.profile import Profile
from vaultsdk.tax.rules.fees import TOKEN_FEES
from vaultsdk.tax.rules.holding import NoTerms
from vaultsdk.tax.rules.losses import SUPERFICIAL
from vaultsdk.tax.rules.matching import CA_AVERAGE
from vaultsdk.tax.rules.netting import CanadaNetting
from vaultsdk.tax.rules.scope import PER_TAXPAYER
from vaultsdk.tax.rules.timeline import Timeline
from vaultsdk.tax.rules.treatment import GIFTS_DISPOSE

CA: Final = Profile(
    name="ca",
    title="Canada, individual, on capital account",
    currency="CAD",
    scope=PER_TAXPAYER,
    scopes=(),
    matching=CA_AVERAGE,
    holding=Timeline.always(NoTerms()),
    losses=Timeline.always(SUPERFICIAL),
    fees=Timeline.always(TOKEN_FEES),
    treatment=Timeline.always(GIFTS_DISPOSE),
    netting=CanadaNetting(),
    report="ca",
    page="docs/tax-ca.md",
)
