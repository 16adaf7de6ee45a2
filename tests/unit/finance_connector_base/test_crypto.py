from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_connector_base.safe import crypto, keys

KEY = bytes(range(32))
OTHER = bytes(32)
RING = crypto.KeyRing(KEY)
TEXT = st.text(st.characters(codec="utf-8"))


def in_base64(key: bytes) -> str:
    return base64.b64encode(key).decode()


@given(TEXT, TEXT)
def test_what_is_sealed_opens_in_its_place(value: str, place: str) -> None:
    assert crypto.unseal(RING, crypto.seal(RING, value, place), place) == value


@given(TEXT, TEXT)
def test_attack_35_and_nowhere_else(place: str, other: str) -> None:
    sealed = crypto.seal(RING, "value", place)
    wrapped = crypto.new_key(RING, place)[1]
    if place != other:
        with pytest.raises(crypto.SealBroken):
            crypto.unseal(RING, sealed, other)
        with pytest.raises(crypto.SealBroken):
            crypto.open_key(RING, wrapped, other)
        with pytest.raises(crypto.SealBroken):
            crypto.rewrap(RING, sealed, other)


def test_the_same_value_never_looks_the_same() -> None:
    assert len({crypto.seal(RING, "value", "place") for _round in range(50)}) == 50


def test_fault_62_another_key_is_locked_not_broken() -> None:
    sealed = crypto.seal(RING, "value", "place")
    for act in (crypto.unseal, crypto.rewrap):
        with pytest.raises(crypto.KeyMissing):
            act(crypto.KeyRing(OTHER), sealed, "place")


@given(st.sampled_from([2, 3]), st.integers(0, 200), st.integers(1, 255))
def test_attack_36_any_changed_byte_is_noticed(part: int, position: int, change: int) -> None:
    parts = crypto.seal(RING, "value", "place").split(":")
    raw = bytearray(base64.b64decode(parts[part]))
    raw[position % len(raw)] ^= change
    parts[part] = in_base64(bytes(raw))
    with pytest.raises(crypto.SealBroken):
        crypto.unseal(RING, ":".join(parts), "place")


@pytest.mark.parametrize(
    "text",
    ["", "plain", "v2", "v2:", "v0:x:y:z", "v1:x:y", f"v2:{crypto.key_id(KEY)}:", f"v2:{crypto.key_id(KEY)}:!!:!!"],
)
def test_attack_36_no_downgrade(text: str) -> None:
    for act in (crypto.unseal, crypto.open_key, crypto.rewrap):
        with pytest.raises((crypto.SealBroken, crypto.KeyMissing)):
            act(RING, text, "place")


def test_attack_36_parts_of_two_values_do_not_make_a_third() -> None:
    one, two = (crypto.seal(RING, value, "place").split(":") for value in ("one", "two"))
    with pytest.raises(crypto.SealBroken):
        crypto.unseal(RING, ":".join([*one[:3], two[3]]), "place")


def test_a_data_key_is_no_value_and_a_value_no_data_key() -> None:
    with pytest.raises(crypto.SealBroken):
        crypto.unseal(RING, crypto.new_key(RING, "place")[1], "place")
    with pytest.raises(crypto.SealBroken):
        crypto.open_key(RING, crypto.seal(RING, "value", "place"), "place")


# -- rotation (B-42) -----------------------------------------------------------------------


@given(TEXT)
def test_both_keys_open_while_a_rotation_is_under_way(value: str) -> None:
    old = crypto.seal(RING, value, "place")
    both = crypto.KeyRing(OTHER, (KEY,))
    new = crypto.seal(both, value, "place")
    assert crypto.unseal(both, old, "place") == crypto.unseal(both, new, "place") == value
    # a server that has not heard of it yet, but has the new key as its spare one
    assert crypto.unseal(crypto.KeyRing(KEY, (OTHER,)), new, "place") == value


def test_wrapping_again_leaves_the_value_alone_and_makes_the_old_key_useless() -> None:
    old = crypto.seal(RING, "value", "place")
    new = crypto.rewrap(crypto.KeyRing(OTHER, (KEY,)), old, "place")
    assert new.split(":")[3] == old.split(":")[3]
    assert crypto.identifier_of(new) == crypto.key_id(OTHER)
    assert crypto.unseal(crypto.KeyRing(OTHER), new, "place") == "value"
    with pytest.raises(crypto.KeyMissing):
        crypto.unseal(RING, new, "place")


# -- pieces of a stream (B-43) -------------------------------------------------------------


@given(st.binary(max_size=500), st.integers(0, 10))
def test_a_piece_opens_at_its_place_in_its_stream(data: bytes, number: int) -> None:
    key, wrapped = crypto.new_key(RING, "payload")
    sealed = crypto.seal_piece(key, number, data, "payload/1")
    assert crypto.open_piece(crypto.open_key(RING, wrapped, "payload"), number, sealed, "payload/1") == data
    for opens in (
        lambda: crypto.open_piece(key, number + 1, sealed, "payload/1"),
        lambda: crypto.open_piece(key, number, sealed, "payload/2"),
        lambda: crypto.open_piece(OTHER, number, sealed, "payload/1"),
        lambda: crypto.open_piece(key, number, sealed[:-1], "payload/1"),
        lambda: crypto.open_piece(key, number, b"", "payload/1"),
    ):
        with pytest.raises(crypto.SealBroken):
            opens()


# -- where the keys come from --------------------------------------------------------------


def test_where_the_key_comes_from(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{in_base64(KEY)}\n{in_base64(OTHER)}\n")
    assert keys.load_ring({crypto.KEY_VARIABLE: in_base64(KEY)}) == RING
    assert keys.load_ring({crypto.KEY_FILE_VARIABLE: str(file)}) == crypto.KeyRing(KEY, (OTHER,))
    both = {crypto.KEY_VARIABLE: in_base64(OTHER), keys.PREVIOUS_VARIABLE: in_base64(KEY)}
    assert keys.load_ring(both) == crypto.KeyRing(OTHER, (KEY,))


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {crypto.KEY_VARIABLE: " "},
        {crypto.KEY_VARIABLE: "not base64!"},
        {crypto.KEY_VARIABLE: in_base64(b"short")},
        {crypto.KEY_VARIABLE: in_base64(KEY), keys.PREVIOUS_VARIABLE: "broken"},
        {crypto.KEY_FILE_VARIABLE: "no/such/file"},
    ],
)
def test_fault_62_a_missing_key_is_said(variables: dict[str, str]) -> None:
    with pytest.raises(crypto.KeyMissing) as caught:
        keys.load_ring(variables)
    for given_key in (in_base64(KEY), in_base64(b"short"), "not base64!", "broken"):
        assert given_key not in str(caught.value)


def test_an_empty_file_is_a_missing_key(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("\n")
    with pytest.raises(crypto.KeyMissing):
        keys.load_ring({crypto.KEY_FILE_VARIABLE: str(file)})


def test_the_name_of_a_key_says_nothing_about_it() -> None:
    assert crypto.key_id(KEY) != crypto.key_id(OTHER)
    assert len(crypto.key_id(KEY)) == 12
