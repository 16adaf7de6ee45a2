"""Payment initiation over NextGenPSD2 with a bank that was written apart (K-07, K-11, faults 5, 33, 38)."""

from __future__ import annotations

import dataclasses
import json
from decimal import Decimal
from typing import Any

import payment_values as pv
import pytest
from hypothesis import given

from odoo.addons.finance_bank_sync.formats.model import FormatError
from odoo.addons.finance_bank_sync.payments import initiation
from odoo.addons.finance_bank_sync.payments.fields import texts_of
from odoo.addons.finance_bank_sync.payments.model import Account, Address, Agent, Code, Group, Money, Party, Structured
from odoo.addons.finance_bank_sync.payments.progress import of_status, standing
from odoo.addons.finance_bank_sync.payments.writer import render
from odoo.addons.finance_bank_sync.payments.xml_text import CannotWrite

from sandbox.berlingroup.system import Bank
from sandbox.http.messages import Request

RICH = pv.payment(
    instruction_id="I-1",
    amount=Money(amount=Decimal("7"), currency="EUR"),
    counterparty=Party(
        name="Vendor",
        address=Address(street="Musterstr.", building="1", postcode="10115", town="Berlin", country="DE"),
    ),
    agent=Agent(bic="COBADEFFXXX"),
    ultimate_debtor=Party(name="Daughter"),
    purpose=Code(value="SUPP"),
    remittance=(),
    structured=(Structured(reference_type=Code(value="SCOR"), reference="RF18539007547034"),),
)


def ask(bank: Bank, path: str, body: bytes, method: str = "POST", key: str = "KEY") -> tuple[int, bytes]:
    headers = {"x-request-id": key, "psu-ip-address": "10.0.0.1", "host": "bank", "tpp-redirect-uri": "http://us"}
    answer = bank.answer(Request(method, f"/psd2/v1/{path}", {}, headers, body))
    return answer.status, answer.body


@pytest.mark.parametrize("kind", ["single", "bulk", "file"])
def test_a_payment_goes_all_the_way(kind: str) -> None:
    bank = Bank()
    bank.configure({"today": "2026-12-01"})
    group = pv.group(RICH, charges="SLEV")
    path, body = {
        "single": ("payments/sepa-credit-transfers", initiation.to_bytes(initiation.single(group, RICH))),
        "bulk": ("bulk-payments/sepa-credit-transfers", initiation.to_bytes(initiation.bulk(group))),
        "file": ("payments/pain.001-sepa-credit-transfers", render(pv.batch(group), "pain.001.001.09")),
    }[kind]
    status, data = ask(bank, path, body)
    assert status == 201, data
    begun = initiation.read_initiation(data)
    # an answer that was lost: the same request is the same payment
    assert initiation.read_initiation(ask(bank, path, body)[1]) == begun
    assert begun.links["scaRedirect"].endswith(begun.id)
    facts = [of_status(initiation.read_status(ask(bank, f"{path}/{begun.id}/status", b"", "GET", "S")[1]))]
    assert standing(facts).state == "received"
    bank.answer(Request("GET", f"/sca/{begun.id}", {}, {"host": "bank"}, b""))
    for number in range(3):
        answer = ask(bank, f"{path}/{begun.id}/status", b"", "GET", f"S{number}")[1]
        facts.append(of_status(initiation.read_status(answer)))
    assert standing(facts).state == "confirmed"
    assert bank.payments.bank.executions.counts() == {"E2E-1": 1}
    [executed] = bank.payments.bank.executions.all()
    assert (executed["amount"], executed["account"], executed["name"]) == ("7.00", pv.IBANS[0], "Vendor")


