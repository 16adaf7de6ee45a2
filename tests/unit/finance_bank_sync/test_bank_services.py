"""Dialects of services in front of banks, signed requests, and what is never asked twice (B-02)."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.formats.model import Account, FormatError
from odoo.addons.finance_bank_sync.formats.report.gocardless import GoCardless
from odoo.addons.finance_bank_sync.formats.report.plaid import Plaid
from odoo.addons.finance_bank_sync.formats.report.ponto import Ponto
from odoo.addons.finance_bank_sync.formats.report.reader import Report, read
from odoo.addons.finance_bank_sync.protocols import http_signature
from odoo.addons.finance_bank_sync.protocols.plaid import PlaidClient
from odoo.addons.finance_connector_base.engine.errors import AuthNeededError
from odoo.addons.finance_connector_base.transports.http_endpoint import Answer

OWN = "DE02120300000000202051"
TODAY = date(2026, 3, 10)


def reading(dialect: Any, page: Any, balances: Any = None) -> Any:
    report = Report(
        dialect=dialect.code,
        account=Account(iban=OWN, currency="EUR"),
        since=date(2026, 3, 1),
        today=TODAY,
        pages=(json.dumps(page).encode(),),
        balances=(json.dumps(balances).encode(),) if balances else (),
    )
    return read(Report.from_bytes(report.to_bytes()), dialect)


# -- dialects ------------------------------------------------------------------------------


def test_gocardless_has_an_id_of_its_own_and_keeps_the_banks_reference() -> None:
    rows = [
        {"transactionAmount": {"amount": "1", "currency": "EUR"}, "bookingDate": "2026-03-09", **ids}
        for ids in (
            {"internalTransactionId": "i1", "transactionId": "t", "entryReference": "e1"},
            {"internalTransactionId": "i2", "transactionId": "t"},
            {"internalTransactionId": "i3"},
        )
    ]
    booked = reading(GoCardless(), {"transactions": {"booked": rows}}).booked
    assert [entry.account_servicer_reference for entry in booked] == ["e1", "t", "i3"]


def test_ponto_tells_transactions_pending_ones_and_balances() -> None:
    page = {
        "data": [
            {
                "type": "transaction",
                "id": "u1",
                "attributes": {
                    "amount": -12.5,
                    "currency": "EUR",
                    "executionDate": "2026-03-09T00:00:00.000Z",
                    "counterpartName": "Acme",
                    "counterpartReference": "BE68 5390 0754 7034",
                    "remittanceInformation": "RF18 5390 0754 7034",
                    "remittanceInformationType": "structured",
                    "bankTransactionCode": "PMNT-IRCT-ESCT",
                },
            },
            {"type": "pendingTransaction", "id": "u2", "attributes": {"amount": 3, "currency": "EUR"}},
        ]
    }
    told = {"data": {"type": "account", "attributes": {"currency": "EUR", "currentBalance": 1000.1}}}
    found = reading(Ponto(), page, told)
    [entry], [pending], [balance] = found.booked, found.so_far, found.balances
    [detail] = entry.details
    assert (entry.money.amount, entry.booking_date) == (Decimal("-12.5"), date(2026, 3, 9))
    assert detail.counterparty.iban == "BE68539007547034" and detail.structured_references == ("RF18539007547034",)
    assert (entry.account_servicer_reference, pending.status) == ("u1", "PDNG")
    assert (balance.code, balance.money.amount) == ("ITBD", Decimal("1000.1"))


def test_plaid_counts_what_goes_out_as_positive() -> None:
    row = {"transaction_id": "x", "amount": 12.5, "iso_currency_code": "USD", "date": "2026-03-09", "name": "Coffee"}
    account = {"type": "credit", "balances": {"current": 40, "available": None, "iso_currency_code": "USD"}}
    found = reading(Plaid(), {"added": [row, {**row, "transaction_id": "y", "amount": -1}]}, {"accounts": [account]})
    assert [entry.money.amount for entry in found.booked] == [Decimal("-12.5"), Decimal(1)]
    assert [balance.money.amount for balance in found.balances] == [Decimal(-40)], "what is owed on a card"


@pytest.mark.parametrize(
    ("dialect", "page"),
    [
        (Ponto(), {}),
        (Ponto(), {"data": [{"type": "account", "id": "1"}]}),
        (Ponto(), {"data": [{"type": "transaction", "id": "1", "attributes": {}}]}),
        (Plaid(), {}),
        (Plaid(), {"added": [{"amount": 1}]}),
        (Plaid(), {"added": [{"transaction_id": "1", "amount": 1}]}),
        (Plaid(), {"added": {"transaction_id": 1, "amount": "x", "iso_currency_code": "USD"}}),
    ],
)
def test_what_is_of_another_kind_is_refused(dialect: Any, page: Any) -> None:
    with pytest.raises(FormatError) as caught:
        reading(dialect, page)
    assert "page 1" in caught.value.place


def test_what_is_older_than_the_first_day_is_no_whole_day() -> None:
    row = {"transaction_id": "x", "amount": 1, "iso_currency_code": "USD", "date": "2026-02-27"}
    assert reading(Plaid(), {"added": [row]}).booked == ()


# -- signed requests -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def test_nextgenpsd2_signs_digest_and_named_headers(key: rsa.RSAPrivateKey) -> None:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "QTSP")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(0xABC)
        .not_valid_before(datetime(2020, 1, 1))
        .not_valid_after(datetime(2040, 1, 1))
        .sign(key, hashes.SHA256())
    )
    made = http_signature.berlin_group(
        {"x-request-id": "r1", "psu-id": "p1"},
        b"{}",
        certificate=certificate.public_bytes(serialization.Encoding.PEM).decode(),
        private_key=pem(key),
        names=("x-request-id", "psu-id", "date"),
    )
    digest = "SHA-256=" + base64.b64encode(hashlib.sha256(b"{}").digest()).decode()
    assert made["Digest"] == digest
    assert (
        'keyId="SN=abc,CA=CN=QTSP"' in made["Signature"] and 'headers="digest x-request-id psu-id"' in made["Signature"]
    )
    signature = base64.b64decode(made["Signature"].rpartition('signature="')[2].rstrip('"'))
    text = f"digest: {digest}\nx-request-id: r1\npsu-id: p1".encode()
    key.public_key().verify(signature, text, padding.PKCS1v15(), hashes.SHA256())


def test_a_key_that_nobody_accepts_is_for_a_person() -> None:
    with pytest.raises(AuthNeededError):
        http_signature.sign(b"", "no key")


# -- changes behind a cursor ---------------------------------------------------------------


class Feed:
    """A log of changes told in pages; the data change before some of the calls."""

    def __init__(self, changes: list[tuple[str, str]], size: int, mutations: set[int]) -> None:
        self.changes, self.size, self.mutations = changes, size, mutations
        self.calls = 0

    def request(self, method: str, path: str = "", **options: Any) -> Answer:
        self.calls += 1
        start = int(options["json"].get("cursor") or 0)
        if start and self.calls in self.mutations:
            body: dict[str, Any] = {"error_code": "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION"}
            return self.answer(400, body)
        page = self.changes[start : start + self.size]
        body = {"added": [], "modified": [], "removed": [], "accounts": []}
        # of several changes of one transaction in a page the last one is told
        for identity, kind in {identity: kind for kind, identity in page}.items():
            body[kind].append({"transaction_id": identity, "amount": 1})
        end = start + len(page)
        return self.answer(200, {**body, "next_cursor": str(end), "has_more": end < len(self.changes)})

    def answer(self, status: int, body: dict[str, Any]) -> Answer:
        return Answer(
            status=status,
            headers={"content-type": "application/json"},
            body=json.dumps(body).encode(),
            url="https://plaid.example/transactions/sync",
            seconds=0.0,
            may_repeat=True,
        )


KINDS = st.sampled_from(["added", "modified", "removed"])


@given(
    st.lists(st.tuples(KINDS, st.sampled_from("abcdef")), max_size=15),
    st.integers(1, 5),
    st.sets(st.integers(2, 6), max_size=2),
)
def test_fault_49_what_is_left_is_what_was_told_last(
    changes: list[tuple[str, str]], size: int, mutations: set[int]
) -> None:
    """However the pages are cut, and although the data change between them up to two times."""
    feed = Feed(changes, size, mutations)
    found = PlaidClient(feed, client_id="c", secret="s", access_token="a").changes("account", "")
    last = {identity: kind for kind, identity in changes}
    assert set(found.changed) == {identity for identity, kind in last.items() if kind != "removed"}
    assert found.removed == {identity for identity, kind in last.items() if kind == "removed"}
    assert found.cursor == str(len(changes))
