from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_connector_base.safe import crypto

KEY = bytes(range(32))
OTHER = bytes(32)
TEXT = st.text(st.characters(codec="utf-8"))


@given(TEXT, TEXT)
def test_what_is_sealed_opens_in_its_place(value: str, place: str) -> None:
    assert crypto.unseal(KEY, crypto.seal(KEY, value, place), place) == value


@given(TEXT, TEXT)
def test_attack_35_and_nowhere_else(place: str, other: str) -> None:
    sealed = crypto.seal(KEY, "value", place)
    if place != other:
        with pytest.raises(crypto.SealBroken):
            crypto.unseal(KEY, sealed, other)


def test_the_same_value_never_looks_the_same() -> None:
    assert len({crypto.seal(KEY, "value", "place") for _round in range(50)}) == 50


def test_fault_62_another_key_is_locked_not_broken() -> None:
    with pytest.raises(crypto.KeyMissing):
        crypto.unseal(OTHER, crypto.seal(KEY, "value", "place"), "place")


@given(st.integers(0, 200), st.integers(1, 255))
def test_attack_36_any_changed_byte_is_noticed(position: int, change: int) -> None:
    version, key_id, body = crypto.seal(KEY, "value", "place").split(":")
    raw = bytearray(base64.b64decode(body))
    raw[position % len(raw)] ^= change
    with pytest.raises(crypto.SealBroken):
        crypto.unseal(KEY, f"{version}:{key_id}:{base64.b64encode(raw).decode()}", "place")


@pytest.mark.parametrize(
    "text", ["", "plain", "v1", "v1:", "v0:x:y", f"v1:{crypto.key_id(KEY)}:", f"v1:{crypto.key_id(KEY)}:!!"]
)
def test_attack_36_no_downgrade(text: str) -> None:
    with pytest.raises((crypto.SealBroken, crypto.KeyMissing)):
        crypto.unseal(KEY, text, "place")


def test_where_the_key_comes_from(tmp_path: Path) -> None:
    text = base64.b64encode(KEY).decode()
    file = tmp_path / "key"
    file.write_text(f"{text}\n")
    assert crypto.load_key({crypto.KEY_VARIABLE: text}) == KEY
    assert crypto.load_key({crypto.KEY_FILE_VARIABLE: str(file)}) == KEY


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {crypto.KEY_VARIABLE: " "},
        {crypto.KEY_VARIABLE: "not base64!"},
        {crypto.KEY_VARIABLE: base64.b64encode(b"short").decode()},
        {crypto.KEY_FILE_VARIABLE: "no/such/file"},
    ],
)
def test_fault_62_a_missing_key_is_said(variables: dict[str, str]) -> None:
    with pytest.raises(crypto.KeyMissing):
        crypto.load_key(variables)


def test_the_name_of_a_key_says_nothing_about_it() -> None:
    assert crypto.key_id(KEY) != crypto.key_id(OTHER)
    assert len(crypto.key_id(KEY)) == 12
