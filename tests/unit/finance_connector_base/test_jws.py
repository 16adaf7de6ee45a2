"""Signed tokens: what others verify, and what nobody is given (RFC 7515, 7518; B-40)."""

from __future__ import annotations

import base64
import json
from functools import cache
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.finance_connector_base.engine.errors import AuthNeededError
from odoo.addons.finance_connector_base.transports.jws import base64url, sign

KINDS = ("PS256", "RS256", "ES256", "ES384", "ES512")
CURVES: dict[str, tuple[ec.EllipticCurve, hashes.HashAlgorithm, int]] = {
    "ES256": (ec.SECP256R1(), hashes.SHA256(), 32),
    "ES384": (ec.SECP384R1(), hashes.SHA384(), 48),
    "ES512": (ec.SECP521R1(), hashes.SHA512(), 66),
}


@cache
def key(kind: str) -> Any:
    if kind in CURVES:
        return ec.generate_private_key(CURVES[kind][0])
    return rsa.generate_private_key(65537, 2048)


def pem(key: Any) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def verified(token: str, kind: str) -> dict[str, Any]:
    """The claims, if the signature is good."""
    head, claims, signature = token.split(".")
    assert json.loads(decoded(head))["alg"] == kind
    public, data, raw = key(kind).public_key(), f"{head}.{claims}".encode(), decoded(signature)
    if kind == "PS256":
        public.verify(raw, data, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    elif kind == "RS256":
        public.verify(raw, data, padding.PKCS1v15(), hashes.SHA256())
    else:
        _curve, digest, half = CURVES[kind]
        assert len(raw) == 2 * half
        pair = encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))
        public.verify(pair, data, ec.ECDSA(digest))
    found: dict[str, Any] = json.loads(decoded(claims))
    return found


def signed(kind: str, claims: dict[str, Any]) -> str:
    algorithm = kind if kind in ("PS256", "RS256") else "PS256"
    return sign(claims, pem(key(kind)), rsa_algorithm=algorithm, header={"kid": "k1"})


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25, deadline=None)
@given(claims=st.dictionaries(st.text(max_size=8), st.one_of(st.text(), st.integers(), st.booleans())))
def test_what_is_signed_verifies_and_nothing_else_does(kind: str, claims: dict[str, Any]) -> None:
    token = signed(kind, claims)
    assert verified(token, kind) == claims
    head, body, signature = token.split(".")
    other = base64url(json.dumps({**claims, "added": 1}).encode())
    with pytest.raises(InvalidSignature):
        verified(f"{head}.{other}.{signature}", kind)
    assert json.loads(decoded(head)) == {"alg": kind, "typ": "JWT", "kid": "k1"}
    assert not set("+/=\n") & set(token)


def test_the_header_of_the_caller_cannot_name_another_algorithm() -> None:
    token = sign({}, pem(key("ES256")), header={"alg": "none"})
    assert json.loads(decoded(token.split(".")[0]))["alg"] == "ES256"


@pytest.mark.parametrize(
    "bad",
    [
        "nonsense",
        "",
        pem(rsa.generate_private_key(65537, 1024)),
        pem(ec.generate_private_key(ec.SECP256K1())),
        pem(ed25519.Ed25519PrivateKey.generate()),
    ],
    ids=["nonsense", "empty", "short", "curve", "ed25519"],
)
def test_a_key_that_nobody_accepts_is_refused_with_what_to_do(bad: str) -> None:
    with pytest.raises(AuthNeededError) as caught:
        sign({}, bad)
    assert caught.value.reason == "secret_broken"
    with pytest.raises(ValueError, match="algorithm"):
        sign({}, pem(key("PS256")), rsa_algorithm="none")
