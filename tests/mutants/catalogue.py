"""The seeded bugs: each a small change of one contract that some test must see.

`old` must occur exactly once in the file, so that a mutant cannot silently miss when the contracts
move on; white space does not count, so that a line may be wrapped. `first` names the test files most likely to see it, to be run before all others; it is
about speed only.
"""

# ruff: noqa: E501 - a quoted line of a contract stays one line

from __future__ import annotations

import re
from dataclasses import dataclass

HARVESTING = "modules/harvesting.vy"
LOTBOOK = "modules/lotbook.vy"
PRICES = "modules/prices.vy"
CONTROL = "modules/control.vy"
BUCKET = "modules/bucket.vy"
REGISTRY = "modules/registry.vy"
SWAPS = "modules/swaps.vy"
TRANSFERS = "modules/transfers.vy"
PACKING = "modules/packing.vy"
VAULT = "LotVault.vy"


@dataclass(frozen=True)
class Mutant:
    """One seeded bug. `breaks` says in a few words which rule of the design it breaks."""

    name: str
    file: str
    old: str
    new: str
    breaks: str
    first: tuple[str, ...]

    @property
    def pattern(self) -> re.Pattern[str]:
        """The old text's words and signs, with any white space between them."""
        parts = re.findall(r"\w+|[^\w\s]", self.old)
        return re.compile(r"(?<!\w)" + r"\s*".join(map(re.escape, parts)))

    def applied(self, source: str) -> str:
        """The source with the bug in it."""
        return self.pattern.sub(lambda _: self.new.strip(), source)


