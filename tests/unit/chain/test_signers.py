"""Keys from files: what works, and errors that never show a key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from eth_account import Account

from vaultsdk.chain.node import Node
from vaultsdk.chain.signers import LocalSigner, SignerError

KEY = "11" * 32
ADDRESS = Account.from_key(KEY).address
NODE = Node.at("http://127.0.0.1:1")  # never asked


def write(folder: Path, text: str) -> Path:
    path = folder / "key"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("text", [KEY, f"0x{KEY}", f"  0x{KEY}\n"])
def test_a_key_file(tmp_path: Path, text: str) -> None:
    signer = LocalSigner.from_key_file(write(tmp_path, text))
    assert signer.address == ADDRESS
    assert KEY not in repr(signer)


@pytest.mark.parametrize("text", ["", "0x12", KEY[:-1], "z" * 64, KEY * 2])
def test_a_bad_key_file_is_told_without_its_content(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(SignerError, match="holds no private key") as caught:
        LocalSigner.from_key_file(path)
    assert str(path) in str(caught.value)
    assert len(text) < 3 or text not in str(caught.value)


def test_a_missing_key_file(tmp_path: Path) -> None:
    with pytest.raises(SignerError, match="no key file at"):
        LocalSigner.from_key_file(tmp_path / "none")
    with pytest.raises(SignerError, match="no keystore at"):
        LocalSigner.from_keystore(tmp_path / "none", "")


def test_a_keystore(tmp_path: Path) -> None:
    # One round of the key derivation: the real count takes seconds.
    sealed = json.dumps(Account.encrypt(KEY, "secret", kdf="pbkdf2", iterations=1))
    path = write(tmp_path, sealed)
    assert LocalSigner.from_keystore(path, "secret").address == ADDRESS
    with pytest.raises(SignerError, match="password does not open"):
        LocalSigner.from_keystore(path, "wrong")
    with pytest.raises(SignerError, match="--keystore"):
        LocalSigner.from_key_file(path)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"version": 3}', '{"crypto": 1, "version": 3}'])
def test_what_is_no_keystore(tmp_path: Path, text: str) -> None:
    with pytest.raises(SignerError, match="is not an encrypted keystore"):
        LocalSigner.from_keystore(write(tmp_path, text), "")


def test_a_transaction_is_signed_for_its_sender() -> None:
    raw = LocalSigner.from_key(KEY).sign_transaction(
        NODE,
        {
            "type": 2,
            "chainId": 1,
            "nonce": 0,
            "to": ADDRESS,
            "data": "0x",
            "value": 0,
            "gas": 21_000,
            "maxFeePerGas": 2,
            "maxPriorityFeePerGas": 1,
        },
    )
    assert Account.recover_transaction(raw) == ADDRESS