def test_the_body_says_everything_and_always_in_the_same_bytes() -> None:
    group = pv.group(RICH, charges="SLEV", batch_booking=True)
    body = initiation.single(group, RICH)
    assert body == {
        "debtorAccount": {"iban": pv.IBANS[1]},
        "requestedExecutionDate": "2026-12-01",
        "endToEndIdentification": "E2E-1",
        "instructionIdentification": "I-1",
        "instructedAmount": {"currency": "EUR", "amount": "7.00"},
        "creditorAccount": {"iban": pv.IBANS[0]},
        "creditorName": "Vendor",
        "creditorAddress": {
            "streetName": "Musterstr.",
            "buildingNumber": "1",
            "townName": "Berlin",
            "postCode": "10115",
            "country": "DE",
        },
        "creditorAgent": "COBADEFFXXX",
        "ultimateDebtor": "Daughter",
        "chargeBearer": "SLEV",
        "purposeCode": "SUPP",
        "remittanceInformationStructured": {"reference": "RF18539007547034", "referenceType": "SCOR"},
    }
    assert initiation.to_bytes(body) == initiation.to_bytes(initiation.single(group, RICH))
    assert initiation.bulk(group)["batchBookingPreferred"] is True


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"uetr": pv.UETR}, "uetr"),
        ({"mandate": pv.MANDATE}, "mandate"),
        ({"remittance": ("a", "b")}, "remittance"),
        ({"structured": (Structured(document_number="1"),)}, "structured"),
        ({"counterparty": Party(name="A", lei=pv.LEI)}, "counterparty"),
        ({"counterparty": Party(name="A", address=Address(lines=("a",), country="DE"))}, "counterparty.address"),
        ({"agent": Agent(clearing_system="USABA", clearing_member="1")}, "agent"),
        ({"purpose": Code(value="own", is_proprietary=True)}, "purpose"),
        ({"ultimate_creditor": Party(name="A", bic="DEUTDEFF")}, "ultimate_creditor"),
    ],
)
def test_what_the_interface_cannot_tell_is_an_error(change: dict[str, Any], field: str) -> None:
    payment = dataclasses.replace(pv.payment(), **change)
    assert initiation.unsayable(payment) == (field,)
    with pytest.raises(CannotWrite, match=field):
        initiation.single(pv.group(payment), payment)


def _values(node: Any) -> set[str]:
    if isinstance(node, dict):
        return {text for value in node.values() for text in _values(value)}
    return {str(node)}


@pv.relaxed
@given(pv.payments("transfer"))
def test_no_text_is_left_out(payment: Any) -> None:
    """Whatever is filled is in the body, or the payment is refused."""
    try:
        body = initiation.single(pv.group(payment), payment)
    except CannotWrite:
        return
    told = _values(body)
    for text in texts_of(payment):
        assert not text.value or text.value in told, text


@pytest.mark.parametrize(
    "data",
    [
        b"<html>",
        b"{}",
        b'{"paymentId": "", "transactionStatus": "RCVD"}',
        b'{"paymentId": 1, "transactionStatus": "RCVD"}',
        b'{"paymentId": "P"}',
        b"[]",
    ],
)
def test_an_answer_that_is_none_is_never_a_success(data: bytes) -> None:
    """Fault 33: 200 with a login page, or without what matters."""
    with pytest.raises(FormatError):
        initiation.read_initiation(data)
    with pytest.raises(FormatError):
        initiation.read_status(data if b"RCVD" not in data else b'{"transactionStatus": "DONE"}')


def test_links_and_words_of_odd_answers() -> None:
    answer = {
        "paymentId": "P",
        "transactionStatus": "RCVD",
        "_links": {
            "scaRedirect": {"href": "https://bank/sca"},
            "status": "x",
            "self": {"href": 1},
            "evil": {"href": "y"},
        },
        "psuMessage": "Please",
        "tppMessages": [{"text": "soon"}, "odd", {"text": 1}],
    }
    found = initiation.read_initiation(json.dumps(answer).encode())
    assert (found.links, found.message) == ({"scaRedirect": "https://bank/sca"}, "Please soon")
    odd = initiation.read_initiation(
        b'{"paymentId": "P", "transactionStatus": "RCVD", "_links": [], "tppMessages": {}}'
    )
    assert (odd.links, odd.message) == ({}, None)


def test_an_account_without_iban() -> None:
    group: Group = pv.group()
    body = initiation.single(group, pv.payment(account=Account(number="123", currency="USD")))
    assert body["creditorAccount"] == {"bban": "123", "currency": "USD"}
