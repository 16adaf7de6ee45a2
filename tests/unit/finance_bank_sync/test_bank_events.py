"""What follows from events of services in front of banks, and their published keys (B-02, B-18)."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.protocols import events, webhook_keys
from odoo.addons.finance_connector_base.engine.errors import MalformedError


def ponto(kind: str, account: str = "") -> bytes:
    data: dict[str, Any] = {"type": f"pontoConnect.{kind}", "id": "e1"}
    if account:
        data["relationships"] = {"account": {"data": {"id": account, "type": "account"}}}
    return json.dumps({"data": data}).encode()


def plaid(kind: str, error: str = "") -> bytes:
    name, code = kind.split(".")
    return json.dumps({"webhook_type": name, "webhook_code": code, "error": {"error_code": error}}).encode()


@pytest.mark.parametrize(
    ("read", "body", "what", "account"),
    [
        (events.ponto, ponto("account.transactionsCreated", "a1"), events.ASK, "a1"),
        (events.ponto, ponto("account.pendingTransactionsUpdated", "a1"), events.ASK, "a1"),
        (events.ponto, ponto("account.reauthorized", "a1"), events.LOGGED_IN, "a1"),
        (events.ponto, ponto("integration.revoked"), events.LOG_IN, ""),
        (events.ponto, ponto("integration.accountRevoked", "a1"), events.LOG_IN, "a1"),
        (events.ponto, ponto("paymentRequest.closed"), events.NOTHING, ""),
        (events.plaid, plaid("TRANSACTIONS.SYNC_UPDATES_AVAILABLE"), events.ASK, ""),
        (events.plaid, plaid("ITEM.ERROR", "ITEM_LOGIN_REQUIRED"), events.LOG_IN, ""),
        (events.plaid, plaid("ITEM.ERROR", "INSTITUTION_DOWN"), events.NOTHING, ""),
        (events.plaid, plaid("ITEM.PENDING_EXPIRATION"), events.LOG_IN, ""),
        (events.plaid, plaid("ITEM.LOGIN_REPAIRED"), events.LOGGED_IN, ""),
        (events.plaid, plaid("TRANSFER.EVENTS_UPDATE"), events.NOTHING, ""),
    ],
)
def test_what_follows_from_an_event(read: Any, body: bytes, what: str, account: str) -> None:
    event = read(body)
    assert (event.what, event.account) == (what, account)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["data", "type", "relationships", "account", "id", "error", "webhook_type"]),
            inner,
            max_size=4,
        )
    ),
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(document=JSON, junk=st.binary(max_size=20))
def test_what_cannot_be_read_has_no_consequence(document: Any, junk: bytes) -> None:
    for read in events.READERS.values():
        for body in (json.dumps(document).encode(), junk):
            assert read(body).what == events.NOTHING


def number(value: int) -> str:
    return base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8, "big")).decode().rstrip("=")


def pem(key: Any) -> str:
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return str(key.public_key().public_bytes(encoding, form).decode())


def test_published_keys() -> None:
    curve, long = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)
    of_curve, of_rsa = curve.public_key().public_numbers(), long.public_key().public_numbers()
    first = {"kid": "1", "kty": "EC", "crv": "P-256", "x": number(of_curve.x), "y": number(of_curve.y), "use": "sig"}
    second = {"kid": "2", "kty": "RSA", "n": number(of_rsa.n), "e": number(of_rsa.e), "alg": "RS512"}
    keys = {"keys": [first, second]}
    assert webhook_keys.pick(keys, "1", "ES256") == pem(curve)
    assert webhook_keys.pick(keys, "2", "RS512") == pem(long)
    assert webhook_keys.pick(keys, "3", "RS512") is None
    assert webhook_keys.pick(keys, "1", "RS512") is None, "of another kind"
    assert webhook_keys.pem_of({**first, "expired_at": 1700000000}, "ES256") is None
    assert webhook_keys.pem_of({**first, "use": "enc"}, "ES256") is None
    for wrong in ({**first, "x": "!"}, {**first, "x": None}, {**first, "y": number(of_curve.y ^ 1)}):
        with pytest.raises(MalformedError):
            webhook_keys.pem_of(wrong, "ES256")
    with pytest.raises(MalformedError):
        webhook_keys.pick([], "1", "ES256")
