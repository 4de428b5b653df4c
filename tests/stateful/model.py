"""A naive model of the vault, for a stateful test to hold the contract against.

Method. The contract never loops over lots: it harvests cohorts and rolls lots lazily. This model
does the opposite of everything clever: it has no cohorts, no words, no lazy roll. Every lot is an
object with all it needs, a harvest visits every lot of the vault, looks whether it is one of those
named, and changes it on the spot. What a cohort holds is the sum over its lots, found by a loop.
It is written from the design document (sections 2.1 to 2.11) and shares no code with the contract
or the SDK, so that an error would have to be made twice, in two styles, to stay unseen. Slow is
fine.

What it cannot know it is told: what a swap really brought (`sold`, `proceeds`, units bought) and
prices as the feeds had them. Everything else (units, bases, times, flags, bands, days, shards,
numbers, who may do what) it works out itself, and refuses with `RefusedError` what the vault has to
refuse.

Dust. A lot's share is rounded down, so a cohort may hold a little more than its lots: less than
one unit for each rounding. The model keeps that bound (`dust_bound`) and refuses an observed
`sold` that is below the lots' sum or above it by more than the bound (`ImpossibleError`): this is
conservation.

Units in the token's smallest unit, USD in wad (1e18), times in seconds, shares in bps.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction

WAD = 10**18
DAY = 86_400
MAX = 2**256 - 1  # "any asset", and "all of it"
HOLD = 0
OPEN_LIMIT = 2**128 - 1


class RefusedError(Exception):
    """The vault has to refuse this; the text is the contract's reason."""


class ImpossibleError(AssertionError):
    """What was observed breaks an invariant of the design."""


@dataclass(frozen=True)
class ModelAsset:
    """A listed token."""

    decimals: int
    min_deposit: int = 0
    cohort_cap: int = OPEN_LIMIT
    listed: bool = True


@dataclass(frozen=True)
class ModelPolicy:
    """A policy as a person would write it down. Shares in bps."""

    into: frozenset[int] = frozenset()
    min_loss: int = 0
    max_cost: int = 0
    max_slippage: int = 0
    max_fee: int = 0
    min_hold_days: int = 1


@dataclass(frozen=True)
class Place:
    """Which lots travel together: the contract's cohort key, in words."""

    asset: int
    policy: int
    band: int
    day: int
    shard: int = 0
    opened_by: int = 0  # harvest number; 0 = owners

    def number(self) -> int:
        """The contract's cohort key as the design's table lays it out."""
        seq = 2**31 + self.opened_by if self.opened_by else self.shard
        return (
            self.asset * 2**104 + self.policy * 2**72 + self.band * 2**56 + self.day * 2**32 + seq
        )


@dataclass
class Realised:
    """What one harvest did to one lot."""

    harvest: int
    time: int
    units: int
    basis: int
    proceeds: int
    declared: bool


@dataclass
class ModelLot:
    """One lot, always up to date. `unrolled`: harvests since the contract last stored it."""

    owner: str
    number: int
    place: Place
    units: int
    basis: int
    acquired: int
    declared: bool
    unrolled: int = 0
    realised: list[Realised] = field(default_factory=list)

    @property
    def flags(self) -> int:
        """As the contract stores them."""
        return 1 if self.declared else 0


@dataclass(frozen=True)
class Offer:
    """An offer of a whole lot."""

    nonce: int
    kind: int
    to: str


def naive_band(unit_basis: int) -> int:
    """The band from the binary digits: where the leading one stands, and the seven after it."""
    digits = bin(unit_basis)[2:]
    if len(digits) > 188:
        raise RefusedError("unit basis too large")
    if len(digits) < 8:
        return 0
    return (len(digits) - 1) * 128 + int(digits[1:8], 2)


def naive_lower(band: int) -> int:
    """The smallest number with the band's leading digits."""
    if band == 0:
        return 0
    places, mantissa = divmod(band, 128)
    return int("1" + format(mantissa, "07b") + "0" * (places - 7), 2)