CATALOGUE = (
    # ------------------------------------------------------------ roll
    Mutant(
        "roll rounds units up",
        LOTBOOK,
        "rolled.units = rolled.units * packing.low(harvest.amounts) // packing.high(harvest.amounts)",
        "rolled.units = (rolled.units * packing.low(harvest.amounts) + packing.high(harvest.amounts)"
        " - 1) // packing.high(harvest.amounts)",
        "2.6 rounding, solvency",
        ("test_roll",),
    ),
    Mutant(
        "roll skips a hop",
        LOTBOOK,
        "    for _: uint256 in range(hops, bound=MAX_HOPS):\n        number: uint256 =",
        "    for _: uint256 in range(hops - min(hops, 1), bound=MAX_HOPS):\n        number: uint256 =",
        "2.6 every hop",
        ("test_roll",),
    ),
    Mutant(
        "roll keeps the declared flag",
        LOTBOOK,
        "        rolled.flags &= ~DECLARED\n",
        "        rolled.flags &= max_value(uint256)\n",
        "2.6 the flag is cleared",
        ("test_roll",),
    ),
    Mutant(
        "roll keeps the old acquisition time",
        LOTBOOK,
        "        rolled.acquired_at = packing.outcome_time(harvest.outcome)\n",
        "",
        "2.6 acquired at the harvest",
        ("test_roll",),
    ),
    Mutant(
        "too many hops go unnoticed",
        LOTBOOK,
        "errors.check(done != MAX_HOPS or packing.low(self.cohorts[rolled.key]) == 0, errors.ROLL_FIRST)",
        "errors.check(done <= MAX_HOPS, errors.ROLL_FIRST)",
        "2.6 roll first",
        ("test_roll",),
    ),
    # ------------------------------------------------------------ cohorts
    Mutant(
        "joins yesterday's cohort",
        LOTBOOK,
        "packing.key(asset, policy, band, block.timestamp // DAY, shard)",
        "packing.key(asset, policy, band, block.timestamp // DAY - 1, shard)",
        "2.3 only on its own day",
        ("test_deposit",),
    ),
    Mutant(
        "cap ignored",
        LOTBOOK,
        "and packing.high(word) + units <= cap:",
        "and packing.high(word) + units <= max(cap, U128):",
        "2.3 cohort cap",
        ("test_caps_shards",),
    ),
    Mutant(
        "seven shards instead of eight",
        LOTBOOK,
        "    for _: uint256 in range(SHARDS):",
        "    for _: uint256 in range(SHARDS - 1):",
        "2.3 the next seven",
        ("test_caps_shards",),
    ),
    Mutant(
        "cap not checked on merge",
        HARVESTING,
        "errors.check(units <= packing.low(registry.limits_words[to_asset]), errors.MERGED_ABOVE_CAP)",
        "errors.check(units <= U128, errors.MERGED_ABOVE_CAP)",
        "2.5.7 merged cohorts stay sellable",
        ("test_caps_shards", "test_harvest_keys"),
    ),
    Mutant(
        "held not reduced by an exit",
        LOTBOOK,
        "    self._release(meant, total)\n",
        "",
        "2.4 held is the sum of open cohorts",
        ("test_withdraw",),
    ),
    Mutant(
        "held not reduced by a harvest",
        HARVESTING,
        "    lotbook._release(market.asset_in, sold)\n",
        "",
        "2.4 held is the sum of open cohorts",
        ("test_harvest_rules", "test_harvest_keys"),
    ),
    # ------------------------------------------------------------ which cohorts
    Mutant(
        "duplicate keys accepted",
        HARVESTING,
        "errors.check(key > last_key, errors.KEYS_NOT_ASCENDING)",
        "errors.check(key >= last_key, errors.KEYS_NOT_ASCENDING)",
        "2.5.1 none twice",
        ("test_harvest_keys",),
    ),
    Mutant(
        "empty key not dropped",
        HARVESTING,
        "        if word == 0:\n            continue\n",
        "",
        "2.5.1 who leaves cannot break the batch",
        ("test_harvest_keys",),
    ),
    Mutant(
        "harvested cohort sold again",
        HARVESTING,
        "errors.check(packing.low(word) == 0, errors.COHORT_HARVESTED)",
        "errors.check(word != 0, errors.COHORT_HARVESTED)",
        "2.5.1 harvested reverts",
        ("test_harvest_keys",),
    ),
    Mutant(
        "the cohort opened counts as sold",
        HARVESTING,
        "if units == 0 or packing.key_asset(key) == to_asset:",
        "if units == 0:",
        "2.5.7 lots locked in for ever",
        ("test_harvest_keys",),
    ),
    Mutant(
        "min_sold ignored",
        HARVESTING,
        "errors.check(sold != 0 and sold >= min_sold, errors.TOO_LITTLE_TO_SELL)",
        "errors.check(sold != 0, errors.TOO_LITTLE_TO_SELL)",
        "2.5.1 least to sell",
        ("test_harvest_keys", "test_harvest_limits"),
    ),
    Mutant(
        "hold ignored",
        HARVESTING,
        "block.timestamp // DAY > packing.key_day(key) + packing.policy_min_hold_days(policy)",
        "block.timestamp // DAY > packing.key_day(key)",
        "2.5.2 full days since",
        ("test_harvest_limits", "test_harvest_rules"),
    ),
    Mutant(
        "hold a day too short",
        HARVESTING,
        "block.timestamp // DAY > packing.key_day(key) + packing",
        "block.timestamp // DAY >= packing.key_day(key) + packing",
        "2.5.2 full days since",
        ("test_harvest_limits", "test_harvest_rules"),
    ),
    Mutant(
        "mask ignored",
        HARVESTING,
        "errors.check((packing.policy_mask(policy) >> to_asset) & 1 == 1, errors.NOT_A_REPLACEMENT)",
        "errors.check(packing.policy_mask(policy) != 0, errors.NOT_A_REPLACEMENT)",
        "2.5.2 only into replacements",
        ("test_harvest_limits", "test_harvest_rules"),
    ),
    Mutant(
        "p_hi without dev",
        HARVESTING,
        "market.price_in * (BPS + prices._dev(prices.BASE) + dev_in), BPS",
        "market.price_in * BPS, BPS",
        "2.5.2 what feeds may be off",
        ("test_harvest_limits", "test_harvest_rules"),
    ),
    Mutant(
        "p_hi without the base's dev",
        HARVESTING,
        "(BPS + prices._dev(prices.BASE) + dev_in)",
        "(BPS + dev_in)",
        "2.5.2 what feeds may be off",
        ("test_harvest_limits", "test_harvest_rules"),
    ),
    Mutant(
        "min_loss ignored",
        HARVESTING,
        "lower * (BPS - packing.policy_min_loss(policy)) // BPS, errors.LOSS_TOO_SMALL",
        "lower, errors.LOSS_TOO_SMALL",
        "2.5.2 at least min_loss",
        ("test_harvest_limits", "test_harvest_rules"),
    ),
    # ------------------------------------------------------------ limits
    Mutant(
        "fee not counted in the floor",
        HARVESTING,
        "net * unit_value >= limits.floor",
        "gross * unit_value >= limits.floor",
        "2.5.5 the fee is a cost",
        ("test_harvest_limits", "test_harvest_rules"),
    ),
    Mutant(
        "ceiling on net instead of gross",
        HARVESTING,
        "gross * unit_value <= limits.ceiling",
        "net * unit_value <= limits.ceiling",
        "2.5.3 no fee buys passage",
        ("test_harvest_limits", "test_harvest_rules"),
    ),
    Mutant(
        "ceiling dropped",
        HARVESTING,
        "gross * unit_value <= limits.ceiling * size",
        "gross <= U128",
        "2.5.3 ceiling",
        ("test_harvest_limits", "test_harvest_rules"),
    ),
    Mutant(
        "floor without the share of the loss",
        HARVESTING,
        "max(self._ceil_div(price * (BPS - slippage), BPS), price - min(price, cost))",
        "self._ceil_div(price * (BPS - slippage), BPS)",
        "2.5.3 max_cost",
        ("test_harvest_limits", "test_harvest_rules"),
    ),
    Mutant(
        "floor without slippage",
        HARVESTING,
        "max(self._ceil_div(price * (BPS - slippage), BPS), price - min(price, cost))",
        "price - min(price, cost)",
        "2.5.3 max_slippage",
        ("test_harvest_limits", "test_harvest_rules"),
    ),
    Mutant(
        "floor is the last cohort's",
        HARVESTING,
        "limits.floor, max(self._ceil_div(",
        "0, max(self._ceil_div(",
        "2.5.3 the largest over all cohorts (here: the last one's)",
        ("test_mutant_gaps",),
    ),
    Mutant(
        "ceiling is the last cohort's",
        HARVESTING,
        "ceiling=min(limits.ceiling, min(",
        "ceiling=min(max_value(uint256), min(",
        "2.5.3 the smallest over all cohorts",
        ("test_mutant_gaps",),
    ),
    Mutant(
        "fee cap is the last cohort's",
        HARVESTING,
        "max_fee=min(limits.max_fee, packing",
        "max_fee=min(BPS, packing",
        "2.5.5 at most every policy's max_fee",
        ("test_mutant_gaps",),
    ),
    Mutant(
        "cost counted from the price, not p_hi",
        HARVESTING,
        "packing.policy_max_cost(policy) * (lower - market.price_high) // BPS",
        "packing.policy_max_cost(policy) * (lower - market.price_in) // BPS",
        "2.5.3 least loss realised",
        ("test_harvest_limits", "test_harvest_rules"),
    ),
    Mutant(
        "fee above policy accepted",
        HARVESTING,
        "max_fee=min(limits.max_fee, packing.policy_max_fee(policy)),",
        "max_fee=max(limits.max_fee, packing.policy_max_fee(policy)),",
        "2.5.5 at most every policy's max_fee",
        ("test_harvest_limits", "test_harvest_rules"),
    ),
    Mutant(
        "min_rate ignored",
        HARVESTING,
        "errors.check(net * market.scale_in >= min_rate * sold, errors.RATE_BELOW_MINIMUM)",
        "errors.check(net * market.scale_in >= sold - sold, errors.RATE_BELOW_MINIMUM)",
        "2.5.4 the keeper's rate",
        ("test_harvest_limits", "test_harvest_legs"),
    ),
    Mutant(
        "missing role check",
        HARVESTING,
        "    control._only(control.KEEPER)\n",
        "",
        "2.9 only the keeper harvests",
        ("test_roles", "test_harvest_keys"),
    ),
    Mutant(
        "pause of harvests ignored",
        HARVESTING,
        "    control._not_paused(control.PAUSE_HARVESTS)\n",
        "",
        "2.5 not paused",
        ("test_roles", "test_harvest_keys"),
    ),
    Mutant(
        "harvest into a delisted asset",
        HARVESTING,
        "    control._check_listed(to_asset)\n",
        "",
        "2.9 delisted",
        ("test_listing", "test_harvest_keys"),
    ),
    # ------------------------------------------------------------ bucket
    Mutant(
        "bucket blind to dev",
        HARVESTING,
        "market.hidden = dev_in + prices._dev(to_asset)",
        "market.hidden = dev_in - dev_in",
        "2.5.6 what a stolen key hides behind",
        ("test_bucket",),
    ),
    Mutant(
        "bucket blind to the shortfall",
        HARVESTING,
        "return value_sold - min(value_sold, value_net) + hidden",
        "return value_sold - value_sold + hidden",
        "2.5.6 value sold less value received",
        ("test_bucket",),
    ),
    Mutant(
        "bucket refilled at once",
        BUCKET,
        "    used: uint256 = self._used() + amount\n",
        "    used: uint256 = amount\n",
        "2.5.6 drains over a day",
        ("test_bucket",),
    ),
    Mutant(
        "bucket drains twice as fast",
        BUCKET,
        "// DAY\n    used: uint256 = word & (2**120 - 1)",
        "* 2 // DAY\n    used: uint256 = word & (2**120 - 1)",
        "2.5.6 drains over a day",
        ("test_bucket",),
    ),
    # ------------------------------------------------------------ swaps
    Mutant(
        "adapters unchecked",
        SWAPS,
        "errors.check(self.adapters[leg.adapter], errors.ADAPTER_NOT_LISTED)",
        "errors.check(self.adapters[leg.adapter] or rest != 0, errors.ADAPTER_NOT_LISTED)",
        "2.5.4 a listed adapter",
        ("test_harvest_legs", "test_sell"),
    ),
    Mutant(
        "unsold input goes unnoticed",
        SWAPS,
        "errors.check(self._balance(token_in) + amount == before_in, errors.SOLD_ANOTHER_AMOUNT)",
        "errors.check(before_in >= amount, errors.SOLD_ANOTHER_AMOUNT)",
        "2.5.4 exactly what was sold",
        ("test_harvest_legs",),
    ),
    Mutant(
        "tokens that lay there count as proceeds",
        SWAPS,
        "    return self._balance(token_out) - before_out\n",
        "    return self._balance(token_out)\n",
        "2.5.4 the vault's own measured difference",
        ("test_harvest_legs", "test_buy"),
    ),
    Mutant(
        "fee-on-transfer token accepted",
        SWAPS,
        "    errors.check(self._balance(token) == before + amount, errors.TOKEN_TOOK_A_FEE)\n",
        "    errors.check(self._balance(token) > before, errors.TOKEN_TOOK_A_FEE)\n",
        "2.11.9 refused",
        ("test_hostile_tokens", "test_deposit"),
    ),
    # ------------------------------------------------------------ prices
    Mutant(
        "stale feed accepted",
        PRICES,
        "if block.timestamp - updated > (word >> 160) & (2**32 - 1):",
        "if updated == 0:",
        "2.8 heartbeat",
        ("test_prices",),
    ),
    Mutant(
        "feed bounds ignored",
        PRICES,
        "or answer > packing.upper(word >> 232):",
        "or answer > packing.U128:",
        "2.8 within its bounds",
        ("test_prices",),
    ),
    Mutant(
        "sequencer ignored",
        PRICES,
        "if feed_id >= BASE and sequencer != empty(address):",
        "if feed_id > QUOTE and sequencer != empty(address):",
        "2.8 the sequencer's uptime",
        ("test_prices",),
    ),
    Mutant(
        "uptime feed that was never written",
        PRICES,
        "if started == 0 or started",
        "if started",
        "2.8 the sequencer's uptime",
        ("test_prices",),
    ),
    Mutant(
        "grace period ignored",
        PRICES,
        "started == 0 or started > block.timestamp or block.timestamp - started <= grace:",
        "started == 0 or started > block.timestamp:",
        "2.8 grace period",
        ("test_prices",),
    ),
    # ------------------------------------------------------------ ways in
    Mutant(
        "deposits for anybody",
        VAULT,
        "    registry._check_policy(entry.policy, entry.policy_hash)\n    lotbook._authorize(entry.owner)\n",
        "    registry._check_policy(entry.policy, entry.policy_hash)\n",
        "2.2 nobody is given a lot that he did not ask for",
        ("test_deposit",),
    ),
    Mutant(
        "deposits while paused",
        VAULT,
        "    control._not_paused(control.PAUSE_DEPOSITS)\n",
        "",
        "2.9 pause",
        ("test_roles", "test_deposit"),
    ),
    Mutant(
        "policy hash ignored",
        REGISTRY,
        "errors.check(keccak256(convert(word, bytes32)) == policy_hash, errors.POLICY_HASH_DIFFERS)",
        "errors.check(policy_hash == policy_hash, errors.POLICY_HASH_DIFFERS)",
        "2.7 ids are guessable",
        ("test_deposit", "test_policies"),
    ),
    Mutant(
        "acquired in the future",
        VAULT,
        "    errors.check(acquired_at <= block.timestamp, errors.ACQUIRED_IN_FUTURE)\n",
        "",
        "2.7 acquisition time",
        ("test_deposit",),
    ),
    Mutant(
        "permit of others' tokens",
        SWAPS,
        "extcall IERC20(token).transferFrom(msg.sender, self, amount, default_return_value=True)",
        "extcall IERC20(token).transferFrom(tx.origin, self, amount, default_return_value=True)",
        "2.7 only the caller's own tokens",
        ("test_permit", "test_eth_gate"),
    ),
    Mutant(
        "a used permit blocks the deposit",
        VAULT,
        "            revert_on_failure=False,\n        )\n",
        "            revert_on_failure=False,\n        )\n        assert _done\n",
        "2.7 front-run permits",
        ("test_permit",),
    ),
    Mutant(
        "odd purchases are not flagged",
        VAULT,
        "if price == 0 or basis > fair + tolerance or basis + tolerance < fair:",
        "if price == 0:",
        "2.7 a basis can be forged",
        ("test_buy",),
    ),
    Mutant(
        "purchase ignores min_out",
        VAULT,
        "    errors.check(units >= min_out, errors.TOO_LITTLE_OUT)\n",
        "",
        "2.7 min_out",
        ("test_buy",),
    ),
    # ------------------------------------------------------------ ways out
    Mutant(
        "transfer to the vault itself",
        VAULT,
        "errors.check(to != empty(address) and to != self, errors.BAD_RECEIVER)",
        "errors.check(to != empty(address), errors.BAD_RECEIVER)",
        "tokens nobody owns",
        ("test_withdraw",),
    ),
    Mutant(
        "anybody withdraws anybody's lots",
        VAULT,
        "    lotbook._authorize(owner)\n    meant: uint256 = 0\n",
        "    meant: uint256 = 0\n",
        "2.11.2 isolation",
        ("test_withdraw",),
    ),
    Mutant(
        "withdrawals depend on the pause",
        VAULT,
        "    lotbook._authorize(owner)\n    meant: uint256 = 0\n",
        "    control._not_paused(control.PAUSE_HARVESTS)\n"
        "    lotbook._authorize(owner)\n    meant: uint256 = 0\n",
        "2.11.3 exit",
        ("test_withdraw", "test_roles"),
    ),
    Mutant(
        "sale ignores min_out",
        VAULT,
        "    errors.check(paid >= min_out, errors.TOO_LITTLE_OUT)\n",
        "",
        "2.7 the owner's own min_out",
        ("test_sell",),
    ),
    Mutant(
        "basis split rounds up",
        LOTBOOK,
        "        basis = rolled.basis * units // rolled.units\n",
        "        basis = (rolled.basis * units + rolled.units - 1) // rolled.units\n",
        "2.7 pro rata and exactly",
        ("test_withdraw", "test_change_policy"),
    ),
    Mutant(
        "another asset than meant",
        LOTBOOK,
        "errors.check(asset == MAX or asset == packing.key_asset(rolled.key), errors.LOT_OF_ANOTHER_ASSET)",
        "errors.check(asset == MAX or asset < 128, errors.LOT_OF_ANOTHER_ASSET)",
        "2.7 every call names the asset",
        ("test_withdraw",),
    ),
    Mutant(
        "an offer survives a withdrawal",
        LOTBOOK,
        "    self.offers[owner][lot] = 0\n    self.cohorts[rolled.key] -= units << 128\n",
        "    self.cohorts[rolled.key] -= units << 128\n",
        "2.7 offers are void after",
        ("test_offers",),
    ),
    Mutant(
        "an offer survives a change of policy",
        LOTBOOK,
        "    self.offers[msg.sender][lot] = 0\n",
        "",
        "2.7 offers are void after",
        ("test_offers", "test_change_policy"),
    ),
    Mutant(
        "anybody claims an offer",
        TRANSFERS,
        "word != 0 and convert(word & (2**160 - 1), address) == msg.sender and word >> 168 == nonce",
        "word != 0 and word >> 168 == nonce",
        "2.7 an offer names its taker",
        ("test_offers",),
    ),
    Mutant(
        "a claim overlooks the flags",
        TRANSFERS,
        "            and claimed.flags == terms.flags\n",
        "",
        "2.7 as seen",
        ("test_offers",),
    ),
    Mutant(
        "hold can be refused",
        LOTBOOK,
        "rolled.key = self._join(meant, 0, 0, 0, units, U128)",
        "rolled.key = self._join(meant, 0, 0, 0, units, packing.low(registry.limits_words[meant]))",
        "2.7 never refused",
        ("test_change_policy",),
    ),
    # ------------------------------------------------------------ authority
    Mutant(
        "guardian may loosen",
        CONTROL,
        "        errors.check(tighter, errors.GUARDIAN_ONLY_TIGHTENS)\n",
        "",
        "2.9 never loosen",
        ("test_roles",),
    ),
    Mutant(
        "guardian grants roles",
        CONTROL,
        "self._check_tightens(flags == self.roles[account] & ~KEEPER)",
        "self._check_tightens(True)",
        "2.9 never loosen",
        ("test_roles",),
    ),
    Mutant(
        "quote listed as an asset",
        REGISTRY,
        "errors.check(config.token != empty(address) and config.token != quote, errors.NOT_AN_ASSET)",
        "errors.check(config.token != empty(address), errors.NOT_AN_ASSET)",
        "2.7 the quote is never an asset",
        ("test_listing",),
    ),
    Mutant(
        "policies above the hard bounds",
        REGISTRY,
        "    errors.check(packing.policy_max_cost(word) <= bounds.max_cost, errors.MAX_COST_TOO_HIGH)\n",
        "",
        "2.4 hard bounds",
        ("test_policies",),
    ),
    Mutant(
        "lock missing on sell",
        VAULT,
        "@external\ndef sell(",
        "@external\n@reentrant\ndef sell(",
        "2.1 one lock",
        ("test_reentrancy",),
    ),
    Mutant(
        "lock missing on a getter",
        PRICES,
        "@external\n@view\ndef price(",
        "@external\n@view\n@reentrant\ndef price(",
        "2.1 getters respect the lock",
        ("test_reentrancy",),
    ),
    # ------------------------------------------------------------ packing
    Mutant(
        "band rounds up",
        PACKING,
        "return (n << 7) | ((unit_basis >> (n - 7)) & 127)",
        "return ((n << 7) | ((unit_basis >> (n - 7)) & 127)) + 1",
        "2.2 lower(band(x)) <= x",
        ("test_packing",),
    ),
    Mutant(
        "time cut to 32 bits",
        PACKING,
        "return (key_ << 144) | (acquired_at << 104) | flags",
        "return (key_ << 144) | ((acquired_at & U24) << 104) | flags",
        "2.4 acquired at 40 bits",
        ("test_deposit",),
    ),
)
