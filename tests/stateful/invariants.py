"""The invariants of docs/design.md, each as a function that raises AssertionError.

They judge with exact fractions and loops over lots; none of them asks the contract what it thinks.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING

from eth_utils import keccak

from tests.stateful.model import BASE, BPS, DAY, Harvest, Key, Lot, Model, Policy, lower_of
from vaultsdk.core.ledger import LedgerState

if TYPE_CHECKING:
    from tests.stateful.stage import Stage

# A lot's basis is rounded down by less than 1 wad-wei at every split and roll; no run has more.
ROUNDINGS = 200


def pack_key(key: Key) -> int:
    """The cohort key's word, by the table of docs/design.md."""
    fields = ((key.asset, 8), (key.policy, 32), (key.band, 16), (key.day, 24), (key.seq, 32))
    word = 0
    for value, bits in fields:
        assert 0 <= value < 2**bits
        word = word << bits | value
    return word


def policy_word(policy: Policy) -> int:
    """The policy's word, by the table of docs/design.md."""
    word = policy.mask
    for share in (
        policy.min_loss,
        policy.max_cost,
        policy.max_slippage,
        policy.max_fee,
        policy.min_hold_days,
        policy.tax_value,
    ):
        assert 0 <= share < 2**16
        word = word << 16 | share
    return word


def policy_hash(policy: Policy) -> bytes:
    return keccak(policy_word(policy).to_bytes(32, "big"))


# ---------------------------------------------------------------- 1 and 5: sums
def solvency(model: Model, purse: Counter[tuple[str, int]], vault: str) -> None:
    """1. Lots <= held <= the vault's tokens, asset by asset."""
    for asset, _ in enumerate(model.assets):
        held, tokens = model.held(asset), purse[vault, asset]
        assert model.claims(asset) <= held <= tokens, (
            f"asset {asset}: lots {model.claims(asset)}, held {held}, tokens {tokens}"
        )


def conservation(model: Model) -> None:
    """5. Every dollar of basis that came in is in a lot, has left with units, or was realised."""
    live = sum(lot.basis for lot in model.lots.values())
    assert model.basis_in == model.basis_out + model.realised + live


# ---------------------------------------------------------------- 4, 5, 6: one harvest
def judge_harvest(model: Model, done: Harvest) -> None:
    """4, 5 and 6 for every lot of a harvest, by the lot's own basis and policy."""
    plan = done.plan
    scale_in, scale_out = model.assets[plan.asset].scale, model.assets[plan.to_asset].scale
    price = plan.price_in
    high = Fraction(price * (BPS + model.feeds[BASE].dev + model.feeds[plan.asset].dev), BPS)
    per_unit = Fraction(plan.price_out * scale_in, plan.sold * scale_out)
    net_value, gross_value = done.net * per_unit, done.gross * per_unit
    assert sum(after.basis for _, after in done.lots) <= Fraction(
        done.net * plan.price_out, scale_out
    ), "5: more basis carried out than the proceeds are worth"
    for before, after in done.lots:
        policy = model.policies[before.key.policy]
        exact = Fraction(before.units * done.net, plan.sold)
        assert 0 <= exact - after.units < 1, "4: not the lot's pro-rata share"
        assert policy.mask >> plan.to_asset & 1, "6: not a replacement"
        assert done.time // DAY > before.key.day + policy.min_hold_days, "6: held too short"
        assert done.fee <= Fraction(done.gross * policy.max_fee, BPS), "6: fee above policy"
        slipped = Fraction(price * policy.max_slippage, BPS)
        assert net_value >= price - slipped, "6: below the slippage floor"
        assert gross_value <= price + slipped, "6: above the slippage ceiling"
        if not before.units:
            continue
        for basis in (_basis_per_token(before, scale_in), Fraction(lower_of(before.key.band))):
            assert high <= basis * (BPS - policy.min_loss) / BPS, "6: loss too small"
            # The cost is rounded down to a wad-wei before it is compared.
            cost = Fraction(policy.max_cost, BPS) * (basis - high)
            assert price - net_value <= cost + 1, "6: costs more than its share of the loss"
            assert gross_value <= basis, "6: a lot realises a gain"


def _basis_per_token(lot: Lot, scale: int) -> Fraction:
    """A lot's unit basis, with what rounding may have taken off it put back."""
    return Fraction((lot.basis + ROUNDINGS) * scale, lot.units)


