# pragma version 0.4.3
"""
@title Errors
@license MIT
@notice Why the vault refuses, as a standard `Error(string)` that every wallet and explorer can show.
@dev A reason with each `assert` costs about 107 bytes of code, a hundred of them half the size limit. Here a reason is a
     number whose bytes are its text (at most 31 characters), pushed in as many bytes, and one function turns it into
     the string. A test checks that every number spells the text beside it.
"""

# ---------------------------------------------------------------- bucket
GUARDIAN_ONLY_TIGHTENS: constant(uint256) = 38708427187845774082178315931358551043250317942943347  # guardian only tightens
LOSS_BUCKET_FULL: constant(uint256) = 144135310094433938618325778915535449196  # loss bucket full
BUCKET_OUT_OF_RANGE: constant(uint256) = 2195698997618515050644107106363564488821466981  # bucket out of range

# ---------------------------------------------------------------- control
NO_ADMIN: constant(uint256) = 7957614669255764334  # no admin
OWN_ROLES: constant(uint256) = 2056194443795579561331  # own roles
NO_SUCH_ROLE: constant(uint256) = 34177695091886920717063646309  # no such role
NOT_ADMIN_OR_GUARDIAN: constant(uint256) = 161401467789137827047852768753982608489885022642542  # not admin or guardian
MISSING_ROLE: constant(uint256) = 33861348482704370050620419173  # missing role
NO_SUCH_PAUSE: constant(uint256) = 8749489943523051703559469232997  # no such pause
PAUSED: constant(uint256) = 123563884635492  # paused
UNKNOWN_ASSET: constant(uint256) = 9303868241828481780709667857780  # unknown asset
TOO_MANY_ASSETS: constant(uint256) = 604566587417837759707875071662322803  # too many assets

# ---------------------------------------------------------------- harvesting
BELOW_FLOOR: constant(uint256) = 118953689617287538635927410  # below floor
ABOVE_CEILING: constant(uint256) = 7715596044716809737745356910183  # above ceiling
DEADLINE_PASSED: constant(uint256) = 521285925434778320768998884146111844  # deadline passed
KEYS_NOT_ASCENDING: constant(uint256) = 9355544548116776580742177875312030146719335  # keys not ascending
COHORT_HARVESTED: constant(uint256) = 132172034734350535697228622718265746788  # cohort harvested
ASSETS_DIFFER: constant(uint256) = 7720862045589483935134147569010  # assets differ
TOO_LITTLE_TO_SELL: constant(uint256) = 10142944223472299614495976911754528351939692  # too little to sell
FEE_ABOVE_POLICY: constant(uint256) = 136107728641583652951516574318351442809  # fee above policy
AMOUNTS_OUT_OF_RANGE: constant(uint256) = 556212595420147347929051585132581682636276000613  # amounts out of range
RATE_BELOW_MINIMUM: constant(uint256) = 9963962701338325767249531215074104856900973  # rate below minimum
TOO_MANY_HARVESTS: constant(uint256) = 39620875873015415420215800032043923108979  # too many harvests
ASSET_NOT_LISTED: constant(uint256) = 129534570244956647013520354063108302180  # asset not listed
SAME_ASSET: constant(uint256) = 544869362447484728862068  # same asset
NOT_A_REPLACEMENT: constant(uint256) = 37579207632003227580496112100176476597876  # not a replacement
HELD_TOO_SHORT: constant(uint256) = 2117406188620620668354521444872820  # held too short
LOSS_TOO_SMALL: constant(uint256) = 2199330293189326037061164666547308  # loss too small
MERGED_ABOVE_CAP: constant(uint256) = 145412593909842434482723611773468107120  # merged above cap

# ---------------------------------------------------------------- lotbook
NOT_THE_OWNER: constant(uint256) = 8749591101317393953697215440242  # not the owner
NO_SUCH_LOT: constant(uint256) = 133506621452683284050636660  # no such lot
ROLL_FIRST: constant(uint256) = 540405180294399123420020  # roll first
LOT_OF_ANOTHER_ASSET: constant(uint256) = 619056502028289972012645229344911124543256618356  # lot of another asset
ANY_ASSET_NEEDS_ALL_UNITS: constant(uint256) = 611587662097005975965327203551302508549977687720377952334963  # any asset needs all units
ZERO_AMOUNT: constant(uint256) = 147968019944086256483659380  # zero amount
MORE_THAN_LOT_HOLDS: constant(uint256) = 2440489616988634399935727002761448665020916851  # more than lot holds
NO_SUCH_SHARD: constant(uint256) = 8749489943523051703572470264420  # no such shard
BELOW_MINIMUM_DEPOSIT: constant(uint256) = 143806186716763578566810434040435591278328095664500  # below minimum deposit
BASIS_TOO_LARGE: constant(uint256) = 510821629741762224102286041828976485  # basis too large
NO_LOTS: constant(uint256) = 31084432487052403  # no lots
COHORTS_FULL: constant(uint256) = 30773699920240539667625503852  # cohorts full

