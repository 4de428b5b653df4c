"""Hypothesis strategies for the core's models."""

from __future__ import annotations

from hypothesis import strategies as st

from vaultsdk.core.band import FIRST_BAND, MAX_BAND
from vaultsdk.core.cohort import CohortKey
from vaultsdk.core.lot import Lot, LotFlags
from vaultsdk.core.model import int_to_address
from vaultsdk.core.packing import POLICY
from vaultsdk.core.policy import Policy


def bits(n: int) -> st.SearchStrategy[int]:
    """Integers of up to n bits, all magnitudes alike."""
    return st.integers(0, n).flatmap(lambda k: st.integers(0, (1 << k) - 1))


bands = st.one_of(st.just(0), st.integers(FIRST_BAND, MAX_BAND))
addresses = bits(160).map(int_to_address)
keys = st.builds(CohortKey, asset=bits(8), policy=bits(32), band=bands, day=bits(24), seq=bits(32))
lots = st.builds(
    Lot,
    key=keys,
    acquired_at=st.integers(1, (1 << 40) - 1),
    flags=st.sampled_from([LotFlags.NONE, LotFlags.DECLARED]),
    units=bits(128),
    basis=bits(128),
)
policies = st.builds(
    Policy, **{name: st.integers(0, limit) for name, limit in POLICY.limits.items()}
)
