# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title LotLens
@license MIT
@notice Reads a vault by the page: rolled lots, cohorts, harvests, policies, assets. Stores nothing, owns nothing.
@dev Trust: a reader, and only as truthful as the vault it is pointed at; no contract may rely on it for value. A page
     is one call, so all of it is of one block. While the vault is in the middle of a call its getters refuse, and so
     does every page: there is no half-done state to be fooled by.
     Every page is an array of words of fixed layout, so that a client decodes it by position. Fields are those of
     packing; `a | b` is most significant first and adds up to 256.

     lots_page, 6 words a lot, also for closed ones (words 1 to 5 are 0), so that a lot's place is its number - start
         0  unused 127 | more 1 | hops 64 | lot number 64     hops: harvests that the stored state lags behind;
         1  stored head                                       more: MAX_HOPS were not enough, words 3 and 4 are as of
         2  stored body                                       there
         3  rolled head
         4  rolled body
         5  offer word
     cohorts_by_key, 5 words a key
         0  cohort word                                       0: nobody is in it
         1  policy word                                       0: never harvested, words 3 and 4 mean nothing
         2  lower end of the band                             USD wad per whole token
         3  highest p_hi that is loss enough                  USD wad per whole token
         4  first second on which it may be harvested
     harvests_page, 2 words a harvest: amounts, outcome. Numbers start at 1
     policies_page, 1 word a policy: the policy word. Ids start at 0
     assets_page, 9 words an asset
         0  asset word
         1  limits word
         2  feed word
         3  answer bounds word
         4  answer                                            wad; 0 when the status is not 0
         5  status 128 | updated at 128                       status as in the vault's read_feed
         6  held                                              units of all open cohorts
         7  token balance of the vault                        units
         8  listed                                            0 or 1
     lot_history, 5 words a pending hop, oldest first
         0  head before                                       the declared flag says whose word the old basis is
         1  body before
         2  head after                                        acquired at: the time of the harvest
         3  body after                                        realised: this basis minus the one before
         4  harvest number 128 | unit price 128
     vault_state, 16 words
         0  block number
         1  block timestamp
         2  config word
         3  bucket word
         4  harvest count 128 | policy count 128
         5  unused 88 | quote decimals 8 | quote 160
         6  unused 192 | max_cost 16 | max_slippage 16 | max_fee 16 | buy_tolerance 16
         7  grace 96 | sequencer feed 160
         8  base feed: feed word, bounds word, answer, status 128 | updated at 128
        12  quote feed: the same four
