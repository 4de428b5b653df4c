"""The vault as a naive book of lots, for the stateful test to compare the contract with.

Written from docs/design.md alone and kept independent on purpose: it imports nothing of `vaultsdk`
and packs no words. Where the contract rolls lazily, a harvest here visits every lot at once; where
the contract keeps running sums, `held` here adds up cohorts, and entitlements are exact fractions.

It does keep one number per cohort besides its lots: a cohort's units include the dust that rounding
left in it (at most one unit per lot and hop), which belongs to nobody.

Every entry either does its work or raises `Refused` with the reason that the contract must give.
The machine restores the model after a refusal, so entries may raise half way. Units are in the
token's smallest unit, USD and rates in wad, times in seconds, shares in bps. Addresses are plain
strings.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import NamedTuple

WAD = 10**18
BPS = 10_000
DAY = 86_400
ALL = 2**256 - 1  # all units, or whatever asset it is
TOP_SEQ = 2**31
LIMIT = 2**128
BASE, QUOTE = 128, 129
ADMIN, GUARDIAN, KEEPER = 1, 2, 4
PAUSE_DEPOSITS, PAUSE_HARVESTS = 1, 2
DECLARED = 1


class Refused(Exception):  # noqa: N818 - a refusal is an outcome, not an error
    """The vault says no; `reason` is the text that it must say."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def require(ok: bool, reason: str) -> None:
    if not ok:
        raise Refused(reason)


