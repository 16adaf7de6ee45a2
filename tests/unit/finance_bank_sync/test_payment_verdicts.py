"""An answer of a screening is a pass only when it says so as agreed; anything else is a review (K-26, S-29)."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.formats.model import Money
from odoo.addons.finance_bank_sync.payments.model import Account, Agent, Batch, Group, Party, Payment
from odoo.addons.finance_bank_sync.payments.verdicts import HOLD, PASS, REVIEW, answer, question

IDS = ("E-1", "E-2")


def told(**values: Any) -> bytes:
    return json.dumps({"digest": "d", "reference": "R-1", **values}).encode()


def verdict(body: bytes) -> str:
    return answer(body, digest="d", ids=IDS).verdict


@pytest.mark.parametrize("word", [PASS, REVIEW, HOLD])
def test_a_verdict_as_agreed_counts(word: str) -> None:
    found = answer(told(verdict=word, reasons=["list 7"]), digest="d", ids=IDS)
    assert (found.verdict, found.reference, found.detail) == (word, "R-1", "list 7")


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        (("match", "match"), PASS),
        (("match", "close_match"), REVIEW),
        (("no_match", "close_match"), HOLD),
        (("match", "not_possible"), REVIEW),
        (("match", "yes"), REVIEW),
        (("match", None), REVIEW),
    ],
)
def test_of_many_payees_the_worst_counts(results: tuple[str | None, ...], expected: str) -> None:
    payments = [{"id": key, "result": result} for key, result in zip(IDS, results, strict=True)]
    assert verdict(told(payments=payments)) == expected


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>OK</html>",
        b"[]",
        b'"pass"',
        told(verdict="PASS"),
        told(verdict=["pass"]),
        told(verdict="pass", reference=""),
        told(verdict="pass", digest="other"),
        told(verdict="pass", payments=[]),
        told(payments=[{"id": "E-1", "result": "match"}]),
        told(payments=[{"id": "E-1", "result": "match"}, {"id": "E-2", "result": "match"}, {"id": "E-3"}]),
        told(payments=["E-1", "E-2"]),
        b'{"digest": "d", "reference": "R", "verdict": "hold", "verdict": "pass"}',
    ],
)
def test_s29_an_answer_that_is_not_as_agreed_is_a_review(body: bytes) -> None:
    assert verdict(body) == REVIEW


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.one_of(st.binary(max_size=60), JSON.map(lambda value: json.dumps(value).encode())))
def test_s29_nothing_that_was_not_agreed_on_passes(body: bytes) -> None:
    assert verdict(body) == REVIEW


def test_the_question_says_who_is_paid_what() -> None:
    payment = Payment(
        end_to_end_id="E-1",
        amount=Money(amount=Decimal("10.50"), currency="EUR"),
        counterparty=Party(name="Bolt"),
        account=Account(iban="BE68539007547034"),
        agent=Agent(bic="KREDBEBB"),
        remittance=("Invoice 1",),
    )
    group = Group(
        id="M-1-1",
        party=Party(name="We"),
        account=Account(iban="DE02120300000000202051"),
        date=date(2026, 12, 1),
        payments=(payment,),
    )
    batch = Batch(message_id="M-1", created_at=datetime(2026, 12, 1), initiator=Party(name="We"), groups=(group,))
    asked = question("payee", "d", batch)
    assert asked["payments"] == [
        {
            "id": "E-1",
            "name": "Bolt",
            "account": "BE68539007547034",
            "bank": "KREDBEBB",
            "amount": "10.5",
            "currency": "EUR",
            "date": "2026-12-01",
            "country": None,
            "text": "Invoice 1",
        }
    ]
    assert (asked["digest"], asked["debtor"]["account"]) == ("d", "DE02120300000000202051")
