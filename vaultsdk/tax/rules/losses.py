"""Loss rules: when a loss does not count because the same thing was bought again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class LossRule:
    """A loss rule, which an engine carries out. Windows in days before and after the disposal, the
    day itself included; (0, 0) with no name = every loss counts at once.

    `identity` names the list of assets that count as the same for it; `affiliates` says whether
    what other owners in the ledger buy counts too. `carried` tells where a disallowed loss goes.
    """

    name: str
    before: int = 0
    after: int = 0
    identity: str = ""
    affiliates: bool = False
    carried: str = ""

    @property
    def watches(self) -> bool:
        """Whether purchases around a loss matter at all."""
        return bool(self.name)


NO_RULE: Final = LossRule("")
"""Every realised loss counts. US: IRC § 1091 speaks of stock and securities, which digital assets
as property (Notice 2014-21) are not held to be. Germany: § 23 EStG knows no such rule (§ 42 AO on
abuse stays)."""

WASH_SALE: Final = LossRule(
    "wash sale", 30, 30, "us-wash", True, "to the replacement's basis, with the holding period"
)
"""IRC § 1091(a), (b), (d), § 1223(3); Treas. Reg. §§ 1.1091-1, 1.1091-2: 30 days before and after;
matched in the order of acquisition; basis and holding period go over to the replacement. A spouse's
purchase counts (IRS Publication 550), so other owners of the ledger do."""

SUPERFICIAL: Final = LossRule(
    "superficial loss", 30, 30, "ca-superficial", True, "to the adjusted cost base"
)
"""Income Tax Act (Canada) s. 54 "superficial loss", s. 40(2)(g)(i), s. 53(1)(f): 30 days before to
30 days after, also by an affiliated person, and still held at the period's end."""

SHARE_MATCHING: Final = LossRule(
    "30-day matching", 0, 30, "uk-same-class", False, "to the disposal, as its cost"
)
"""TCGA 1992 s. 106A: an acquisition within the 30 days after a disposal is matched with it, ahead
of the section 104 pool; HMRC Cryptoassets Manual CRYPTO22252. So the loss is measured against what
was bought back, and not disallowed."""
