"""The United Kingdom: share matching and the section 104 pool."""

from __future__ import annotations

from typing import Final

from vaultsdk.tax.profile import Profile
from vaultsdk.tax.rules.fees import TOKEN_FEES
from vaultsdk.tax.rules.holding import NoTerms
from vaultsdk.tax.rules.losses import SHARE_MATCHING
from vaultsdk.tax.rules.matching import UK_SHARES
from vaultsdk.tax.rules.netting import UkNetting
from vaultsdk.tax.rules.scope import PER_TAXPAYER
from vaultsdk.tax.rules.timeline import Timeline
from vaultsdk.tax.rules.treatment import GIFTS_DISPOSE

UK: Final = Profile(
    name="uk",
    title="United Kingdom, individual",
    currency="GBP",
    scope=PER_TAXPAYER,
    scopes=(),
    matching=UK_SHARES,
    holding=Timeline.always(NoTerms()),
    losses=Timeline.always(SHARE_MATCHING),
    fees=Timeline.always(TOKEN_FEES),
    treatment=Timeline.always(GIFTS_DISPOSE),
    netting=UkNetting(),
    report="uk",
    page="docs/tax-uk.md",
)
