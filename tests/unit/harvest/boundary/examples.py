"""Economics that several tests share."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from vaultsdk.harvest.boundary import Economics

EXAMPLE: dict[str, float] = {
    "tau_now": 0.37,
    "tau_later": 0.37,
    "k": 0.003,
    "r": 0.05,
    "lam": 0.2,
    "mu": 0.05,
    "sigma": 0.7,
}


def economics(**changes: Any) -> Economics:
    """The issue's example with some numbers changed."""
    return Economics(**(EXAMPLE | changes))


WORTH_HARVESTING = st.builds(
    Economics,
    tau_now=st.floats(0.1, 0.6),
    tau_later=st.floats(0, 0.1),
    k=st.floats(1e-5, 0.2),
    r=st.floats(0.001, 0.3),
    lam=st.floats(0, 3),
    mu=st.floats(-0.5, 1.5),
    sigma=st.floats(0.05, 2),
)
"""tau_now above tau_later, so that a > 0."""
