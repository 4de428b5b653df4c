"""Addresses, decisions, tax views, and decoding of events: small things everything leans on."""

from __future__ import annotations

import pytest
from eth_utils.address import to_checksum_address
from hypothesis import given
from pydantic import ValidationError

from tests.unit.core.strategies import bits
from vaultsdk.core.cohort import CohortKey
from vaultsdk.core.decision import Reason, Refusal
from vaultsdk.core.errors import AddressError, LedgerError
from vaultsdk.core.events import EVENTS, Withdrawn, event_of
from vaultsdk.core.lot import Lot, LotFlags
from vaultsdk.core.model import address_to_int, checksum, int_to_address
from vaultsdk.core.roll import Realisation
from vaultsdk.core.tax_view import FlatRate, TaxView

KEY = CohortKey(asset=0, policy=1, band=0, day=1, seq=0)
PLACE = {"block_number": 1, "timestamp": 2, "tx_hash": "0x3", "log_index": 4}


@given(bits(160))
def test_checksums_are_eip_55(number: int) -> None:
    address = int_to_address(number)
    assert address == to_checksum_address(number.to_bytes(20, "big"))
    assert address_to_int(address) == number
    assert checksum(address.lower()) == address
    assert checksum("0x" + address[2:].upper()) == address


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "40 hex digits"),
        ("0x12", "40 hex digits"),
        ("0x" + "g" * 40, "other than hex"),
        ("0x" + "-" + "1" * 39, "other than hex"),
        ("0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "checksum"),
    ],
)
def test_what_is_no_address_is_refused(text: str, why: str) -> None:
    with pytest.raises(AddressError, match=why):
        checksum(text)


def test_numbers_beyond_160_bits_are_no_address() -> None:
    with pytest.raises(AddressError, match="160 bits"):
        int_to_address(1 << 160)


def test_models_cannot_be_changed_or_hold_unknown_fields() -> None:
    with pytest.raises(ValidationError):
        KEY.asset = 3  # type: ignore[misc]
    with pytest.raises(ValidationError):
        CohortKey(asset=0, policy=0, band=0, day=0, seq=0, more=1)  # type: ignore[call-arg]
    assert len({KEY, CohortKey.unpack(KEY.pack())}) == 1


def test_events_are_built_by_name() -> None:
    who = int_to_address(5)
    args = {"owner": who.lower(), "asset": 1, "to": who, "units": 9}
    event = event_of("Withdrawn", args, **PLACE)
    assert isinstance(event, Withdrawn)
    assert (event.NAME, event.owner, event.position) == ("Withdrawn", who, (1, 4))
    with pytest.raises(LedgerError, match="no event of the vault"):
        event_of("Transfer", args, **PLACE)
    assert len(EVENTS) == 22


def test_a_refusal_explains_itself() -> None:
    refusal = Refusal(reason=Reason.LOSS_TOO_SMALL, cohort=KEY, evidence={"price_high": 7})
    assert refusal.explain() == "0:1:0:1:0: loss too small (price_high 7)"
    assert Refusal(reason=Reason.PAUSED).explain() == "paused"


def realisation(basis: int, proceeds: int) -> Realisation:
    return Realisation(
        harvest=1,
        time=9,
        from_key=KEY,
        to_key=KEY,
        units_sold=1,
        basis_sold=basis,
        acquired_at=3,
        declared=False,
        units_received=1,
        proceeds=proceeds,
        price=1,
        total_sold=1,
        total_proceeds=1,
    )


def test_the_flat_rate_view_nets_and_rounds_against_the_depositor() -> None:
    view: TaxView = FlatRate(3000)
    outcome = view.simulate("0x", [realisation(110, 0), realisation(0, 9)])
    assert (outcome.tax, outcome.allowed_loss) == (-30, 101)  # 30.3 saved, 30 counted
    assert view.simulate("0x", [realisation(0, 101)]).tax == 31


def test_flags_know_what_is_declared() -> None:
    lot = Lot(key=KEY, acquired_at=1, flags=LotFlags.DECLARED, units=2, basis=3)
    assert lot.declared
    assert (lot.asset, lot.policy) == (0, 1)
    assert lot.unit_basis(1) == 15
