"""The bit layouts of every packed word, most significant field first: the mirror of
`contracts/modules/packing.vy`.

A layout is a table of (name, bits) that must add up to its width; everything else in the SDK
uses names. `pack` refuses what does not fit instead of cutting it, `unpack` refuses bits in unused
fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vaultsdk.core.errors import PackingError

UNUSED: Final = "unused"


class Layout:
    """A table of bit fields, most significant first, that must add up to `width` bits."""

    def __init__(self, name: str, *fields: tuple[str, int], width: int = 256) -> None:
        total = sum(bits for _, bits in fields)
        if total != width:
            raise PackingError(
                f"the layout {name} adds up to {total} bits, not {width}",
                name=name,
                limit=width,
                value=total,
            )
        self.name = name
        self.width = width
        self.fields = fields
        shifts: list[tuple[str, int, int]] = []
        left = width
        for field, bits in fields:
            left -= bits
            shifts.append((field, left, (1 << bits) - 1))
        self._shifts = tuple(shifts)
        self.limits: Mapping[str, int] = {f: mask for f, _, mask in shifts if f != UNUSED}

    def check(self, **values: int) -> None:
        """Refuse (PackingError) a value outside its field."""
        for field, value in values.items():
            limit = self.limits[field]
            if not 0 <= value <= limit:
                raise PackingError(
                    f"{field} of a {self.name} is {value}, but must lie between 0 and {limit}",
                    name=field,
                    limit=limit,
                    value=value,
                )

    def pack(self, **values: int) -> int:
        """One word from all named fields. Raises PackingError for what does not fit."""
        if values.keys() != self.limits.keys():
            wrong = sorted(values.keys() ^ self.limits.keys())
            raise PackingError(
                f"a {self.name} needs exactly its fields; look at {', '.join(wrong)}", name=wrong[0]
            )
        self.check(**values)
        word = 0
        for field, shift, _ in self._shifts:
            if field != UNUSED:
                word |= values[field] << shift
        return word

    def unpack(self, word: int) -> dict[str, int]:
        """The named fields of a word. Raises PackingError for bits that may not be there."""
        if not 0 <= word < 1 << self.width:
            raise PackingError(
                f"a {self.name} has {self.width} bits; this word does not fit",
                name=self.name,
                limit=self.width,
                value=word,
            )
        values: dict[str, int] = {}
        for field, shift, mask in self._shifts:
            value = (word >> shift) & mask
            if field != UNUSED:
                values[field] = value
            elif value:
                raise PackingError(
                    f"the unused bits of a {self.name} are not zero: is this word a {self.name}?",
                    name=self.name,
                    value=word,
                )
        return values


COHORT_KEY = Layout(
    "cohort key", ("asset", 8), ("policy", 32), ("band", 16), ("day", 24), ("seq", 32), width=112
)
COHORT = Layout("cohort word", ("units", 128), ("harvest", 128))
HARVEST_AMOUNTS = Layout("harvest amounts word", ("sold", 128), ("proceeds", 128))
HARVEST_OUTCOME = Layout(
    "harvest outcome word",
    (UNUSED, 56),
    ("decimals", 8),
    ("to_asset", 8),
    ("band", 16),
    ("time", 40),
    ("price", 128),
)
LOT_HEAD = Layout("lot head word", ("key", 112), ("acquired_at", 40), ("flags", 104))
LOT_BODY = Layout("lot body word", ("units", 128), ("basis", 128))
POLICY = Layout(
    "policy word",
    (UNUSED, 32),
    ("mask", 128),
    ("min_loss", 16),
    ("max_cost", 16),
    ("max_slippage", 16),
    ("max_fee", 16),
    ("min_hold_days", 16),
    ("tax_value", 16),
)
ASSET = Layout("asset word", (UNUSED, 88), ("decimals", 8), ("token", 160))
LIMITS = Layout("limits word", ("min_deposit", 128), ("cohort_cap", 128))
FEED = Layout(
    "feed word",
    (UNUSED, 8),
    ("max_band", 16),
    ("min_band", 16),
    ("dev", 16),
    ("decimals", 8),
    ("heartbeat", 32),
    ("feed", 160),
)
ANSWER_BOUNDS = Layout("answer bounds word", ("min_answer", 128), ("max_answer", 128))
BUCKET = Layout("bucket word", ("size", 96), ("time", 40), ("used", 120))
CONFIG = Layout(
    "config word",
    (UNUSED, 87),
    ("harvest_count", 31),
    ("paused", 2),
    ("asset_count", 8),
    ("listed", 128),
)
OFFER = Layout("offer word", ("nonce", 88), ("kind", 8), ("to", 160))

LAYOUTS: Final[tuple[Layout, ...]] = (
    COHORT_KEY,
    COHORT,
    HARVEST_AMOUNTS,
    HARVEST_OUTCOME,
    LOT_HEAD,
    LOT_BODY,
    POLICY,
    ASSET,
    LIMITS,
    FEED,
    ANSWER_BOUNDS,
    BUCKET,
    CONFIG,
    OFFER,
)