"""
from ethereum.ercs import IERC20

from .interfaces import ILotVault
from .modules import packing

# Most rows a page can have. Memory costs grow with the square of its size: at this one they are a few gas a word.
PAGE: constant(uint256) = 500
MAX_ASSETS: constant(uint256) = 128
# A lot that lags further is shown as of here. The vault itself rolls 64 hops a call.
MAX_HOPS: constant(uint256) = 500

LOT_WORDS: constant(uint256) = 6
COHORT_WORDS: constant(uint256) = 5
HARVEST_WORDS: constant(uint256) = 2
ASSET_WORDS: constant(uint256) = 9
HOP_WORDS: constant(uint256) = 5
STATE_WORDS: constant(uint256) = 16
FEED_WORDS: constant(uint256) = 4

BASE: constant(uint256) = 128
QUOTE: constant(uint256) = 129
DAY: constant(uint256) = 86_400
BPS: constant(uint256) = 10_000
DECLARED: constant(uint256) = 1
MORE: constant(uint256) = 2**128

struct Hop:
    number: uint256  # of the harvest; 0: the cohort is open, nothing moved
    head: uint256
    body: uint256
    price: uint256


# ---------------------------------------------------------------- lots
@external
@view
def lots_page(vault: address, owner: address, start: uint256, n: uint256) -> DynArray[uint256, LOT_WORDS * PAGE]:
    """
    @notice An owner's lots from number `start`, at most `n` of them and PAGE, stored and rolled.
    """
    words: DynArray[uint256, LOT_WORDS * PAGE] = []
    # One question a page spares one a lot as long as nobody has ever offered anything.
    offers: bool = staticcall ILotVault(vault).offer_count() != 0
    # Neighbours often sit in one cohort.
    known_key: uint256 = max_value(uint256)
    known_word: uint256 = 0
    for i: uint256 in range(self._rows(start, n, staticcall ILotVault(vault).lot_count(owner)), bound=PAGE):
        lot: uint256 = start + i
        head: uint256 = 0
        body: uint256 = 0
        head, body = staticcall ILotVault(vault).lots(owner, lot)
        at: Hop = Hop(number=0, head=head, body=body, price=0)
        hops: uint256 = 0
        offer: uint256 = 0
        if head != 0:
            if packing.head_key(head) != known_key:
                known_key = packing.head_key(head)
                known_word = staticcall ILotVault(vault).cohorts(known_key)
            if packing.low(known_word) != 0:
                for _: uint256 in range(MAX_HOPS):
                    at = self._hop(vault, at.head, at.body)
                    if at.number == 0:
                        break
                    hops += 1
            if offers:
                offer = staticcall ILotVault(vault).offers(owner, lot)
        first: uint256 = (hops << 64) | lot
        # The loop left off with a harvest, not with an open cohort; the next cohort may or may not be open.
        if at.number != 0 and self._number(vault, at.head) != 0:
            first |= MORE
        words.append(first)
        words.append(head)
        words.append(body)
        words.append(at.head)
        words.append(at.body)
        words.append(offer)
    return words


@external
@view
def lot_history(
    vault: address, owner: address, lot: uint256, max_hops: uint256
) -> DynArray[uint256, HOP_WORDS * MAX_HOPS]:
    """
    @notice What each pending harvest did to a lot, from its stored state on, at most `max_hops` and MAX_HOPS. Nothing
            for a lot that is up to date, closed or unknown. What was rolled earlier is in the log.
    """
    words: DynArray[uint256, HOP_WORDS * MAX_HOPS] = []
    head: uint256 = 0
    body: uint256 = 0
    head, body = staticcall ILotVault(vault).lots(owner, lot)
    if head == 0:
        return words
    for _: uint256 in range(min(max_hops, MAX_HOPS), bound=MAX_HOPS):
        at: Hop = self._hop(vault, head, body)
        if at.number == 0:
            break
        words.append(head)
        words.append(body)
        words.append(at.head)
        words.append(at.body)
        words.append(packing.pair(at.number, at.price))
        head = at.head
        body = at.body
    return words


# ---------------------------------------------------------------- cohorts, harvests, policies
@external
@view
def cohorts_by_key(vault: address, keys: DynArray[uint256, PAGE]) -> DynArray[uint256, COHORT_WORDS * PAGE]:
    """
    @notice Cohorts with what their eligibility depends on besides prices. Reverts for a key with an impossible band.
    """
    words: DynArray[uint256, COHORT_WORDS * PAGE] = []
    for key: uint256 in keys:
        policy: uint256 = staticcall ILotVault(vault).policies(packing.key_policy(key))
        lower: uint256 = packing.lower(packing.key_band(key))
        words.append(staticcall ILotVault(vault).cohorts(key))
        words.append(policy)
        words.append(lower)
        # Rounded down, as the vault rounds it.
        words.append(lower * (BPS - packing.policy_min_loss(policy)) // BPS)
        words.append((packing.key_day(key) + packing.policy_min_hold_days(policy) + 1) * DAY)
    return words


@external
@view
def harvests_page(vault: address, start: uint256, n: uint256) -> DynArray[uint256, HARVEST_WORDS * PAGE]:
    """
    @notice Harvests from number `start` (the first one is 1), at most `n` of them and PAGE.
    """
    words: DynArray[uint256, HARVEST_WORDS * PAGE] = []
    for i: uint256 in range(self._rows(start, n, staticcall ILotVault(vault).harvest_count() + 1), bound=PAGE):
        amounts: uint256 = 0
        outcome: uint256 = 0
        amounts, outcome = staticcall ILotVault(vault).harvests(start + i)
        words.append(amounts)
        words.append(outcome)
    return words


@external
@view
def policies_page(vault: address, start: uint256, n: uint256) -> DynArray[uint256, PAGE]:
    """
    @notice Policies from id `start`, at most `n` of them and PAGE.
    """
    words: DynArray[uint256, PAGE] = []
    for i: uint256 in range(self._rows(start, n, staticcall ILotVault(vault).policy_count()), bound=PAGE):
        words.append(staticcall ILotVault(vault).policies(start + i))
    return words


# ---------------------------------------------------------------- the vault as a whole
@external
@view
def assets_page(vault: address) -> DynArray[uint256, ASSET_WORDS * MAX_ASSETS]:
    """
    @notice All assets ever listed, by id.
    """
    words: DynArray[uint256, ASSET_WORDS * MAX_ASSETS] = []
    config: uint256 = staticcall ILotVault(vault).config_word()
    for asset: uint256 in range((config >> 128) & 255, bound=MAX_ASSETS):
        word: uint256 = staticcall ILotVault(vault).asset_words(asset)
        words.append(word)
        words.append(staticcall ILotVault(vault).limits_words(asset))
        feed: uint256[FEED_WORDS] = self._feed(vault, asset)
        for part: uint256 in feed:
            words.append(part)
        words.append(staticcall ILotVault(vault).held(asset))
        words.append(staticcall IERC20(convert(word & (2**160 - 1), address)).balanceOf(vault))
        words.append((config >> asset) & 1)
    return words


@external
@view
def vault_state(vault: address) -> DynArray[uint256, STATE_WORDS]:
    """
    @notice What holds for the whole vault, with the block that all of it is of.
    """
    bounds: ILotVault.Bounds = staticcall ILotVault(vault).bounds()
    words: DynArray[uint256, STATE_WORDS] = [
        block.number,
        block.timestamp,
        staticcall ILotVault(vault).config_word(),
        staticcall ILotVault(vault).bucket_word(),
        packing.pair(staticcall ILotVault(vault).harvest_count(), staticcall ILotVault(vault).policy_count()),
        (staticcall ILotVault(vault).quote_decimals() << 160)
        | convert(staticcall ILotVault(vault).quote(), uint256),
        (bounds.max_cost << 48) | (bounds.max_slippage << 32) | (bounds.max_fee << 16) | bounds.buy_tolerance,
        (staticcall ILotVault(vault).grace() << 160) | convert(staticcall ILotVault(vault).sequencer(), uint256),
    ]
    for feed_id: uint256 in [BASE, QUOTE]:
        feed: uint256[FEED_WORDS] = self._feed(vault, feed_id)
        for part: uint256 in feed:
            words.append(part)
    return words


# ---------------------------------------------------------------- helpers
@internal
@pure
def _rows(start: uint256, n: uint256, end: uint256) -> uint256:
    """
    @notice How many rows a page from `start` to before `end` has.
    """
    if start >= end:
        return 0
    return min(min(n, end - start), PAGE)


@internal
@view
def _number(vault: address, head: uint256) -> uint256:
    """
    @notice The harvest that took the cohort of a lot, 0 for an open one.
    """
    return packing.low(staticcall ILotVault(vault).cohorts(packing.head_key(head)))


@internal
@view
def _hop(vault: address, head: uint256, body: uint256) -> Hop:
    """
    @notice A lot after the next harvest of its cohort: the vault's own roll, step by step.
    """
    number: uint256 = self._number(vault, head)
    if number == 0:
        return Hop(number=0, head=head, body=body, price=0)
    amounts: uint256 = 0
    outcome: uint256 = 0
    amounts, outcome = staticcall ILotVault(vault).harvests(number)
    key: uint256 = packing.outcome_key(outcome, packing.key_policy(packing.head_key(head)), number)
    price: uint256 = packing.low(outcome)
    units: uint256 = packing.high(body) * packing.low(amounts) // packing.high(amounts)
    return Hop(
        number=number,
        head=packing.head(key, packing.outcome_time(outcome), packing.head_flags(head) & ~DECLARED),
        body=packing.pair(units, units * price // packing.outcome_scale(outcome)),
        price=price,
    )


@internal
@view
def _feed(vault: address, feed_id: uint256) -> uint256[FEED_WORDS]:
    answer: uint256 = 0
    updated_at: uint256 = 0
    status: uint256 = 0
    answer, updated_at, status = staticcall ILotVault(vault).read_feed(feed_id)
    return [
        staticcall ILotVault(vault).feed_words(feed_id),
        staticcall ILotVault(vault).answer_bounds(feed_id),
        answer,
        packing.pair(status, updated_at),
    ]
