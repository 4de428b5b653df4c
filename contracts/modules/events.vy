# pragma version 0.4.3
"""
@title Events
@license MIT
@notice Every event of the vault. The tax record is rebuilt from these alone: a replay of the log equals storage.
@dev Amounts of tokens are in the token's smallest unit, USD amounts and prices in wad, times in seconds.
"""

# ---------------------------------------------------------------- what exists
event AssetListed:
    asset: indexed(uint256)
    token: indexed(address)
    decimals: uint256

event ListingSet:
    asset: indexed(uint256)
    listed: bool

event FeedSet:
    feed_id: indexed(uint256)
    feed: address
    decimals: uint256
    heartbeat: uint256
    dev: uint256
    min_answer: uint256
    max_answer: uint256

event LimitsSet:
    asset: indexed(uint256)
    min_deposit: uint256
    cohort_cap: uint256

event AdapterSet:
    adapter: indexed(address)
    allowed: bool

event BucketSet:
    size: uint256
    used: uint256

event PausedSet:
    flags: uint256

event RolesSet:
    account: indexed(address)
    flags: uint256

event PolicyCreated:
    policy: indexed(uint256)
    word: uint256
    creator: indexed(address)

event OperatorSet:
    owner: indexed(address)
    operator: indexed(address)
    approved: bool


# ---------------------------------------------------------------- lots
# source: 1 declared, 2 oracle, 3 paid, 4 split off by a change of policy
event LotOpened:
    owner: indexed(address)
    lot: indexed(uint256)
    key: indexed(uint256)
    units: uint256
    basis: uint256
    acquired_at: uint256
    flags: uint256
    source: uint256

# quote_price 0: the quote had no price, 1 USD was assumed and the lot flagged
event Bought:
    owner: indexed(address)
    lot: indexed(uint256)
    quote_amount: uint256
    quote_price: uint256
    quote_time: uint256

# kind: 1 withdrawn, 2 sold, 3 split off by a change of policy; units_left 0: the lot is closed
event LotReduced:
    owner: indexed(address)
    lot: indexed(uint256)
    key: indexed(uint256)
    kind: uint256
    units: uint256
    basis: uint256
    acquired_at: uint256
    flags: uint256
    units_left: uint256
    basis_left: uint256

event Withdrawn:
    owner: indexed(address)
    asset: indexed(uint256)
    to: indexed(address)
    units: uint256

event Sold:
    owner: indexed(address)
    asset: indexed(uint256)
    to: indexed(address)
    units: uint256
    quote_amount: uint256
    quote_price: uint256
    quote_time: uint256
    count: uint256

event LotRolled:
    owner: indexed(address)
    lot: indexed(uint256)
    hops: uint256
    key: uint256
    units: uint256
    basis: uint256
    acquired_at: uint256

event PolicyChanged:
    owner: indexed(address)
    lot: indexed(uint256)
    key: indexed(uint256)
    from_key: uint256

event LotOffered:
    owner: indexed(address)
    lot: indexed(uint256)
    to: indexed(address)
    nonce: uint256
    kind: uint256

event LotClaimed:
    owner: indexed(address)
    lot: indexed(uint256)
    to: indexed(address)
    new_lot: uint256
    nonce: uint256
    kind: uint256
    key: uint256
    units: uint256
    basis: uint256
    acquired_at: uint256
    flags: uint256


# ---------------------------------------------------------------- harvests
event CohortHarvested:
    key: indexed(uint256)
    harvest: indexed(uint256)
    units: uint256

event CohortOpened:
    key: indexed(uint256)
    harvest: indexed(uint256)
    units: uint256

event Harvested:
    harvest: indexed(uint256)
    keeper: indexed(address)
    asset_in: uint256
    asset_out: uint256
    sold: uint256
    gross: uint256
    fee: uint256
    net: uint256
    price_in: uint256
    price_out: uint256
    base_price: uint256
    base_time: uint256
    time_in: uint256
    time_out: uint256
    bucket_used: uint256
