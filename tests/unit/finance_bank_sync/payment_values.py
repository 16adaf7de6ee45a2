"""Payments for tests: plain ones, and any that hypothesis can think of."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.payments.model import (
    DEBIT,
    TRANSFER,
    Account,
    Address,
    Agent,
    Amendment,
    Batch,
    Code,
    Group,
    Identification,
    Instruction,
    Mandate,
    Money,
    Party,
    Payment,
    PaymentType,
    Regulatory,
    Structured,
)

IBANS = ("DE89370400440532013000", "BE68539007547034", "FR1420041010050500013M02606", "CH9300762011623852957")
QR_IBAN = "CH4431999123000889012"
LEI = "5493001KJTIIGC8Y1R12"
UETR = "eb6305c9-1f7f-49de-aed0-16487c27b42d"
CREDITOR = "DE98ZZZ09999999999"
MANDATE = Mandate(reference="M-1", signed_on=date(2025, 1, 2))


#: values of many fields take their time, more so on a busy machine
relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def payment(number: int = 1, **values: Any) -> Payment:
    base: dict[str, Any] = {
        "end_to_end_id": f"E2E-{number}",
        "amount": Money(amount=Decimal("100.00") + number, currency="EUR"),
        "counterparty": Party(name=f"Vendor {number}"),
        "account": Account(iban=IBANS[0]),
        "remittance": (f"Invoice {number}",),
    }
    return Payment(**{**base, **values})


def group(*payments: Payment, **values: Any) -> Group:
    base: dict[str, Any] = {
        "id": "GROUP-1",
        "party": Party(name="My Company"),
        "account": Account(iban=IBANS[1]),
        "date": date(2026, 12, 1),
        "payments": payments or (payment(),),
    }
    return Group(**{**base, **values})


def batch(*groups: Group, **values: Any) -> Batch:
    base: dict[str, Any] = {
        "message_id": "MSG-1",
        "created_at": datetime(2026, 11, 30, 12, 0, 5),
        "initiator": Party(name="My Company"),
        "groups": groups or (group(),),
    }
    return Batch(**{**base, **values})


def debit(*payments: Payment, **values: Any) -> Batch:
    made = payments or (payment(mandate=MANDATE),)
    return batch(
        group(*made, **{"creditor_id": CREDITOR, "sequence": "RCUR", **values}),
        direction=DEBIT,
    )


# -- anything ------------------------------------------------------------------------------

_SIGNS = "aZ0 /-?:().,'+äß&<>\"é€ŁΩж漢😀\n\t\x07\u200b\u0301\xa0\x85\ufffe"
anything = st.one_of(st.text(max_size=20), st.text(alphabet=_SIGNS, max_size=160))
maybe = st.none() | anything
references = st.text(alphabet="ABC123-/ äé", min_size=1, max_size=40)
codes = st.builds(
    Code,
    value=st.sampled_from(["SEPA", "INST", "SUPP", "SCOR", "CINV", "TXID", "toolong"]),
    is_proprietary=st.booleans(),
)
maybe_code = st.none() | codes
countries = st.sampled_from([None, "DE", "CH", "US", "de"])
addresses = st.builds(
    Address,
    street=maybe,
    building=maybe,
    floor=maybe,
    postcode=maybe,
    town=maybe,
    country=countries,
    lines=st.lists(anything, max_size=3).map(tuple),
)
identifications = st.builds(Identification, number=references, scheme=maybe_code, issuer=st.none() | references)
parties = st.builds(
    Party,
    name=maybe,
    address=st.none() | addresses,
    bic=st.sampled_from([None, "DEUTDEFF", "DEUTDEFFXXX", "nobic"]),
    lei=st.sampled_from([None, LEI, "X"]),
    identifications=st.lists(identifications, max_size=2).map(tuple),
    is_person=st.booleans(),
    country_of_residence=countries,
)
accounts = st.builds(
    Account,
    iban=st.sampled_from([None, *IBANS, QR_IBAN, "DE00"]),
    number=st.none() | references,
    scheme=maybe_code,
    currency=st.sampled_from([None, "EUR", "eur"]),
)
agents = st.builds(
    Agent,
    bic=st.sampled_from([None, "DEUTDEFF", "x"]),
    clearing_system=st.sampled_from([None, "USABA", "TOOLONG"]),
    clearing_member=st.none() | references,
    lei=st.sampled_from([None, LEI]),
    name=maybe,
    address=st.none() | addresses,
)
amounts = st.builds(
    Money,
    amount=st.decimals(min_value=-1, max_value=10**14, places=3, allow_nan=False) | st.decimals(1, 999, places=2),
    currency=st.sampled_from(["EUR", "EUR", "EUR", "CHF", "JPY", "KWD", "euro"]),
)
types = st.builds(
    PaymentType,
    priority=st.sampled_from([None, "HIGH", "LOW"]),
    service_level=maybe_code,
    local_instrument=maybe_code,
    category_purpose=maybe_code,
)
structured = st.builds(
    Structured,
    reference_type=maybe_code,
    reference_issuer=st.sampled_from([None, "BBA", "ISO"]),
    reference=st.sampled_from([None, "RF18539007547034", "RF18539007547035", "210000000003139471430009017"]),
    document_type=maybe_code,
    document_number=st.none() | references,
    document_date=st.none() | st.just(date(2026, 1, 2)),
    document_amount=st.none() | amounts,
    message=maybe,
)
instructions = st.builds(Instruction, code=st.sampled_from([None, "HOLD", "NOPE"]), words=maybe)
regulatory = st.builds(
    Regulatory,
    side=st.sampled_from([None, "DEBT", "NO"]),
    authority_name=maybe,
    authority_country=countries,
    code=st.none() | references,
    country=countries,
    information=maybe,
)
amendments = st.builds(
    Amendment,
    original_mandate=st.none() | references,
    original_creditor_name=maybe,
    original_creditor_id=st.sampled_from([None, CREDITOR, "DE00"]),
    original_iban=st.sampled_from([None, IBANS[0], "DE00"]),
    is_new_account=st.booleans(),
)
mandates = st.builds(
    Mandate, reference=references, signed_on=st.just(date(2025, 1, 2)), amendment=st.none() | amendments
)


@st.composite
def payments(draw: Any, direction: str) -> Payment:
    """Mostly harmless with one or a few fields that are anything: all at once would never be without errors."""
    made = payment(draw(st.integers(1, 10**6)), mandate=MANDATE if direction == DEBIT else None)
    fields: dict[str, Any] = {
        "end_to_end_id": references,
        "instruction_id": references,
        "uetr": st.sampled_from([UETR, "x"]),
        "amount": amounts,
        "counterparty": parties,
        "account": accounts,
        "agent": agents,
        "intermediary": agents,
        "ultimate_debtor": parties,
        "ultimate_creditor": parties,
        "type": types,
        "charges": st.sampled_from(["SLEV", "SHAR", "no"]),
        "purpose": codes,
        "remittance": st.lists(anything, max_size=2).map(tuple),
        "structured": st.lists(structured, max_size=2).map(tuple),
        "instructions": st.lists(instructions, max_size=2).map(tuple),
        "regulatory": st.lists(regulatory, max_size=2).map(tuple),
        "mandate": st.none() | mandates,
    }
    chosen = draw(st.sets(st.sampled_from(sorted(fields)), max_size=4))
    return dataclasses.replace(made, **{name: draw(fields[name]) for name in sorted(chosen)})


@st.composite
def batches(draw: Any, direction: str = TRANSFER) -> Batch:
    members = draw(st.lists(payments(direction), min_size=1, max_size=3, unique_by=lambda one: one.end_to_end_id))
    extra: dict[str, Any] = {"creditor_id": CREDITOR, "sequence": "RCUR"} if direction == DEBIT else {}
    if draw(st.booleans()):
        extra["agent"] = draw(st.none() | agents)
        extra["ultimate_party"] = draw(st.none() | parties)
        extra["batch_booking"] = draw(st.sampled_from([None, True, False]))
        extra["type"] = draw(st.none() | types)
    made = group(*members, **extra)
    if draw(st.integers(0, 3)) == 0:
        made = dataclasses.replace(made, party=draw(parties), account=draw(accounts), id=draw(references))
    return batch(made, direction=direction)