# ---------------------------------------------------------------- packing
UNIT_BASIS_TOO_LARGE: constant(uint256) = 670414188464051108030465490130281383578219734885  # unit basis too large
NO_SUCH_BAND: constant(uint256) = 34177695091886920716794293860  # no such band

# ---------------------------------------------------------------- prices
FEED_STALE: constant(uint256) = 483551808404324224167013  # feed stale
FEED_OUT_OF_BOUNDS: constant(uint256) = 8919956456013687856242016364914914230166643  # feed out of bounds
SEQUENCER_DOWN: constant(uint256) = 2340514262563308822629469247207278  # sequencer down
UNKNOWN_FEED: constant(uint256) = 36343235319642506955980105060  # unknown feed
CONSTANT_HAS_DEV: constant(uint256) = 132172156746317176654638540282680075638  # constant has dev
TOO_MANY_DECIMALS: constant(uint256) = 39620875873015415420215512911019302284403  # too many decimals
FEED_OUT_OF_RANGE: constant(uint256) = 34843579906303468188445376425517367846757  # feed out of range
FEED_BOUNDS: constant(uint256) = 123789262951488288549921907  # feed bounds
FEED_HAS_NO_ANSWER: constant(uint256) = 8919956456013127068195276469808924544427378  # feed has no answer

# ---------------------------------------------------------------- registry
BOUNDS_ABOVE_ONE: constant(uint256) = 130843070326328305589401548439134629477  # bounds above one
NOT_AN_ASSET: constant(uint256) = 34178090238153589107706783092  # not an asset
LISTED_BEFORE: constant(uint256) = 8589277053705893413788146692709  # listed before
LIMITS_OUT_OF_RANGE: constant(uint256) = 2417664502415717547382926452992011406744119141  # limits out of range
POLICY_OUT_OF_RANGE: constant(uint256) = 2507389816554916328353015446442537862883600229  # policy out of range
UNLISTED_REPLACEMENT: constant(uint256) = 670414446168222332093106664272407873520021106292  # unlisted replacement
MIN_LOSS_TOO_HIGH: constant(uint256) = 37230920022014193819881365413247247279976  # min_loss too high
MAX_COST_TOO_HIGH: constant(uint256) = 37220338120303446383268407706256046385000  # max_cost too high
MAX_SLIPPAGE_TOO_HIGH: constant(uint256) = 159860134978205894001209092660601595216723995879272  # max_slippage too high
MAX_FEE_TOO_HIGH: constant(uint256) = 145391945783351635549304274336562636648  # max_fee too high
HOLD_BELOW_ONE_DAY: constant(uint256) = 9097593156141353301409968606134252050080121  # hold below one day
TAX_VALUE_TOO_HIGH: constant(uint256) = 10138192560704258423975412898037449041209192  # tax_value too high
TOO_MANY_POLICIES: constant(uint256) = 39620875873015415420216380426792961926515  # too many policies
UNKNOWN_POLICY: constant(uint256) = 2381790269908091335878150348956537  # unknown policy
POLICY_HASH_DIFFERS: constant(uint256) = 2507389816554916326162438461406887569701302899  # policy hash differs

# ---------------------------------------------------------------- swaps
TRANSFER_FAILED: constant(uint256) = 604626349599481281308343686038054244  # transfer failed
TOKEN_TOOK_A_FEE: constant(uint256) = 154768970716302198349746740505057060197  # token took a fee
NO_LEGS: constant(uint256) = 31084432486393715  # no legs
SHARES_ABOVE_ONE: constant(uint256) = 153403194845692193668836771487470808677  # shares above one
ADAPTER_NOT_LISTED: constant(uint256) = 8484049491086473942745018374985228970386788  # adapter not listed
SOLD_ANOTHER_AMOUNT: constant(uint256) = 2574292045156003731296133936962534956141473396  # sold another amount

# ---------------------------------------------------------------- transfers
LOT_NOT_AS_CLAIMED: constant(uint256) = 9446052582199236652483282532331545250588004  # lot not as claimed
NO_SUCH_KIND: constant(uint256) = 34177695091886920716945813092  # no such kind
NO_SUCH_OFFER: constant(uint256) = 8749489943523051703555257165170  # no such offer

# ---------------------------------------------------------------- LotVault
ACQUIRED_IN_FUTURE: constant(uint256) = 8483730502106889374615549023497045774004837  # acquired in future
TOO_LITTLE_OUT: constant(uint256) = 2361588232096354387350375044707700  # too little out
BAD_RECEIVER: constant(uint256) = 30447269602181637068385838450  # bad receiver


@internal
@pure
def check(ok: bool, reason: uint256):
    """
    @notice Revert with the reason's text unless `ok`.
    """
    if not ok:
        # Shift the text to the left end of the word and count its bytes.
        text: uint256 = reason
        length: uint256 = 32
        for _: uint256 in range(32):
            if text >> 248 != 0:
                break
            text <<= 8
            length -= 1
        # Error(string): selector, offset, length, text.
        raw_revert(abi_encode(convert(32, uint256), length, text, method_id=0x08c379a0))
