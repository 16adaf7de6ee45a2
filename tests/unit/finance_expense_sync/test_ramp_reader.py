"""Objects of Ramp as canonical documents (E-02, E-05, E-06, E-08, E-18, E-24; fault 55)."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from platform_values import check_golden, damaged, stored

from odoo.addons.finance_connector_base.canonical.documents import parse_document
from odoo.addons.finance_connector_base.engine.errors import MalformedError, RejectedError
from odoo.addons.finance_connector_base.safe import strict_json
from odoo.addons.finance_expense_sync.platforms import ramp_client, ramp_reader
from odoo.addons.finance_expense_sync.platforms.dimensions import read_fields

from sandbox.ramp.system import Platform

ACCOUNT = {"category_info": {"type": "GL_ACCOUNT", "id": "c", "external_id": "Category", "name": "Category"}}


def transaction(**said: Any) -> dict[str, Any]:
    return Platform().add_transaction(**said)


def reimbursement(**said: Any) -> dict[str, Any]:
    return Platform().add_reimbursement(**said)


def report(item: dict[str, Any], fields: Any = ramp_reader.FIELDS) -> Any:
    return ramp_reader.read_report(strict_json.dumps(json.loads(json.dumps(item), parse_float=Decimal)), fields)


def card(item: dict[str, Any]) -> Any:
    return ramp_reader.read_card(strict_json.dumps(json.loads(json.dumps(item), parse_float=Decimal)))


@pytest.mark.parametrize("name", ["ramp_transaction_split", "ramp_mileage"])
def test_a_report_is_what_is_written_beside_it(name: str) -> None:
    found = ramp_reader.read_report(stored(name))
    check_golden(name, found)
    assert parse_document(found.to_dict()) == found


def test_the_same_payment_is_a_card_transaction_and_a_claim_that_names_it() -> None:
    found, claim = card(transaction(id="t1")), report(transaction(id="t1"))
    assert (found.external_id, found.state, str(found.charged.amount), found.program) == (
        "t1",
        "settled",
        "90.0",
        "ramp",
    )
    assert (found.date.isoformat(), found.settled.isoformat()) == ("2026-03-02", "2026-03-04")
    assert claim.external_id == found.report == "transactions/t1"
    [line] = claim.lines
    assert (line.card_transaction, line.payment, line.billed.amount) == ("t1", "company_card", found.charged.amount)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, "approved"),
        ({"sync_status": "NOT_SYNC_READY"}, "submitted"),
        ({"state": "PENDING"}, "submitted"),
        ({"state": "DECLINED"}, "deleted"),
    ],
)
def test_e01_only_what_is_cleared_and_ready_is_approved(said: dict[str, Any], expected: str) -> None:
    assert report(transaction(**said)).state == expected


@pytest.mark.parametrize(
    ("said", "state", "by_ramp"),
    [
        ({}, "approved", True),
        ({"state": "REIMBURSED"}, "paid", True),
        ({"state": "MANUALLY_REIMBURSED"}, "paid", False),
        ({"state": "AWAITING_EXPORT"}, "approved", False),
        ({"state": "REJECTED"}, "rejected", True),
        ({"state": "CANCELED"}, "deleted", True),
        ({"sync_status": "NOT_SYNC_READY"}, "submitted", True),
        ({"state": "PENDING"}, "submitted", True),
    ],
)
def test_e01_states_of_reimbursements(said: dict[str, Any], state: str, by_ramp: bool) -> None:
    found = report(reimbursement(**said))
    assert (found.state, found.is_reimbursed, found.lines[0].payment) == (state, by_ramp, "own")


@pytest.mark.parametrize("amount", [25.5, -25.5])
def test_e06_what_an_employee_pays_back_is_owed_by_him(amount: float) -> None:
    found = report(reimbursement(type="PAYBACK_PARTIAL", direction="USER_TO_BUSINESS", amount=amount))
    assert (str(found.total), str(found.lines[0].amount), found.lines[0].payment) == ("-25.5", "-25.5", "own")
    assert not found.lines[0].is_receipt_missing, "nobody writes a receipt for it"


def test_e18_violations_and_missing_receipts_are_said() -> None:
    [line] = report(transaction(policy_violations=[{"type": "LATE", "memo": "Too late"}], disputes=[{"id": "d"}])).lines
    assert [(one.code, one.is_blocking, one.is_accepted) for one in line.violations] == [
        ("LATE", True, False),
        ("dispute", False, False),
    ]
    assert line.is_receipt_missing
    assert [one.external_id for one in report(transaction(receipts=["r1", "r2"])).lines[0].receipts] == ["r1", "r2"]


def test_e02_what_a_field_means_is_a_setting() -> None:
    chosen = [
        {
            "external_id": "v7",
            "category_info": {"type": "OTHER", "external_id": "account.analytic.plan:3", "name": "Region"},
        },
        {"external_id": "v8", "category_info": {"type": "COST_CENTER", "external_id": "cc", "name": "Cost centres"}},
    ]
    item = transaction(accounting_field_selections=chosen)
    assert report(item).lines[0].dimensions == {"cost_center": "v8"}
    department = item["card_holder"]["department_id"]
    assert report(item, read_fields("department = department_id")).lines[0].dimensions == {"department": department}
    for field in ("account.analytic.plan:3", "Region"):
        assert report(item, read_fields(f"region = {field}")).lines[0].dimensions == {"region": "v7"}
    assert report(item, read_fields("entity = Region")).lines[0].allocations[0].entity == "v7"
    assert report(item).lines[0].category == ramp_reader.UNCODED, "nobody has chosen an account"
    [line] = report(item, read_fields("category = Region")).lines
    assert (line.category, line.dimensions) == ("v7", {})


CURRENCIES = {"USD": 2, "JPY": 0, "KWD": 3}


@settings(max_examples=120, deadline=None)
@given(
    code=st.sampled_from(sorted(CURRENCIES)),
    parts=st.lists(st.tuples(st.integers(-(10**9), 10**9), st.sampled_from("ABC")), min_size=1, max_size=12),
)
def test_e24_fault_55_splits_come_exactly_to_the_whole(code: str, parts: list[tuple[int, str]]) -> None:
    unit = Decimal(1).scaleb(-CURRENCIES[code])
    total = sum(amount for amount, _account in parts) * unit
    items = [
        {
            "converted_amount": {"amount": amount, "currency_code": code},
            "accounting_field_selections": [{**ACCOUNT, "external_id": account}],
        }
        for amount, account in parts
    ]
    item = {**transaction(currency_code=code, line_items=items), "amount": total}
    found = ramp_reader.read_report(strict_json.dumps(item))
    assert sum(line.amount for line in found.lines) == found.total == total
    assert [line.category for line in found.lines] == list(dict.fromkeys(account for _amount, account in parts))
    for line in found.lines:
        assert not line.allocations or sum(part.amount or 0 for part in line.allocations) == line.amount


def test_fault_55_splits_that_do_not_come_to_the_whole_are_refused() -> None:
    items = [{"amount": {"amount": 8999, "currency_code": "USD"}}]
    with pytest.raises(MalformedError, match="line_items do not come"):
        report(transaction(line_items=items))
    items = [{"amount": {"amount": 9000, "currency_code": "EUR"}}]
    with pytest.raises(MalformedError, match="not in the currency"):
        report(transaction(line_items=items))


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_whatever_comes_is_a_document_or_names_the_place(seed: int) -> None:
    source = random.Random(seed)
    name = source.choice(["ramp_transaction_split", "ramp_mileage"])
    content = strict_json.dumps(damaged(json.loads(stored(name)), source)).replace(b"Infinity", b"0")
    for read in (ramp_reader.read_report, ramp_reader.read_card):
        try:
            found = read(content)
        except MalformedError as error:
            assert "Ada" not in error.detail and "example.com" not in error.detail, "errors name no person"
        else:
            assert parse_document(found.to_dict()) == found


def test_what_changes_by_itself_makes_no_other_document() -> None:
    first = ramp_client.handed("transactions", transaction(id="t1", statement_id=None))
    again = ramp_client.handed("transactions", transaction(id="t1", statement_id="s1", synced_at="2026-03-09"))
    assert first == again and first.external_id == "transactions/t1"
    other = ramp_client.handed("transactions", transaction(id="t1", memo="Corrected"))
    assert other.content != first.content
    # the coding of an expense is no matter of its payment, its statement is
    assert ramp_client.handed_card(transaction(id="t1", memo="A")) == ramp_client.handed_card(transaction(id="t1"))
    assert ramp_client.handed_card(transaction(id="t1", statement_id="s1")) != ramp_client.handed_card(
        transaction(id="t1")
    )


def test_only_documents_of_ramp_are_told() -> None:
    assert ramp_client.split("reimbursements/r1") == ("reimbursements", "r1")
    for wrong in ("bills/b1", "transactions/", "t1"):
        with pytest.raises(RejectedError):
            ramp_client.split(wrong)
