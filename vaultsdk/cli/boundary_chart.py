"""The picture of a boundary: value over never harvesting, by the loss at which one harvests."""

from __future__ import annotations

import io
from typing import Any, Final

from vaultsdk.cli.failures import Failure
from vaultsdk.harvest.boundary import Boundary, Economics, threshold_value
from vaultsdk.harvest.boundary.closed import FIXED_LOSSES

_INK, _CURVE, _BEST, _EVEN = "#1f2933", "#3b5bdb", "#e8590c", "#adb5bd"
_POINTS: Final = 396


def draw(economics: Economics, found: Boundary, form: str) -> bytes:
    """PNG or SVG. Raises Failure without matplotlib."""
    figure = _library()(figsize=(9, 5), layout="constrained")
    axes = figure.subplots()
    losses = [0.005 + 0.945 * i / _POINTS for i in range(_POINTS + 1)]
    values = [threshold_value(economics, loss) for loss in losses]
    axes.plot([100 * loss for loss in losses], values, color=_CURVE, linewidth=1.8)
    axes.axhline(0, color=_INK, linewidth=0.8)
    dots = [(100 * loss, found.fixed[key]) for key, loss in FIXED_LOSSES.items()]
    axes.scatter(*zip(*dots, strict=True), color=_CURVE, zorder=3, label="fixed thresholds")
    best = found.loss_threshold
    if best is not None:
        axes.scatter(
            [100 * best], [found.value], color=_BEST, zorder=4, label=f"optimum: {best:.1%}"
        )
    if found.break_even is not None:
        even = 1 - found.break_even
        axes.axvline(
            100 * even, color=_EVEN, linestyle="--", label=f"one harvest breaks even: {even:.1%}"
        )
    # Tiny thresholds lose so much that nothing else could be seen.
    top = max(max(values), found.value, 1e-9)
    axes.set_ylim(max(min(values), -top), 1.15 * top)
    axes.set_xlim(0, 95)
    axes.set_xlabel("harvest at a loss of, %")
    axes.set_ylabel("value per dollar of basis, over never harvesting")
    axes.set_title(
        f"tau {economics.tau_now:g} now, {economics.tau_later:g} later, k {economics.k:g}, "
        f"r {economics.r:g}, lam {economics.lam:g}, mu {economics.mu:g}, "
        f"sigma {economics.sigma:g}",
        color=_INK,
        loc="left",
        fontsize=10,
    )
    axes.legend(frameon=False, loc="lower right")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    stream = io.BytesIO()
    # No date in the file: the same numbers make the same picture.
    metadata: dict[str, Any] = {"Date": None} if form == "svg" else {"Software": None}
    figure.savefig(stream, format=form, dpi=130, metadata=metadata)
    return stream.getvalue()


def _library() -> Any:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise Failure(
            "charts need matplotlib: install it with `pip install 'vaultsdk[chart]'`"
        ) from None
    return Figure