def ceiling(x: Fraction | int) -> int:
    return -int(-Fraction(x) // 1)


def band_of(unit_basis: int) -> int:
    """Seven bits below the leading one, and the place of the leading one (design 2.2)."""
    require(unit_basis < 2**188, "unit basis too large")
    if unit_basis < 128:
        return 0
    place = len(bin(unit_basis)) - 3
    return place * 128 + int(Fraction(unit_basis, 2**place) * 128) - 128


def lower_of(band: int) -> int:
    """The smallest unit basis of a band."""
    if band == 0:
        return 0
    place, mantissa = divmod(band, 128)
    return int(Fraction(128 + mantissa, 128) * 2**place)


class Key(NamedTuple):
    """What names a cohort. Sorts as the packed key does."""

    asset: int
    policy: int
    band: int
    day: int
    seq: int


@dataclass(frozen=True)
class Policy:
    """Shares in bps, days; `mask` has a bit for every asset that may be received."""

    mask: int = 0
    min_loss: int = 0
    max_cost: int = 0
    max_slippage: int = 0
    max_fee: int = 0
    min_hold_days: int = 0
    tax_value: int = 0


@dataclass
class Asset:
    decimals: int
    min_deposit: int
    cap: int
    listed: bool = True

    @property
    def scale(self) -> int:
        return int(10**self.decimals)


@dataclass
class Feed:
    """What the vault believes of a feed (`dev`, bounds, heartbeat) and what the feed would answer.

    `constant`: no feed, the rate is 1. `broken`: it answers nothing that could be used. The
    contract keeps the bounds a little wider (as bands); no rule goes near enough to see it.
    """

    dev: int = 0
    heartbeat: int = 0
    minimum: int = 0
    maximum: int = 0
    answer: int = WAD
    updated: int = 0
    constant: bool = False
    broken: str = ""


@dataclass
class Cohort:
    units: int = 0
    harvest: int = 0


@dataclass
class Lot:
    owner: str
    key: Key
    units: int
    basis: int
    acquired: int
    flags: int


class Offer(NamedTuple):
    nonce: int
    kind: int
    to: str


@dataclass(frozen=True)
class Plan:
    """What a harvest of these cohorts may do; `Limits` of the contract and its market."""

    keys: tuple[Key, ...]
    asset: int
    to_asset: int
    sold: int
    price_in: int
    price_out: int
    rate_in: int
    rate_out: int
    floor: int
    ceiling: int
    max_fee: int


@dataclass(frozen=True)
class Harvest:
    """A harvest that happened, with what the invariants need to judge it afterwards."""

    number: int
    plan: Plan
    gross: int
    fee: int
    time: int
    dev: int  # bps of both rate feeds together, as listed then
    lots: tuple[tuple[Lot, Lot], ...]  # before and after, of every lot in it

    @property
    def net(self) -> int:
        return self.gross - self.fee


@dataclass
class Model:
    """The whole state. `now` is the chain's time; the machine moves it."""

    assets: list[Asset]
    feeds: dict[int, Feed]
    quote_scale: int
    buy_tolerance: int
    bounds: tuple[int, int, int]  # max_cost, max_slippage, max_fee
    bucket_size: int
    now: int
    roles: dict[str, int] = field(default_factory=dict)
    adapters: set[str] = field(default_factory=set)
    sequencer: str = ""  # "": up or none, else the reason
    paused: int = 0
    policies: list[Policy] = field(default_factory=lambda: [Policy()])
    lots: dict[tuple[str, int], Lot] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    cohorts: dict[Key, Cohort] = field(default_factory=dict)
    offers: dict[tuple[str, int], Offer] = field(default_factory=dict)
    offer_count: int = 0
    operators: set[tuple[str, str]] = field(default_factory=set)
    harvests: list[Harvest] = field(default_factory=list)
    bucket_used: int = 0
    bucket_time: int = 0
    # Totals for conservation: USD bases in, out with their owners, realised by harvests (may be
    # negative: a lot that had lost less than the day's price says), and dust of assets in cohorts.
    bucket_sizes: list[tuple[int, int]] = field(default_factory=list)  # (from when, size)
    basis_in: int = 0
    basis_out: int = 0
    realised: int = 0

    def copy(self) -> Model:
        """A model that can be changed apart from this one."""
        return replace(
            self,
            assets=[replace(each) for each in self.assets],
            feeds={key: replace(feed) for key, feed in self.feeds.items()},
            roles=dict(self.roles),
            adapters=set(self.adapters),
            policies=list(self.policies),
            lots={key: replace(lot) for key, lot in self.lots.items()},
            counts=dict(self.counts),
            cohorts={key: replace(cohort) for key, cohort in self.cohorts.items()},
            offers=dict(self.offers),
            operators=set(self.operators),
            harvests=list(self.harvests),
            bucket_sizes=list(self.bucket_sizes),
        )

    # ------------------------------------------------------------ reading
    @property
    def today(self) -> int:
        return self.now // DAY

    def held(self, asset: int) -> int:
        """Units of all open cohorts of an asset."""
        return sum(c.units for k, c in self.cohorts.items() if k.asset == asset and not c.harvest)

    def claims(self, asset: int) -> int:
        """Units that lots of an asset add up to: what all owners together may ask for."""
        return sum(lot.units for lot in self.lots.values() if lot.key.asset == asset)

    def lots_of(self, owner: str) -> list[int]:
        return [number for who, number in self.lots if who == owner]

    def feed_status(self, feed_id: int) -> str:
        """Why a feed must not be used, or nothing."""
        if feed_id >= BASE and self.sequencer:
            return self.sequencer
        feed = self.feeds[feed_id]
        if feed.constant:
            return ""
        if feed.broken:
            return feed.broken
        if self.now - feed.updated > feed.heartbeat:
            return "feed stale"
        if not feed.minimum <= feed.answer <= feed.maximum:
            return "feed out of bounds"
        return ""

    def rate(self, feed_id: int) -> int:
        status = self.feed_status(feed_id)
        require(not status, status)
        return WAD if self.feeds[feed_id].constant else self.feeds[feed_id].answer

    def price(self, asset: int) -> int:
        """USD wad per whole token, rounded down."""
        return self.rate(BASE) * self.rate(asset) // WAD

    def price_or_zero(self, asset: int) -> int:
        try:
            return self.price(asset)
        except Refused:
            return 0

    # ------------------------------------------------------------ ways in
    def _enter(self, sender: str, owner: str, asset: int, policy: int, hash_ok: bool) -> None:
        require(not self.paused & PAUSE_DEPOSITS, "paused")
        require(asset < len(self.assets) and self.assets[asset].listed, "asset not listed")
        self._policy(policy, hash_ok)
        self._authorize(sender, owner)

    def _policy(self, policy: int, hash_ok: bool) -> None:
        require(policy < len(self.policies), "unknown policy")
        require(hash_ok, "policy hash differs")

    def _authorize(self, sender: str, owner: str) -> None:
        require(sender == owner or (owner, sender) in self.operators, "not the owner")

    def deposit(
        self,
        sender: str,
        owner: str,
        asset: int,
        units: int,
        policy: int,
        shard: int,
        *,
        basis: int | None = None,
        acquired: int | None = None,
        hash_ok: bool = True,
    ) -> int:
        """A lot at the oracle's price, or with `basis` and `acquired` as declared."""
        if basis is not None:
            assert acquired is not None
            require(acquired <= self.now, "acquired in future")
        self._enter(sender, owner, asset, policy, hash_ok)
        if basis is None:
            value = units * self.price(asset) // self.assets[asset].scale
            return self._open(owner, asset, units, policy, shard, value, self.now, 0)
        return self._open(owner, asset, units, policy, shard, basis, acquired or 0, DECLARED)

    def buy(
        self,
        sender: str,
        owner: str,
        asset: int,
        paid: int,
        received: int,
        policy: int,
        shard: int,
        *,
        min_out: int,
        deadline: int,
        swap_refuses: str = "",
        hash_ok: bool = True,
    ) -> int:
        """A lot whose basis is what was paid; `received` is what the swap delivers."""
        require(self.now <= deadline, "deadline passed")
        self._enter(sender, owner, asset, policy, hash_ok)
        require(not swap_refuses, swap_refuses)
        require(received >= min_out, "too little out")
        quoted = not self.feed_status(QUOTE) and not self.feeds[QUOTE].constant
        quote_price = self.feeds[QUOTE].answer if quoted else WAD
        basis = paid * quote_price // self.quote_scale
        fair = received * self.price_or_zero(asset) // self.assets[asset].scale
        tolerance = fair * self.buy_tolerance // BPS
        odd = self.price_or_zero(asset) == 0 or not fair - tolerance <= basis <= fair + tolerance
        flags = DECLARED if odd or not quoted else 0
        return self._open(owner, asset, received, policy, shard, basis, self.now, flags)

    def _open(
        self,
        owner: str,
        asset: int,
        units: int,
        policy: int,
        shard: int,
        basis: int,
        acquired: int,
        flags: int,
        *,
        fresh: bool = True,
    ) -> int:
        listing = self.assets[asset]
        require(units > 0 and units >= listing.min_deposit, "below minimum deposit")
        require(basis < LIMIT, "basis too large")
        band = band_of(basis * listing.scale // units)
        key = self._join(asset, policy, band, shard, units, listing.cap)
        number = self._append(Lot(owner, key, units, basis, acquired, flags))
        if fresh:
            self.basis_in += basis
        return number

    def _join(self, asset: int, policy: int, band: int, shard: int, units: int, cap: int) -> Key:
        """The first of eight shards of today that has room takes the units."""
        require(shard < TOP_SEQ - 8, "no such shard")
        for seq in range(shard, shard + 8):
            key = Key(asset, policy, band, self.today, seq)
            cohort = self.cohorts.setdefault(key, Cohort())
            if not cohort.harvest and cohort.units + units <= cap:
                cohort.units += units
                return key
        raise Refused("cohorts full")

    def _append(self, lot: Lot) -> int:
        number = self.counts.get(lot.owner, 0)
        self.counts[lot.owner] = number + 1
        self.lots[lot.owner, number] = lot
        return number

    # ------------------------------------------------------------ ways out
    def withdraw(
        self,
        sender: str,
        owner: str,
        items: list[tuple[int, int]],
        asset: int,
        *,
        to_ok: bool = True,
    ) -> int:
        """Units that leave, of one or several lots of one asset."""
        require(to_ok, "bad receiver")
        self._authorize(sender, owner)
        return self._take_many(owner, items, asset)

    def sell(
        self,
        owner: str,
        items: list[tuple[int, int]],
        asset: int,
        paid: int,
        *,
        min_out: int,
        deadline: int,
        to_ok: bool = True,
        swap_refuses: str = "",
    ) -> int:
        require(self.now <= deadline, "deadline passed")
        require(to_ok, "bad receiver")
        units = self._take_many(owner, items, asset)
        require(not swap_refuses, swap_refuses)
        require(paid >= min_out, "too little out")
        return units

    def _current(self, owner: str, number: int, asset: int) -> Lot:
        require((owner, number) in self.lots, "no such lot")
        lot = self.lots[owner, number]
        require(asset in (ALL, lot.key.asset), "lot of another asset")
        return lot

    def _amount(self, lot: Lot, asset: int, amount: int) -> int:
        if amount == ALL:
            return lot.units
        require(asset != ALL, "any asset needs all units")
        require(amount != 0, "zero amount")
        require(amount <= lot.units, "more than lot holds")
        return amount

    def _take_many(self, owner: str, items: list[tuple[int, int]], asset: int) -> int:
        require(bool(items), "no lots")
        meant, total = asset, 0
        for number, amount in items:
            lot = self._current(owner, number, meant)
            meant = lot.key.asset
            units = self._amount(lot, asset, amount)
            self.basis_out += self._take(owner, number, units)
            total += units
        return total

    def _take(self, owner: str, number: int, units: int) -> int:
        """Take units out of a lot; returns their share of the basis, the rest stays."""
        lot = self.lots[owner, number]
        self.offers.pop((owner, number), None)
        self.cohorts[lot.key].units -= units
        if units == lot.units:
            del self.lots[owner, number]
            return lot.basis
        basis = int(Fraction(lot.basis * units, lot.units))
        lot.units -= units
        lot.basis -= basis
        return basis

    # ------------------------------------------------------------ lots
    def change_policy(
        self,
        owner: str,
        number: int,
        asset: int,
        amount: int,
        policy: int,
        shard: int,
        *,
        hash_ok: bool = True,
    ) -> int:
        lot = self._current(owner, number, asset)
        units = self._amount(lot, asset, amount)
        meant, listing = lot.key.asset, self.assets[lot.key.asset]
        if policy != 0:
            self._policy(policy, hash_ok)
        if units != lot.units:
            basis = self._take(owner, number, units)
            return self._open(
                owner, meant, units, policy, shard, basis, lot.acquired, lot.flags, fresh=False
            )
        self.cohorts[lot.key].units -= units
        self.offers.pop((owner, number), None)
        if policy == 0 and asset == ALL:
            lot.key = self._join(meant, 0, 0, 0, units, LIMIT - 1)
        else:
            unit_basis = lot.basis * listing.scale // units if units else 0
            lot.key = self._join(meant, policy, band_of(unit_basis), shard, units, listing.cap)
        return number

    def offer(self, owner: str, number: int, to: str, kind: int) -> int:
        require((owner, number) in self.lots, "no such lot")
        require(kind <= 2, "no such kind")
        self.offer_count += 1
        self.offers.pop((owner, number), None)
        if to:
            self.offers[owner, number] = Offer(self.offer_count, kind, to)
        return self.offer_count

    def claim(
        self,
        sender: str,
        owner: str,
        number: int,
        nonce: int,
        *,
        asset: int,
        min_units: int,
        basis: int,
        acquired: int,
        flags: int,
        policy: int,
    ) -> int:
        offer = self.offers.get((owner, number))
        require(offer is not None and offer.to == sender and offer.nonce == nonce, "no such offer")
        lot = self._current(owner, number, asset)
        seen = (lot.basis, lot.acquired, lot.flags, lot.key.policy)
        require(
            lot.units >= min_units and seen == (basis, acquired, flags, policy),
            "lot not as claimed",
        )
        del self.offers[owner, number]
        del self.lots[owner, number]
        return self._append(replace(lot, owner=sender))

    def create_policy(self, policy: Policy) -> int:
        if policy in self.policies:
            return self.policies.index(policy)
        listed = sum(1 << i for i, asset in enumerate(self.assets) if asset.listed)
        require(not policy.mask & ~listed, "unlisted replacement")
        require(policy.min_loss <= BPS, "min_loss too high")
        require(policy.max_cost <= self.bounds[0], "max_cost too high")
        require(policy.max_slippage <= self.bounds[1], "max_slippage too high")
        require(policy.max_fee <= self.bounds[2], "max_fee too high")
        require(policy.min_hold_days > 0, "hold below one day")
        require(policy.tax_value <= BPS, "tax_value too high")
        self.policies.append(policy)
        return len(self.policies) - 1

    # ------------------------------------------------------------ harvests
    def plan(
        self,
        sender: str,
        keys: Iterable[Key],
        to_asset: int,
        *,
        deadline: int,
        min_sold: int,
        fee: int,
    ) -> Plan:
        """What a harvest may do before it swaps, cohort by cohort; refuses as the contract does."""
        require(bool(self.roles.get(sender, 0) & KEEPER), "missing role")
        require(not self.paused & PAUSE_HARVESTS, "paused")
        require(self.now <= deadline, "deadline passed")
        live: list[Key] = []
        last: Key | None = None
        for key in keys:
            require(last is None or key > last, "keys not ascending")
            last = key
            cohort = self.cohorts.get(key, Cohort())
            if not cohort.units and not cohort.harvest:
                continue
            require(not cohort.harvest, "cohort harvested")
            if not live:
                self._market(key.asset, to_asset)
            require(not live or key.asset == live[0].asset, "assets differ")
            self._eligible(key, to_asset)
            live.append(key)
        sold = sum(self.cohorts[key].units for key in live)
        require(sold > 0 and sold >= min_sold, "too little to sell")
        rules = [self.policies[key.policy] for key in live]
        max_fee = min(rule.max_fee for rule in rules)
        require(fee <= max_fee, "fee above policy")
        asset = live[0].asset
        price = self.price(asset)
        return Plan(
            keys=tuple(live),
            asset=asset,
            to_asset=to_asset,
            sold=sold,
            price_in=price,
            price_out=self.price(to_asset),
            rate_in=self.rate(asset),
            rate_out=self.rate(to_asset),
            floor=max(
                max(
                    ceiling(Fraction(price * (BPS - rule.max_slippage), BPS)),
                    price - min(price, self._allowed_cost(key)),
                )
                for key, rule in zip(live, rules, strict=True)
            ),
            ceiling=min(
                min(lower_of(key.band), price * (BPS + rule.max_slippage) // BPS)
                for key, rule in zip(live, rules, strict=True)
            ),
            max_fee=max_fee,
        )

    def _market(self, asset: int, to_asset: int) -> None:
        listed = to_asset < len(self.assets) and self.assets[to_asset].listed
        require(listed, "asset not listed")
        require(to_asset != asset, "same asset")
        for feed in (BASE, asset, to_asset):
            self.rate(feed)

    def price_high(self, asset: int) -> int:
        """What the price may be at most when its feeds are off by what they are listed with."""
        off = BPS + self.feeds[BASE].dev + self.feeds[asset].dev
        return ceiling(Fraction(self.price(asset) * off, BPS))

    def _allowed_cost(self, key: Key) -> int:
        """The policy's share of the least loss that this cohort realises, per whole token."""
        loss = lower_of(key.band) - self.price_high(key.asset)
        return self.policies[key.policy].max_cost * loss // BPS

    def _eligible(self, key: Key, to_asset: int) -> None:
        rule = self.policies[key.policy]
        require(bool(rule.mask >> to_asset & 1), "not a replacement")
        require(self.today > key.day + rule.min_hold_days, "held too short")
        worth = lower_of(key.band) * (BPS - rule.min_loss) // BPS
        require(self.price_high(key.asset) <= worth, "loss too small")

    def eligible(self, key: Key, to_asset: int) -> bool:
        """Whether a cohort may be harvested into this asset now."""
        cohort = self.cohorts[key]
        if not cohort.units or cohort.harvest:
            return False
        try:
            self._market(key.asset, to_asset)
            self._eligible(key, to_asset)
        except Refused:
            return False
        return True

    def debit(self, plan: Plan, net: int) -> int:
        """What a harvest costs the bucket, base wad: shortfall and what rate feeds may hide."""
        value = ceiling(Fraction(plan.sold * plan.rate_in, self.assets[plan.asset].scale))
        got = net * plan.rate_out // self.assets[plan.to_asset].scale
        return max(0, value - got) + ceiling(Fraction(value * self.hidden(plan), BPS))

    def hidden(self, plan: Plan) -> int:
        """Bps that the two rate feeds may be off."""
        return self.feeds[plan.asset].dev + self.feeds[plan.to_asset].dev

    def bucket_now(self) -> int:
        drained = self.bucket_size * (self.now - self.bucket_time) // DAY
        return max(0, self.bucket_used - drained)

    def harvest(self, plan: Plan, gross: int, fee_bps: int, min_rate: int) -> Harvest:
        """Judge the swap, then move every lot of every cohort, one by one."""
        scale_in, scale_out = self.assets[plan.asset].scale, self.assets[plan.to_asset].scale
        fee = gross * fee_bps // BPS
        net = gross - fee
        require(Fraction(net * scale_in, plan.sold) >= min_rate, "rate below minimum")
        per_unit = Fraction(plan.price_out * scale_in, plan.sold * scale_out)
        require(net * per_unit >= plan.floor, "below floor")
        require(gross * per_unit <= plan.ceiling, "above ceiling")
        debit = self.debit(plan, net)
        used = self.bucket_now() + debit
        require(used <= self.bucket_size, "loss bucket full")
        number = len(self.harvests) + 1
        band = band_of(plan.price_out)
        opened: dict[int, Key] = {}
        for policy in {key.policy for key in plan.keys}:
            keys = [key for key in plan.keys if key.policy == policy]
            units = net * sum(self.cohorts[key].units for key in keys) // plan.sold
            require(len(keys) == 1 or units <= self.assets[plan.to_asset].cap, "merged above cap")
            opened[policy] = Key(plan.to_asset, policy, band, self.today, TOP_SEQ + number)
            self.cohorts[opened[policy]] = Cohort(units)
        moved: list[tuple[Lot, Lot]] = []
        for lot in self.lots.values():
            if lot.key not in plan.keys:
                continue
            before = replace(lot)
            lot.key = opened[lot.key.policy]
            lot.units = int(Fraction(lot.units * net, plan.sold))
            lot.basis = lot.units * plan.price_out // scale_out
            lot.acquired = self.now
            lot.flags &= ~DECLARED
            self.realised += before.basis - lot.basis
            moved.append((before, replace(lot)))
        for key in plan.keys:
            self.cohorts[key].harvest = number
        self.bucket_used, self.bucket_time = used, self.now
        done = Harvest(number, plan, gross, fee, self.now, self.hidden(plan), tuple(moved))
        self.harvests.append(done)
        return done

    # ------------------------------------------------------------ admin, guardian
    def _may(self, sender: str, tightens: bool) -> None:
        """The admin may do anything with a setting, the guardian only what is tighter."""
        flags = self.roles.get(sender, 0)
        if not flags & ADMIN:
            require(bool(flags & GUARDIAN), "not admin or guardian")
            require(tightens, "guardian only tightens")

    def set_paused(self, sender: str, flags: int) -> None:
        require(flags < 4, "no such pause")
        self._may(sender, flags & self.paused == self.paused)
        self.paused = flags

    def set_listed(self, sender: str, asset: int, listed: bool) -> None:
        require(asset < len(self.assets), "unknown asset")
        self._may(sender, not listed)
        self.assets[asset].listed = listed

    def set_limits(self, sender: str, asset: int, min_deposit: int, cap: int) -> None:
        require(asset < len(self.assets), "unknown asset")
        listing = self.assets[asset]
        self._may(sender, min_deposit >= listing.min_deposit and cap <= listing.cap)
        require(min_deposit < LIMIT and cap < LIMIT, "limits out of range")
        listing.min_deposit, listing.cap = min_deposit, cap

    def set_adapter(self, sender: str, adapter: str, allowed: bool) -> None:
        self._may(sender, not allowed)
        (self.adapters.add if allowed else self.adapters.discard)(adapter)

    def set_bucket(self, sender: str, size: int) -> None:
        self._may(sender, size <= self.bucket_size)
        require(size < 2**96, "bucket out of range")
        self.bucket_used, self.bucket_time = self.bucket_now(), self.now
        self.bucket_size = size
        self.bucket_sizes.append((self.now, size))

    def set_feed(
        self, sender: str, feed_id: int, dev: int, heartbeat: int, minimum: int, maximum: int
    ) -> None:
        """New settings of the same feed (or of the constant, for which only dev 0 is allowed)."""
        feed = self.feeds[feed_id]
        tighter = (
            dev >= feed.dev
            and heartbeat <= feed.heartbeat
            and minimum >= feed.minimum
            and maximum <= feed.maximum
        )
        require(not feed.constant or dev == 0, "constant has dev")
        require(heartbeat < 2**32 and dev < BPS, "feed out of range")
        require(minimum <= maximum < LIMIT, "feed bounds")
        self._may(sender, tighter)
        feed.dev, feed.heartbeat, feed.minimum, feed.maximum = dev, heartbeat, minimum, maximum

    def set_roles(self, sender: str, account: str, flags: int) -> None:
        if self.roles.get(sender, 0) & ADMIN:
            require(account != sender, "own roles")
            require(flags < 8, "no such role")
        else:
            require(bool(self.roles.get(sender, 0) & GUARDIAN), "not admin or guardian")
            require(flags == self.roles.get(account, 0) & ~KEEPER, "guardian only tightens")
        self.roles[account] = flags

    def set_operator(self, owner: str, operator: str, approved: bool) -> None:
        (self.operators.add if approved else self.operators.discard)((owner, operator))
