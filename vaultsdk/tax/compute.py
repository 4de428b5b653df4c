"""From a ledger to disposals, open lots, pools and years, under a profile. Pure."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from vaultsdk.tax.engine import average, lots, shares
from vaultsdk.tax.engine.job import Job
from vaultsdk.tax.errors import LedgerProblemsError, Problem, TaxError
from vaultsdk.tax.identity import Confidence, Identity, packaged_identity
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.options import Options
from vaultsdk.tax.profile import Profile
from vaultsdk.tax.result import TaxResult
from vaultsdk.tax.rules.matching import EngineName, Method
from vaultsdk.tax.rules.scope import Scope
from vaultsdk.tax.rules.timeline import Timeline

_ENGINES: Final[Mapping[EngineName, Callable[[Job], None]]] = {
    EngineName.LOTS: lots.run,
    EngineName.SHARES: shares.run,
    EngineName.AVERAGE: average.run,
}


def compute(
    ledger: Ledger,
    profile: Profile,
    *,
    method: str | None = None,
    scope: str = "auto",
    as_of: int | None = None,
    confidence: Confidence = Confidence.HIGH,
    identity: Identity | None = None,
) -> TaxResult:
    """Compute a ledger under a profile.

    `method`: fifo, lifo, hifo or spec where the profile has a choice. `scope`: auto (the profile's,
    by date), wallet or universal. `as_of`: the last day (ordinal) to take into account; what comes
    later is not known yet. `confidence`: which statements about assets that count as the same to
    accept. Raises LedgerProblemsError with every fault of the ledger, TaxError for a method or
    scope that the profile does not have.
    """
    options = Options(
        method=method, scope=scope, as_of=as_of, confidence=confidence, identity=identity
    )
    return computed(ledger, profile, options)


def computed(ledger: Ledger, profile: Profile, options: Options) -> TaxResult:
    """`compute` with the options as a model. Raises LedgerProblemsError, TaxError."""
    result, problems = attempt(ledger, profile, options)
    if problems:
        raise LedgerProblemsError(problems, ledger.source)
    return result


def attempt(
    ledger: Ledger, profile: Profile, options: Options
) -> tuple[TaxResult, tuple[Problem, ...]]:
    """As `compute`, but with the problems beside the result, which is worth nothing when there are
    some. Raises TaxError."""
    method = _method(profile, options.method)
    scope = _scope(profile, options.scope)
    ledger = ledger.until(options.as_of)
    fees = profile.fees.last
    identity = options.identity or packaged_identity()
    job = Job(
        ledger=Ledger(fees.attach(ledger.events), ledger.decimals, ledger.currency, ledger.source),
        profile=profile,
        method=method,
        scope=scope,
        same=present(identity.same(profile.losses.last.identity, options.confidence), ledger),
        as_of=options.as_of,
        identified=options.identified,
    )
    with _no_collection():
        _ENGINES[profile.matching.engine](job)
        out = job.out
        result = TaxResult(
            profile=profile.name,
            method="" if method is None else method.value,
            scope=options.scope,
            currency=profile.currency or ledger.currency,
            as_of=options.as_of,
            decimals=ledger.decimals,
            disposals=tuple(out.disposals),
            adjustments=tuple(out.adjustments),
            open_lots=tuple(out.open_lots),
            pools=tuple(out.pools),
            income=tuple(out.income),
            removals=tuple(out.removals),
            net=() if job.problems else profile.netting.years(out.disposals),
            notes=(*_remarks(job), *out.notes),
        )
    return result, tuple(job.problems)


def _method(profile: Profile, name: str | None) -> Method | None:
    methods = profile.matching.methods
    if name is None:
        return methods[0] if methods else None
    if name not in [method.value for method in methods]:
        has = f"choose {', '.join(methods)}" if methods else "leave --method out"
        raise TaxError(
            f"profile {profile.name} has no method {name!r}: {has}",
            name="method",
            limit=methods,
            value=name,
        )
    return Method(name)


def _scope(profile: Profile, name: str) -> Timeline[Scope]:
    if name == "auto":
        return profile.scope
    if name not in [scope.value for scope in profile.scopes]:
        has = ", ".join(["auto", *profile.scopes])
        raise TaxError(
            f"profile {profile.name} has no scope {name!r}: choose {has}",
            name="scope",
            limit=has,
            value=name,
        )
    return Timeline.always(Scope(name))


def present(same: Mapping[str, str], ledger: Ledger) -> dict[str, str]:
    """Classes of the ledger's own assets, each called by the first of them in the alphabet: an
    engine that pools a class names it in its results, and it must have decimals."""
    members: dict[str, list[str]] = {}
    for asset in {event.asset for event in ledger.events} & same.keys():
        members.setdefault(same[asset], []).append(asset)
    return {asset: min(assets) for assets in members.values() for asset in assets}


def _remarks(job: Job) -> list[str]:
    """What the ledger says and the profile does not use."""
    named = any(event.lot for event in job.ledger.events)
    if named and job.method is not Method.SPEC:
        if Method.SPEC in job.profile.matching.methods:
            return ["The lots that rows name are not used: only method spec identifies lots."]
        return [f"The lots that rows name are not used: profile {job.profile.name} names none."]
    return []


@contextmanager
def _no_collection() -> Iterator[None]:
    """Pause the search for reference cycles. The engines make millions of small tuples and no
    cycle, and searching them again and again takes as long as the work itself."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
