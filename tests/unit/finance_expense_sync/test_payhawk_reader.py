"""Expenses and payments of Payhawk as canonical documents (E-01, E-02, E-05, E-08, E-22; fault 55)."""

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
from odoo.addons.finance_connector_base.engine.errors import MalformedError
from odoo.addons.finance_connector_base.safe import strict_json
from odoo.addons.finance_expense_sync.platforms import payhawk_client, payhawk_reader
from odoo.addons.finance_expense_sync.platforms.dimensions import read_fields

from sandbox.payhawk.system import Platform

APPROVED = {"approvalStatus": "approved"}


def exact(value: Any) -> bytes:
    return strict_json.dumps(json.loads(json.dumps(value), parse_float=Decimal))


def expense(workflow: dict[str, Any] | None = APPROVED, **said: Any) -> dict[str, Any]:
    item = Platform().add_expense(id="5001", **said)
    files = [{"id": name, "contentType": "image/png"} for name in item["document"]["files"]]
    return {**item, "document": {**item["document"], "files": files}, **({"workflow": workflow} if workflow else {})}


def report(item: dict[str, Any], fields: Any = payhawk_reader.FIELDS) -> Any:
    return payhawk_reader.read_report(exact(item), fields)


def test_a_report_is_what_is_written_beside_it() -> None:
    found = payhawk_reader.read_report(stored("payhawk_items"))
    check_golden("payhawk_items", found)
    assert parse_document(found.to_dict()) == found
    assert sum(line.amount for line in found.lines) == Decimal("217.03"), "a cent of rounding is in the last item"


@pytest.mark.parametrize(
    ("kind", "payment", "of"),
    [
        ("card", "company_card", "expense"),
        ("reimbursable", "own", "expense"),
        ("mileage", "own", "mileage"),
        ("perDiem", "own", "per_diem"),
        ("cashInAdvance", "advance", "expense"),
        ("cash", "company", "expense"),
        ("bank", "company", "expense"),
    ],
)
def test_the_kind_of_an_expense_says_how_it_was_paid(kind: str, payment: str, of: str) -> None:
    [line] = report(expense(type=kind)).lines
    assert (line.payment, line.payment_code, line.kind) == (payment, kind, of)


@pytest.mark.parametrize(
    ("workflow", "said", "state"),
    [
        (APPROVED, {}, "approved"),
        (None, {}, "submitted"),
        ({"approvalStatus": "pending"}, {}, "submitted"),
        ({"approvalStatus": "rejected"}, {}, "rejected"),
        (APPROVED, {"status": "draft"}, "draft"),
        (APPROVED, {"status": "archived"}, "deleted"),
    ],
)
def test_e01_reviewed_is_not_approved(workflow: Any, said: dict[str, Any], state: str) -> None:
    assert report(expense(workflow, **said)).state == state


def test_e11_tax_is_what_the_platform_has_computed() -> None:
    [share] = report(expense()).lines[0].taxes
    assert (share.code, share.rate, share.base, share.amount) == ("V19", 19, Decimal("100.0"), Decimal("19.0"))
    amounts = {"totalAmount": 50, "currency": "EUR", "baseTotalAmount": 50, "baseCurrency": "EUR"}
    [line] = report(expense(reconciliation=amounts, taxRate={"name": "None", "code": "V0", "rate": 0})).lines
    assert [(one.code, one.amount) for one in line.taxes] == [("V0", 0)]
    assert report(expense(reconciliation=amounts, taxRate=None)).lines[0].taxes == ()


def test_e08_what_was_paid_elsewhere_is_kept_with_its_rate() -> None:
    amounts = {
        "totalAmount": 10000,
        "currency": "JPY",
        "baseTotalAmount": 61.5,
        "baseTaxAmount": 0,
        "baseCurrency": "EUR",
        "fxRate": 0.00615,
    }
    found = report(expense(reconciliation=amounts, taxRate=None))
    [line] = found.lines
    assert (found.currency, found.total) == ("EUR", Decimal("61.5"))
    assert (line.spent.amount, line.spent.currency, line.rate, line.rate_source) == (
        10000,
        "JPY",
        Decimal("0.00615"),
        "payhawk",
    )


