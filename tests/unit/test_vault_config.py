"""A vault's TOML file: what it comes to; every mistake is one line that says what to do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from vaultsdk.chain.networks import load_networks
from vaultsdk.core.deployment import DexRefs, TokenRef
from vaultsdk.core.errors import UnitsError
from vaultsdk.core.model import checksum
from vaultsdk.core.quantity import parse_days, parse_duration, parse_share, parse_token_amount
from vaultsdk.core.units import WAD
from vaultsdk.core.vault_config import (
    FILL_IN,
    VaultConfigError,
    line_of,
    parse_vault_config,
)
from vaultsdk.core.vault_plan import AddressBook, VaultPlan, plan_vault

CONFIGS = Path(__file__).resolve().parents[2] / "scripts/config"
LOCAL = (CONFIGS / "devnet.toml").read_text()


def somebody(number: int) -> str:
    return checksum(f"0x{number:040x}")


def token(number: int, symbol: str, decimals: int = 18) -> TokenRef:
    return TokenRef(address=somebody(number), symbol=symbol, decimals=decimals)


BOOK = AddressBook(
    source="the test's book",
    chain_id=31337,
    tokens={
        "WETH": token(101, "WETH"),
        "wstETH": token(102, "wstETH"),
        "rETH": token(103, "rETH"),
        "USDC": token(104, "USDC", 6),
    },
    feeds={
        name: somebody(200 + number)
        for number, name in enumerate(("ETH/USD", "USDC/USD", "stETH/ETH", "rETH/ETH"))
    },
    dex=DexRefs(swap_router_02=somebody(301), uniswap_v2_router_02=somebody(302)),
)


def plan(text: str, book: AddressBook = BOOK) -> VaultPlan:
    return plan_vault(parse_vault_config(text, "vault.toml"), book, "vault.toml")


def changed(old: str, new: str) -> str:
    assert old in LOCAL, old
    return LOCAL.replace(old, new, 1)


def test_amounts_and_shares_become_exact_integers() -> None:
    made = plan(LOCAL)
    weth, wsteth, reth = made.assets
    assert (weth.min_deposit, weth.cohort_cap) == (10**16, 1000 * WAD)
    assert made.bucket == 100 * WAD
    assert made.timelock.min_delay == 2 * 86_400
    assert (made.base.heartbeat, made.base.dev) == (86_400, 50)
    assert (made.base.min_answer, made.base.max_answer) == (WAD, 10**6 * WAD)
    assert (reth.rate.dev, reth.rate.min_answer) == (200, WAD // 2)
    assert made.bounds.model_dump() == {
        "max_cost": 5000,
        "max_slippage": 500,
        "max_fee": 100,
        "buy_tolerance": 200,
    }
    assert weth.rate.address is None and weth.composite is None
    assert wsteth.composite is not None and wsteth.composite.protocol is not None
    # The first four bytes of keccak256("stEthPerToken()"), as Lido's ABI has them.
    assert wsteth.composite.protocol.selector == "0x035faf82"
    assert wsteth.composite.protocol.target == wsteth.token.address


def test_ids_follow_the_order_of_the_file() -> None:
    made = plan(LOCAL)
    assert [a.token.symbol for a in made.assets] == ["WETH", "wstETH", "rETH"]
    standard = next(p.policy for p in made.policies if p.name == "standard")
    assert standard.mask == 0b111 and standard.min_hold_days == 31
    conservative = next(p.policy for p in made.policies if p.name == "conservative")
    assert conservative.mask == 0b011


# Each row: what is changed in the file, and what the one line must contain.
MISTAKES = [
    ("schema = 1", "schema = 2", "schema must be 1, not 2"),
    ('name = "eth-local"', 'name = "../up"', "line 4: name: '../up' cannot name a file"),
    ('bucket = "100 ETH"', 'bucket = "100 WETH"', "bucket is '100 WETH': its unit must be ETH"),
    ('bucket = "100 ETH"', "bucket = 100", "bucket: Input should be a valid string"),
    ('eth_gate = "WETH"', 'eth_gate = "XETH"', "eth_gate: XETH is not one of the assets"),
    ('"0x3C44C', '"0x3c44c', "line 10: roles.guardian: the checksum of 0x3c44c"),
    ('"0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"', f'"{FILL_IN}"', "still to be filled in"),
    ('min_delay = "2 days"', 'min_delay = "0 s"', "a timelock without delay protects nobody"),
    ('min_delay = "2 days"', "", "line 13: roles.timelock: a timelock without delay"),
    ('max_fee = "1 %"', "max_fee = 0.01", "bounds.max_fee: share is 0.01: write a number and its"),
    ('max_fee = "1 %"', 'max_fee = "0.001 %"', "give a whole number of bps"),
    ('max_fee = "1 %"', 'max_fee = "101 %"', "bounds.max_fee: Input should be less than or equal"),
    ('min_deposit = "0.01 WETH"', 'min_deposit = "0.01"', "assets.WETH.min_deposit is '0.01'"),
    (
        'min_deposit = "0.01 WETH"',
        'min_deposit = "0.0000000000000000001 WETH"',
        "only 18 can be expressed",
    ),
    ('min_deposit = "0.01 WETH"', 'min_deposit = "2000 WETH"', "at most cohort_cap"),
    ("rate = 1 ", "rate = 2 ", "assets.WETH.rate: 2 is not a feed"),
    ('dev = "0.6 %"', 'dev = "0.59 %"', "the parts may be off by 60 bps together"),
    ('description = "wstETH / ETH"', 'descripton = "x"', "assets.wstETH.rate.description"),
    ('uniswap_v2 = "deploy"', 'uniswap_v4 = "deploy"', "adapters.uniswap_v4"),
    ('uniswap_v2 = "deploy"', 'uniswap_v2 = "depoly"', 'give an address, or "deploy"'),
    ('feed = "rETH/ETH"', 'feed = "xETH/ETH"', "no feed xETH/ETH (it has ETH/USD, USDC/USD"),
    ('token = "USDC"', 'token = "EUR"', "quote.token: the test's book has no token EUR"),
    ('min_hold = "7 days"', 'min_hold = "36 h"', "policies.eager.min_hold: duration is 36 h"),
    ('min_hold = "7 days"', 'min_hold = "0 days"', "policies.eager.min_hold: Input should be"),
    ('max_fee = "0.5 %"', 'max_fee = "2 %"', "policies.eager: max_fee is 200 bps (2 %), but at"),
    ('into = ["WETH", "wstETH"]', 'into = ["DAI"]', "policies.conservative.into: DAI is not one"),
    ("[policies.eager]", "[policies.hold]", "policies.hold: every vault has it"),
    ('network = "devnet"', "", "give either network"),
    ('network = "devnet"', 'network = "devnet"\nchain_id = 1', "give either network"),
    ("[bounds]", "[bounds", "vault.toml is not TOML: "),
    ("[bounds]", "[bound]", "this key is needed; add it"),
    (
        "[assets.rETH]",
        f'[assets.rETH]\ntoken = {{ address = "{somebody(101)}", symbol = "rETH", decimals = 18 }}',
        "rETH and WETH are the same token",
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), MISTAKES, ids=lambda text: text[:40])
def test_a_mistake_is_one_line_that_names_its_key(old: str, new: str, expected: str) -> None:
    with pytest.raises(VaultConfigError) as caught:
        plan(changed(old, new))
    assert expected in str(caught.value)
    assert str(caught.value).startswith("vault.toml")
    assert "\n" not in str(caught.value)


def test_the_line_is_that_of_the_key() -> None:
    text = "a = 1\n[b]\n# c = 0\nc = 2\n[[b.d]]\ne = 3\n[b.'x/y']\nf = { g = 1 }\n"
    assert line_of(text, ["b", "c"]) == 4
    assert line_of(text, ["b", "d", "0", "e"]) == 6
    assert line_of(text, ["b", "x/y", "f", "g"]) == 8
    assert line_of(text, ["b", "missing"]) == 2
    assert line_of(text, ["z"]) is None


RATES = {"WETH": WAD, "wstETH": WAD * 12 // 10, "rETH": WAD * 11 // 10}


def test_the_bucket_must_carry_the_largest_full_cohort() -> None:
    # 1000 wstETH at 1.2 ETH, times 5 % slippage and 0.6 % and 2 % of deviation: 91.2 ETH.
    needed, of = plan(LOCAL).bucket_needed(RATES)
    assert (needed, of) == (91_200 * WAD // 1000, "wstETH")
    plan(changed('bucket = "100 ETH"', 'bucket = "91.2 ETH"')).check_bucket(RATES)
    short = plan(changed('bucket = "100 ETH"', 'bucket = "91.199999999999999999 ETH"'))
    with pytest.raises(VaultConfigError, match="cannot carry a full cohort of wstETH"):
        short.check_bucket(RATES)


def test_a_bucket_that_is_too_small_at_any_rate_is_refused_without_a_chain() -> None:
    # WETH's rate is 1 for certain: 1000 * (5 % + 2 %) = 70 ETH.
    with pytest.raises(VaultConfigError, match="may cost 70 ETH"):
        plan(changed('bucket = "100 ETH"', 'bucket = "69.9 ETH"'))


def test_units_of_six_decimals_count_in_whole_tokens() -> None:
    six = BOOK.model_copy(update={"tokens": {**BOOK.tokens, "rETH": token(103, "rETH", 6)}})
    made = plan(LOCAL, six)
    assert made.assets[2].cohort_cap == 1000 * 10**6
    assert made.bucket_needed(RATES) == plan(LOCAL).bucket_needed(RATES)


def test_a_policy_that_the_feeds_will_often_refuse_is_warned_of() -> None:
    warnings = plan(LOCAL).warnings()
    assert warnings[0].startswith("policies.conservative, rETH to WETH: max_slippage 1 % is below")
    assert not any("eager" in warning for warning in warnings)
    careless = changed('max_slippage = "3 %"', 'max_slippage = "0.5 %"')
    assert any(w.startswith("policies.standard, WETH to wstETH") for w in plan(careless).warnings())


def test_a_constant_rate_of_anything_but_weth_is_warned_of() -> None:
    text = changed(
        'rate = { feed = "rETH/ETH", heartbeat = "1 day", dev = "2 %", min = "0.5", max = "4" }',
        "rate = 1",
    )
    assert any(w.startswith("assets.rETH.rate is the constant 1") for w in plan(text).warnings())


def test_a_short_delay_is_warned_of() -> None:
    text = changed('min_delay = "2 days"', 'min_delay = "1 h"')
    assert any("roles.timelock.min_delay" in warning for warning in plan(text).warnings())


def test_everything_can_be_given_by_address() -> None:
    bare = AddressBook(source="the file itself", chain_id=5)
    text = (
        changed('network = "devnet"', "chain_id = 5")
        .replace('token = "USDC"', _table(104, "USDC", 6))
        .replace("[assets.WETH]", "[assets.WETH]\n" + _table(101, "WETH"))
        .replace("[assets.wstETH]\n", "[assets.wstETH]\n" + _table(102, "wstETH") + "\n")
        .replace("[assets.rETH]", "[assets.rETH]\n" + _table(103, "rETH"))
        .replace('target = "wstETH"', f'target = "{somebody(102)}"')
        .replace(
            "[adapters]\n",
            f'[dex]\nswap_router_02 = "{somebody(301)}"\n'
            f'uniswap_v2_router_02 = "{somebody(302)}"\n[adapters]\n',
        )
    )
    for name, address in BOOK.feeds.items():
        text = text.replace(f'feed = "{name}"', f'feed = "{address}"')
    given = plan(text, bare)
    named = plan(LOCAL).model_copy(update={"chain_id": 5, "dex": given.dex})
    assert given == named


def _table(number: int, symbol: str, decimals: int = 18) -> str:
    return (
        f'token = {{ address = "{somebody(number)}", symbol = "{symbol}", decimals = {decimals} }}'
    )


def test_an_exchange_without_a_router_says_where_to_give_one() -> None:
    book = BOOK.model_copy(update={"dex": DexRefs(swap_router_02=somebody(301))})
    with pytest.raises(VaultConfigError, match="uniswap_v2_router_02 under"):
        plan(LOCAL, book)


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_example_is_a_whole_vault(path: Path) -> None:
    text = path.read_text()
    if path.stem != "devnet":
        # Nobody can deploy an example under somebody else's roles by accident.
        with pytest.raises(VaultConfigError, match="still to be filled in"):
            parse_vault_config(text, path.name)
    while FILL_IN in text:
        text = text.replace(FILL_IN, somebody(text.count(FILL_IN)), 1)
    config = parse_vault_config(text, path.name)
    if config.network == "devnet":
        plan_vault(config, BOOK)
        return
    assert config.network is not None
    book = AddressBook.of_network(load_networks().get(config.network))
    made = plan_vault(config, book, path.name)
    # At most a warning about the policy that says so itself.
    assert not [w for w in made.warnings() if "constant 1" in w or "delay" in w]


def test_the_guides_file_is_a_whole_vault() -> None:
    guide = (CONFIGS.parents[1] / "docs/deploy.md").read_text()
    (text,) = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    book = AddressBook.of_network(load_networks().get("mainnet"))
    made = plan(text, book)
    # Its bucket carries what it says, at rates of years to come.
    made.check_bucket({"WETH": WAD, "wstETH": WAD * 14 // 10, "rETH": WAD * 13 // 10})


@pytest.mark.parametrize(
    ("parse", "text", "expected"),
    [
        (parse_duration, "90 min", 5400),
        (parse_duration, "1.5 h", 5400),
        (parse_duration, "0.1 s", None),
        (parse_duration, "5", None),
        (parse_duration, 5, None),
        (parse_duration, "-5 s", None),
        (parse_days, "31 days", 31),
        (parse_days, "744 h", 31),
        (parse_days, "25 h", None),
        (parse_share, "0.25 %", 25),
        (parse_share, "25 bps", 25),
        (parse_share, "0.255 %", None),
    ],
)
def test_quantities_are_exact_or_refused(parse: Any, text: object, expected: int | None) -> None:
    if expected is None:
        with pytest.raises(UnitsError):
            parse(text)
    else:
        assert parse(text) == expected


def test_a_token_amount_of_many_digits_is_exact() -> None:
    text = "123_456_789_012.123456789012345678 WETH"
    assert parse_token_amount(text, "WETH", 18) == 123456789012123456789012345678
