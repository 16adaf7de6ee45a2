"""Content sealed under a shared data key (B-43, attack 35)."""

from __future__ import annotations

import base64
import os

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_connector_base.safe import content
from odoo.addons.finance_connector_base.safe.crypto import SealBroken

CIPHER = AESGCM(bytes(range(32)))


@given(text=st.text() | st.text(min_size=1).map(lambda text: text * 600), number=st.integers(1, 2**31 - 1))
def test_content_comes_back(text: str, number: int) -> None:
    sealed = content.seal(CIPHER, number, text, "place")
    assert content.number_of(sealed) == number
    assert content.unseal(CIPHER, sealed, "place") == text
    assert len(text) < 8 or text not in sealed


def _bytes(sealed: str) -> bytes | None:
    try:
        return base64.b64decode(sealed.rpartition(":")[2], validate=True)
    except ValueError:
        return None


@given(position=st.integers(0, 10_000), character=st.sampled_from("Aa0+/:=c"))
def test_one_other_character_and_it_does_not_open(position: int, character: str) -> None:
    sealed = content.seal(CIPHER, 7, "content" * 3, "place")
    position %= len(sealed)
    changed = sealed[:position] + character + sealed[position + 1 :]
    # the last character of base64 has bits that mean nothing: another one there may be the same ciphertext
    if changed != sealed and not (position >= len(sealed) - 3 and _bytes(changed) == _bytes(sealed)):
        with pytest.raises(SealBroken):
            content.unseal(CIPHER, changed, "place")


def test_elsewhere_or_by_another_key_it_does_not_open() -> None:
    sealed = content.seal(CIPHER, 7, "content", "place")
    for cipher, place, text in (
        (CIPHER, "another place", sealed),
        (AESGCM(os.urandom(32)), "place", sealed),
        (CIPHER, "place", sealed.replace("c1:7:", "c1:8:")),
        (CIPHER, "place", sealed.replace("c1:", "c2:")),
    ):
        with pytest.raises(SealBroken):
            content.unseal(cipher, text, place)


def test_the_same_content_never_looks_the_same() -> None:
    assert len({content.seal(CIPHER, 7, "content", "place") for _ in range(100)}) == 100


def test_an_opened_key_is_remembered_while_its_master_key_is_there_and_not_for_long() -> None:
    ciphers = content.Ciphers(limit=2, seconds=60)
    cipher = ciphers.put("a", "master", bytes(32))
    assert ciphers.get("a", ["master", "other"]) is cipher
    assert ciphers.get("a", ["other"]) is None
    ciphers.put("b", "master", bytes(32))
    ciphers.get("a", ["master"])
    ciphers.put("c", "master", bytes(32))
    assert ciphers.get("b", ["master"]) is None, "the one not used for longest went"
    assert ciphers.get("a", ["master"]) is cipher
    assert content.Ciphers(seconds=-1).put("a", "m", bytes(32)) and content.Ciphers().get("a", ["m"]) is None