def bucket_windows(model: Model) -> None:
    """6. In every window that ends now, what harvests may have cost is at most B (1 + T / day)."""
    if not model.harvests:
        return
    last, total = model.harvests[-1].time, Fraction(0)
    for done in reversed(model.harvests):
        total += _possible_loss(model, done)
        sizes = [
            size
            for (since, size), until in zip(
                model.bucket_sizes, [s for s, _ in model.bucket_sizes[1:]] + [last], strict=True
            )
            if until >= done.time and since <= last
        ]
        allowed = max(sizes) * (1 + Fraction(last - done.time, DAY))
        assert total <= allowed, f"6: {total} lost in {last - done.time} s, {allowed} allowed"


def _possible_loss(model: Model, done: Harvest) -> Fraction:
    """Shortfall at the feeds' rates, and what these may hide, in base wad."""
    plan = done.plan
    sold = Fraction(plan.sold * plan.rate_in, model.assets[plan.asset].scale)
    got = Fraction(done.net * plan.rate_out, model.assets[plan.to_asset].scale)
    return max(Fraction(0), sold - got) + sold * done.dev / BPS


# ---------------------------------------------------------------- 8: replay
def replay_equals_model(model: Model, state: LedgerState) -> int:
    """8. What the logs say is what the model says: cohorts, offers, counts, bucket, rolled lots.
    Returns the most hops that a lot's stored state lags behind."""
    cohorts = {
        pack_key(key): cohort.units << 128 | cohort.harvest
        for key, cohort in model.cohorts.items()
        if cohort.units or cohort.harvest
    }
    assert cohorts == state.cohorts, "cohorts"
    held = {asset: model.held(asset) for asset, _ in enumerate(model.assets)}
    assert {asset: units for asset, units in held.items() if units} == state.held, "held"
    assert model.counts == state.lot_counts, "lot counts"
    assert set(model.lots) == set(state.lots), "which lots there are"
    hops = 0
    for (owner, number), lot in model.lots.items():
        done = state.rolled(owner, number)
        rolled, hops = done.lot, max(hops, done.hops)
        found = (rolled.key.pack(), rolled.units, rolled.basis, rolled.acquired_at, rolled.flags)
        wanted = (pack_key(lot.key), lot.units, lot.basis, lot.acquired, lot.flags)
        assert found == wanted, f"2: lot {owner} {number}: {found}, the model has {wanted}"
    offers = {
        key: offer.nonce << 168 | offer.kind << 160 | int(offer.to, 16)
        for key, offer in model.offers.items()
    }
    assert offers == state.offers, "offers"
    assert model.offer_count == state.offer_count
    assert len(model.harvests) == state.harvest_count
    policies = {i: policy_word(policy) for i, policy in enumerate(model.policies) if i}
    assert policies == state.policies, "policies"
    assert model.bucket_size << 160 | model.bucket_time << 120 | model.bucket_used == (
        state.bucket_word
    ), "bucket"
    return hops


def getters_equal_replay(stage: Stage, state: LedgerState) -> None:
    """8. The public getters say what the replay says."""
    read = stage.vault.read
    for (owner, lot), words in state.lots.items():
        assert tuple(read("lots", owner, lot)) == words
    for owner, count in state.lot_counts.items():
        assert read("lot_count", owner) == count
    for key, word in state.cohorts.items():
        assert read("cohorts", key) == word
    for number, words in state.harvests.items():
        assert tuple(read("harvests", number)) == words
    for policy, word in state.policies.items():
        assert read("policies", policy) == word
        assert read("policy_id", word) == policy
    for (owner, lot), word in state.offers.items():
        assert read("offers", owner, lot) == word
    for owner, operator in state.operators:
        assert read("operators", owner, operator)
    for adapter in stage.adapters:
        assert read("adapters", adapter.address) == (adapter.address in state.adapters)
    for account, flags in state.roles.items():
        assert read("roles", account) == flags
    for name in ("held", "asset_words", "limits_words", "feed_words"):
        for key, word in getattr(state, name).items():
            assert read(name, key) == word, name
    for name in ("harvest_count", "policy_count", "bucket_word", "config_word"):
        assert read(name) == getattr(state, name), name