@dataclass
class VaultModel:
    """All lots of all owners in one list."""

    assets: dict[int, ModelAsset]
    policies: dict[int, ModelPolicy]
    bucket_size: int = 0
    buy_tolerance: int = 0
    quote_decimals: int = 6
    deposits_paused: bool = False
    lots: list[ModelLot] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    offers: dict[tuple[str, int], Offer] = field(default_factory=dict)
    nonce: int = 0
    harvests: int = 0
    harvested: set[int] = field(default_factory=set)
    dust_bound: dict[int, Fraction] = field(default_factory=dict)
    debits: list[tuple[int, int]] = field(default_factory=list)  # (time, base wad) per harvest

    def __post_init__(self) -> None:
        self.policies.setdefault(HOLD, ModelPolicy())

    # ------------------------------------------------------------ looking
    def rolled(self, owner: str, number: int) -> ModelLot:
        """The lot as its owner would find it now. RefusedError when there is none."""
        for lot in self.lots:
            if lot.owner == owner and lot.number == number:
                return lot
        raise RefusedError("no such lot")

    def lots_of(self, owner: str) -> list[ModelLot]:
        """The owner's open lots."""
        return [lot for lot in self.lots if lot.owner == owner]

    def total(self, asset: int) -> int:
        """Units of all lots of an asset: at most `held`, which is at most the balance."""
        return sum(lot.units for lot in self.lots if lot.place.asset == asset)

    def units_at(self, place: Place) -> int:
        """Units of all lots there, by a loop."""
        return sum(lot.units for lot in self.lots if lot.place == place)

    # ------------------------------------------------------------ ways in
    def deposit(
        self,
        owner: str,
        asset: int,
        units: int,
        policy: int,
        now: int,
        *,
        price: int | None,
        shard: int = 0,
    ) -> ModelLot:
        """At the oracle's price (USD wad per whole token; None = there is none), acquired now."""
        self._may_enter(asset, policy)
        if price is None:
            raise RefusedError("no price")
        basis = units * price // 10 ** self.assets[asset].decimals
        return self._open(owner, asset, units, basis, now, False, policy, shard, now)

    def deposit_declared(
        self,
        owner: str,
        asset: int,
        units: int,
        policy: int,
        now: int,
        *,
        basis: int,
        acquired: int,
        shard: int = 0,
    ) -> ModelLot:
        """With the basis (USD wad of the lot) and time that the owner states."""
        if acquired > now:
            raise RefusedError("acquired in the future")
        self._may_enter(asset, policy)
        return self._open(owner, asset, units, basis, acquired, True, policy, shard, now)

    def buy(
        self,
        owner: str,
        asset: int,
        units: int,
        policy: int,
        now: int,
        *,
        paid: int,
        quote_price: int | None,
        price: int | None,
        shard: int = 0,
    ) -> ModelLot:
        """`paid` quote units brought `units`; the basis is what was paid, and declared when a price
        is missing or what was paid is outside the oracle's price by more than the tolerance."""
        self._may_enter(asset, policy)
        basis = paid * (WAD if quote_price is None else quote_price) // 10**self.quote_decimals
        declared = quote_price is None or price is None
        if price is not None:
            fair = units * price // 10 ** self.assets[asset].decimals
            allowed = fair * self.buy_tolerance // 10_000
            declared = declared or not fair - allowed <= basis <= fair + allowed
        return self._open(owner, asset, units, basis, now, declared, policy, shard, now)

    # ------------------------------------------------------------ ways out
    def withdraw(self, owner: str, number: int, asset: int, amount: int) -> tuple[int, int]:
        """Units and basis that leave. `asset` MAX = any, then `amount` must be MAX too (all)."""
        lot = self._meant(owner, number, asset)
        return self._take(lot, self._amount(lot, asset, amount))

    def withdraw_many(
        self, owner: str, items: Iterable[tuple[int, int]], asset: int
    ) -> tuple[int, int]:
        """Of (lot, amount) pairs, all or nothing: (asset, units that leave)."""
        before = ([replace(lot) for lot in self.lots], dict(self.offers))
        meant, total = asset, 0
        try:
            for number, amount in items:
                lot = self._meant(owner, number, meant)
                meant = lot.place.asset
                total += self._take(lot, self._amount(lot, asset, amount))[0]
        except RefusedError:
            self.lots, self.offers = before
            raise
        return meant, total

    sell = withdraw_many  # the same lots leave; what they bring is the market's business

    # ------------------------------------------------------------ lot management
    def change_policy(
        self,
        owner: str,
        number: int,
        asset: int,
        amount: int,
        policy: int,
        now: int,
        *,
        shard: int = 0,
    ) -> ModelLot:
        """The whole lot, or a part as a new lot, under another policy: time, basis and flag stay,
        the holding clock restarts. To HOLD naming MAX is never refused.
        """
        lot = self._meant(owner, number, asset)
        units = self._amount(lot, asset, amount)
        if policy not in self.policies:
            raise RefusedError("unknown policy")
        today = now // DAY
        kind = lot.place.asset
        if units == lot.units:
            if policy == HOLD and asset == MAX:
                place = Place(kind, HOLD, 0, today)
            else:
                place = self._room(kind, units, lot.basis, policy, shard, today, leaving=lot)
            lot.place, lot.unrolled = place, 0
            self.offers.pop((owner, number), None)
            return lot
        basis = lot.basis * units // lot.units
        if units < self.assets[kind].min_deposit:
            raise RefusedError("below minimum deposit")
        place = self._room(kind, units, basis, policy, shard, today, leaving=lot, part=units)
        self._take(lot, units)
        return self._add(owner, place, units, basis, lot.acquired, lot.declared)

    def offer(self, owner: str, number: int, to: str | None, kind: int = 0) -> int:
        """Offer a lot, or cancel (`to` None). Returns the nonce, which counts over all offers."""
        self.rolled(owner, number)
        if kind not in (0, 1, 2):
            raise RefusedError("no such kind")
        self.nonce += 1
        self.offers.pop((owner, number), None)
        if to is not None:
            self.offers[owner, number] = Offer(self.nonce, kind, to)
        return self.nonce

    def claim(
        self,
        receiver: str,
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
    ) -> ModelLot:
        """An offered lot becomes the receiver's, if it is as he saw it."""
        offer = self.offers.get((owner, number))
        if offer is None or (offer.to, offer.nonce) != (receiver, nonce):
            raise RefusedError("no such offer")
        lot = self._meant(owner, number, asset)
        seen = (basis, acquired, flags, policy)
        if lot.units < min_units or (lot.basis, lot.acquired, lot.flags, lot.place.policy) != seen:
            raise RefusedError("lot is not as claimed")
        del self.offers[owner, number]
        self.lots.remove(lot)
        return self._add(receiver, lot.place, lot.units, lot.basis, lot.acquired, lot.declared)

    def roll(self, owner: str, number: int, hops: int) -> int:
        """Changes nothing here, lots are always rolled; returns the hops that the vault does."""
        lot = self.rolled(owner, number)
        done = min(hops, 64, lot.unrolled)
        lot.unrolled -= done
        return done

    # ------------------------------------------------------------ harvest
    def harvest(
        self, keys: Iterable[int], to_asset: int, sold: int, proceeds: int, price: int, now: int
    ) -> int:
        """Visit every lot; those at the places named change. `sold`, `proceeds` (net of the fee) as
        observed, `price` USD wad per whole token received. Returns the harvest's number.

        Raises ImpossibleError when the observed amounts break conservation, or a lot gains by it.
        """
        named = set(keys)
        if named & self.harvested:
            raise RefusedError("cohort harvested")
        self.harvests += 1
        inside = sum(lot.units for lot in self.lots if lot.place.number() in named)
        dust = sum((self.dust_bound.get(key, Fraction(0)) for key in named), Fraction(0))
        if not inside <= sold <= inside + dust:
            raise ImpossibleError(
                f"sold {sold}, but the lots have {inside} and dust at most {dust}"
            )
        decimals = self.assets[to_asset].decimals
        carried = 0
        movers = [lot for lot in self.lots if lot.place.number() in named]
        self._spread_dust(named, movers, to_asset, sold, proceeds, price, now)
        for lot in movers:
            units = lot.units * proceeds // sold
            basis = units * price // 10**decimals
            record = Realised(self.harvests, now, lot.units, lot.basis, basis, lot.declared)
            lot.realised.append(record)
            lot.place = self._after(lot.place.policy, to_asset, price, now)
            lot.units, lot.basis, lot.acquired = units, basis, now
            lot.declared, lot.unrolled = False, lot.unrolled + 1
            carried += basis
        if carried * 10**decimals > proceeds * price:
            raise ImpossibleError("more basis is carried out than the proceeds are worth")
        self.harvested |= named
        return self.harvests

    def check_harvest(
        self,
        keys: Iterable[int],
        to_asset: int,
        now: int,
        *,
        price_in: int,
        price_high: int,
        price_out: int,
        sold: int,
        gross: int,
        net: int,
    ) -> None:
        """Before `harvest`: every single lot, by its own policy and basis, got what it was
        promised.

        In exact fractions and lot by lot, so neither bands nor cohorts nor cross-multiplication
        are trusted. Raises ImpossibleError naming the broken promise.
        """
        named = set(keys)
        for lot in self.lots:
            if lot.place.number() not in named or lot.units == 0:
                continue
            policy, asset = self.policies[lot.place.policy], lot.place.asset
            scale_in, scale_out = (
                10 ** self.assets[asset].decimals,
                10 ** self.assets[to_asset].decimals,
            )
            per_whole = Fraction(scale_in * price_out, sold * scale_out)
            value, most = net * per_whole, gross * per_whole
            lower = naive_lower(lot.place.band)
            who = f"lot {lot.number} of {lot.owner}"
            _promise(to_asset in policy.into, f"{who} may not go into asset {to_asset}")
            waited = now // DAY - lot.place.day
            _promise(waited > policy.min_hold_days, f"{who} was held {waited} days only")
            lost = Fraction(10_000 - policy.min_loss, 10_000)
            _promise(price_high <= lower * lost, f"{who} has lost too little")
            # A split or a roll may have taken a wad-wei off the basis since it got its band; the
            # band's lower end is what counts, and what the lot has lost at least.
            _promise(
                value >= price_in * Fraction(10_000 - policy.max_slippage, 10_000),
                f"{who}: slippage",
            )
            cost = Fraction(policy.max_cost, 10_000) * (lower - price_high)
            _promise(price_in - value <= cost, f"{who} paid more than its share of the loss")
            _promise(most <= lower, f"{who} realised a gain")
            _promise(
                most <= price_in * Fraction(10_000 + policy.max_slippage, 10_000), f"{who}: ceiling"
            )
            _promise((gross - net) * 10_000 <= gross * policy.max_fee, f"{who}: fee")

    def debit(self, now: int, amount: int) -> None:
        """Note what a harvest cost the vault (base wad) and look at every window that ends now:
        over a time T at most size * (1 + T / day). Raises ImpossibleError.
        """
        self.debits.append((now, amount))
        total = 0
        for time, part in reversed(self.debits):
            total += part
            allowed = self.bucket_size * (1 + Fraction(now - time, DAY)) + len(self.debits)
            _promise(total <= allowed, f"{total} lost since {time}, allowed {allowed}")

    # ------------------------------------------------------------ inside
    def _may_enter(self, asset: int, policy: int) -> None:
        if self.deposits_paused:
            raise RefusedError("paused")
        if asset not in self.assets or not self.assets[asset].listed:
            raise RefusedError("asset not listed")
        if policy not in self.policies:
            raise RefusedError("unknown policy")

    def _open(
        self,
        owner: str,
        asset: int,
        units: int,
        basis: int,
        acquired: int,
        declared: bool,
        policy: int,
        shard: int,
        now: int,
    ) -> ModelLot:
        if units == 0 or units < self.assets[asset].min_deposit:
            raise RefusedError("below minimum deposit")
        if basis >= 2**128:
            raise RefusedError("basis too large")
        place = self._room(asset, units, basis, policy, shard, now // DAY)
        return self._add(owner, place, units, basis, acquired, declared)

    def _room(
        self,
        asset: int,
        units: int,
        basis: int,
        policy: int,
        shard: int,
        today: int,
        *,
        leaving: ModelLot | None = None,
        part: int | None = None,
    ) -> Place:
        """The first of eight shards of today that has room; `leaving` makes room where it was."""
        unit_basis = basis * 10 ** self.assets[asset].decimals // units if units else 0
        band = naive_band(unit_basis)
        for i in range(8):
            place = Place(asset, policy, band, today, shard + i)
            there = self.units_at(place)
            if leaving is not None and leaving.place == place:
                there -= leaving.units if part is None else part
            if there + units <= self.assets[asset].cohort_cap:
                return place
        raise RefusedError("cohorts full")

    def _add(
        self, owner: str, place: Place, units: int, basis: int, acquired: int, declared: bool
    ) -> ModelLot:
        number = self.counts.get(owner, 0)
        self.counts[owner] = number + 1
        lot = ModelLot(owner, number, place, units, basis, acquired, declared)
        self.lots.append(lot)
        return lot

    def _meant(self, owner: str, number: int, asset: int) -> ModelLot:
        lot = self.rolled(owner, number)
        if lot.unrolled > 64:
            raise RefusedError("roll first")
        if asset not in (MAX, lot.place.asset):
            raise RefusedError("lot is of another asset")
        return lot

    def _amount(self, lot: ModelLot, asset: int, amount: int) -> int:
        if amount == MAX:
            return lot.units
        if asset == MAX:
            raise RefusedError("any asset needs all units")
        if amount == 0:
            raise RefusedError("zero amount")
        if amount > lot.units:
            raise RefusedError("more than the lot holds")
        return amount

    def _take(self, lot: ModelLot, units: int) -> tuple[int, int]:
        """Units and the basis that goes with them (rounded down, the rest stays) leave a lot."""
        self.offers.pop((lot.owner, lot.number), None)
        if units == lot.units:
            self.lots.remove(lot)
            return units, lot.basis
        basis = lot.basis * units // lot.units
        lot.units, lot.basis, lot.unrolled = lot.units - units, lot.basis - basis, 0
        return units, basis

    def _after(self, policy: int, to_asset: int, price: int, now: int) -> Place:
        return Place(to_asset, policy, naive_band(price), now // DAY, 0, self.harvests)

    def _spread_dust(
        self,
        named: set[int],
        movers: list[ModelLot],
        to_asset: int,
        sold: int,
        proceeds: int,
        price: int,
        now: int,
    ) -> None:
        """After a harvest each policy's new place may hold its old places' dust at the new rate,
        and less than one unit more for each lot rounded down.
        """
        for policy in {key // 2**72 % 2**32 for key in named}:
            old = sum(
                (
                    bound
                    for key, bound in self.dust_bound.items()
                    if key in named and key // 2**72 % 2**32 == policy
                ),
                Fraction(0),
            )
            lots = sum(1 for lot in movers if lot.place.policy == policy)
            place = self._after(policy, to_asset, price, now)
            self.dust_bound[place.number()] = old * Fraction(proceeds, sold) + lots


def _promise(kept: bool, what: str) -> None:
    if not kept:
        raise ImpossibleError(what)