def test_mileage_and_per_diem_say_how_much() -> None:
    trip = {"distance": 120.5, "editedDistance": 118, "distanceUnit": "Kilometers"}
    [line] = report(expense(type="mileage", mileage=trip, files=[])).lines
    assert (line.quantity, line.distance_unit, line.is_receipt_missing) == (118, "km", False)
    [line] = report(expense(type="perDiem", perDiem={"days": [{}, {}, {}]}, files=[])).lines
    assert (line.quantity, line.distance_unit, line.kind) == (3, None, "per_diem")
    assert report(expense(files=[])).lines[0].is_receipt_missing


def test_e02_what_a_custom_field_means_is_a_setting() -> None:
    custom = [{"id": "f1", "label": "Region", "externalId": "account.analytic.plan:3", "value": "north"}]
    amounts = {**expense()["reconciliation"], "customFields": custom, "accountCode": "601000"}
    item = expense(reconciliation=amounts)
    assert report(item).lines[0].dimensions == {}
    for field in ("f1", "Region", "account.analytic.plan:3"):
        assert report(item, read_fields(f"region = {field}")).lines[0].dimensions == {"region": "north"}
    assert report(item, read_fields("entity = Region")).entity == "north"
    assert report(item, read_fields("category = Region")).lines[0].category == "north"
    assert report(item).lines[0].category == "601000"
    assert report(expense()).lines[0].category == "c7", "without an account its category is translated"


@settings(max_examples=120, deadline=None)
@given(cents=st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=12), places=st.sampled_from([0, 2, 3]))
def test_e24_fault_55_items_come_exactly_to_the_whole(cents: list[int], places: int) -> None:
    code = {0: "JPY", 2: "EUR", 3: "KWD"}[places]
    amounts = [Decimal(cent).scaleb(-places) for cent in cents]
    items = [
        {"id": f"i{n}", "reconciliation": {"baseTotalAmount": amount, "baseCurrency": code, "currency": code}}
        for n, amount in enumerate(amounts)
    ]
    whole = {"baseTotalAmount": sum(amounts), "baseCurrency": code, "currency": code}
    item = {**expense(taxRate=None), "reconciliation": whole, "lineItems": items}
    found = payhawk_reader.read_report(strict_json.dumps(item))
    assert [line.amount for line in found.lines] == amounts
    item["reconciliation"] = {**whole, "baseTotalAmount": sum(amounts) + Decimal(1).scaleb(-places)}
    with pytest.raises(MalformedError, match="lineItems do not come"):
        payhawk_reader.read_report(strict_json.dumps(item))


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("pending", "pending"),
        ("settled", "settled"),
        ("failed", "declined"),
        ("reverted", "reversed"),
        ("expired", "reversed"),
    ],
)
def test_e05_payments_by_card(status: str, state: str) -> None:
    platform = Platform()
    item = platform.add_expense(
        type="card",
        payments=[
            {"status": status, "originalAmount": 100, "originalCurrency": "CHF", "fees": {"fx": 0.3, "pos": 0.2}}
        ],
    )
    [payment] = platform.payments[item["id"]]
    content = payhawk_client.handed_payment(
        json.loads(json.dumps(item), parse_float=Decimal), json.loads(json.dumps(payment), parse_float=Decimal)
    ).content
    found = payhawk_reader.read_card(content)
    assert (found.external_id, found.state, found.program, found.card) == (payment["id"], state, "4711", "1234")
    assert (found.charged.amount, found.spent.currency, found.fees) == (Decimal("119.0"), "CHF", Decimal("0.5"))
    assert (found.report, found.holder.number, found.settled is None) == (item["id"], "E-1", state != "settled")
    assert parse_document(found.to_dict()) == found


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_whatever_comes_is_a_document_or_names_the_place(seed: int) -> None:
    source = random.Random(seed)
    content = strict_json.dumps(damaged(json.loads(stored("payhawk_items")), source))
    try:
        found = payhawk_reader.read_report(content)
    except MalformedError as error:
        assert "Ada" not in error.detail and "example.com" not in error.detail, "errors name no person"
    else:
        assert parse_document(found.to_dict()) == found


def test_what_changes_by_itself_makes_no_other_document() -> None:
    first = payhawk_client.handed(expense(), APPROVED)
    marked = expense(isPaid=True, externalLinks=[{"title": "Odoo: BILL/1", "url": "https://odoo.example"}])
    marked["document"]["files"][0]["url"] = "https://files.example/1?Expires=1"
    assert payhawk_client.handed(marked, APPROVED) == first
    later = payhawk_client.handed(expense(reviewedAt="2026-03-09T08:00:00.000Z"), APPROVED)
    assert later.revision > first.revision
