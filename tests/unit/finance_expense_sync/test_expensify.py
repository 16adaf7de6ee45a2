"""Expensify over a socket and its reports as canonical ones (E-01, E-13, E-17, S-20; faults 47, 49)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from platform_client import client

from odoo.addons.finance_connector_base.engine.errors import (
    AuthNeededError,
    FinanceError,
    MalformedError,
    RejectedError,
    ThrottledError,
    TransientError,
)
from odoo.addons.finance_expense_sync.canonical import ExpenseReport
from odoo.addons.finance_expense_sync.platforms import expensify, expensify_reader
from odoo.addons.finance_expense_sync.platforms.contract import Batch, Outcome
from odoo.addons.finance_expense_sync.platforms.dimensions import read_fields
from odoo.addons.finance_expense_sync.platforms.expensify import Credentials, ExpensifyClient
from odoo.addons.finance_expense_sync.platforms.expensify_template import template

from sandbox.expensify.books import expense, report
from sandbox.expensify.freemarker import TemplateError, render
from sandbox.expensify.system import PATH, Expensify
from sandbox.rest.base import Running

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "expenses"
FIELDS = read_fields("cost_center = tag1\nproject = tag2, customField.Project\nentity = policyID")


def reading(content: dict[str, Any], fields: Any = FIELDS) -> ExpenseReport:
    """Through the template, as the server would write it."""
    custom = [name for names in fields.values() for name in names]
    [found] = json.loads(render(template(custom), {"reports": [content]}))
    return expensify_reader.read(json.dumps(found).encode(), fields)


class Case:
    def __init__(self, running: Running[Expensify]) -> None:
        self.running, self.there = running, running.system
        self.http = client(running.url + PATH)
        self.slept: list[float] = []
        self.client = self.make()

    def make(self, **values: Any) -> ExpensifyClient:
        options = {"label": "odoo", "today": date(2026, 3, 10), "fields": FIELDS, "sleep": self.slept.append, **values}
        return ExpensifyClient(self.http, Credentials(user=self.there.user, secret=self.there.secret), **options)

    def read(self) -> list[str]:
        """:return: ids of everything that is new, as a run gets it, each marked when it is stored"""
        found, position, more = [], {}, True
        while more:
            batch = self.client.batch(position)
            found += [one.external_id for one in batch.handed]
            self.client.mark([one.external_id for one in batch.handed])
            position, more = batch.position, batch.more
        return found

    def paid(self, identity: str) -> Any:
        return self.client.reimbursed(Outcome(external_id=identity, result="paid", key="K1"))


@pytest.fixture
def case() -> Iterator[Case]:
    with Running(Expensify()) as running:
        made = Case(running)
        yield made
        made.http.close()


# -- exports -------------------------------------------------------------------------------


def test_s20_only_what_is_approved_is_read_and_only_once(case: Case) -> None:
    for number, status in enumerate(("Open", "Processing", "Approved", "Reimbursed", "Closed")):
        case.there.put(report(f"R{number}", expense(f"T{number}", 1050), status=status))
    batch = case.client.batch(None)
    assert [one.external_id for one in batch.handed] == ["R2", "R3"] and not batch.more
    assert all(one.claim for one in batch.handed)
    assert case.client.batch(None) == batch, "without a label it is exported again, in the same bytes"
    assert [one.taken for one in case.client.mark(["R2", "R3"])] == [True, True]
    assert case.client.batch(None) == Batch(handed=(), position={})
    assert case.there.marks == {"R2": 1, "R3": 1}


def test_nothing_is_marked_before_it_is_stored(case: Case) -> None:
    case.there.put(report("R1", expense("T1", 1050)))
    case.client.batch(None)
    assert not case.there.marks and case.there.labels["R1"] == set()


def test_e13_marked_twice_is_marked(case: Case) -> None:
    case.there.put(report("R1", expense("T1", 1050)))
    assert all(case.client.mark(["R1"])[0].taken for _time in range(3))
    assert case.there.labels["R1"] == {"odoo"} and case.client.mark([]) == []


def test_an_empty_answer_is_a_file_that_is_not_there_yet(case: Case) -> None:
    case.there.put(report("R1", expense("T1", 1050)))
    case.there.looks = 7
    first = case.client.batch(None)
    assert first.handed == () and first.more and first.position["file"].startswith("export")
    second = case.client.batch(first.position)
    assert [one.external_id for one in second.handed] == ["R1"] and second.position == {}
    assert case.there.jobs.count("file/combinedReportData") == 1, "the same file was looked for"
    assert len(case.slept) == 4 + 2


def test_half_a_file_is_no_file(case: Case) -> None:
    case.there.put(report("R1", expense("T1", 1050)))
    case.there.cuts = True
    assert [one.external_id for one in case.client.batch(None).handed] == ["R1"]


def test_a_file_that_never_comes_is_given_up(case: Case) -> None:
    case.there.looks = 1000
    position, rounds, more = {}, 0, True
    while more:
        batch = case.client.batch(position)
        position, more, rounds = batch.position, batch.more, rounds + 1
    assert (rounds, position) == (expensify.ROUNDS, {})


def test_a_file_that_is_gone_is_made_anew(case: Case) -> None:
    case.there.put(report("R1", expense("T1", 1050)))
    case.there.forgets = True
    assert case.client.batch({"file": "export1.json", "rounds": 2, "ids": []}) == Batch(handed=(), position={})
    case.there.forgets = False
    assert case.read() == ["R1"]


def test_fault_49_pages_of_a_list_that_changes(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expensify, "PAGE", 2)
    for number in range(5):
        case.there.put(report(f"R{number}", expense(f"T{number}", 100)))
    assert sorted(case.read()) == ["R0", "R1", "R2", "R3", "R4"] and case.read() == []
    case.there.unmark("R3")
    assert case.read() == ["R3"], "an administrator may have it exported again"


def test_reports_that_cannot_be_marked_do_not_turn_in_a_circle(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expensify, "PAGE", 2)
    for number in range(3):
        case.there.put(report(f"R{number}", expense(f"T{number}", 100)))
    first = case.client.batch(None)
    assert first.more and not case.client.batch(first.position).more


def test_only_our_workspaces(case: Case) -> None:
    case.there.put(report("R1", expense("T1", 100)))
    case.there.put(report("R2", expense("T2", 100), policyID="POLICY2"))
    [found] = case.make(policies=["POLICY2"]).batch(None).handed
    assert found.external_id == "R2"


# -- what it says of errors ----------------------------------------------------------------


@pytest.mark.parametrize("says_status", [False, True])
@pytest.mark.parametrize(
    ("code", "error"),
    [
        (403, AuthNeededError),
        (404, RejectedError),
        (410, RejectedError),
        (429, ThrottledError),
        (500, TransientError),
        (666, RejectedError),
    ],
)
def test_the_code_in_the_body_counts(case: Case, code: int, error: type[FinanceError], says_status: bool) -> None:
    case.there.says_status = says_status and code != 666
    case.there.codes = [code]
    with pytest.raises(error, match=str(code)):
        case.client.mark(["R1"])


def test_wrong_credentials_are_no_secret_in_words(case: Case) -> None:
    case.there.secret = "another"
    with pytest.raises(AuthNeededError) as caught:
        ExpensifyClient(case.http, Credentials(user="u", secret="s3cr3t-value"), label="odoo").batch(None)
    assert "s3cr3t" not in str(caught.value) + repr(Credentials(user="u", secret="s3cr3t-value"))


def test_fault_47_too_many_jobs(case: Case) -> None:
    case.there.limits = [5, 20]
    for _time in range(5):
        case.client.workspaces()
    with pytest.raises(ThrottledError) as caught:
        case.client.workspaces()
    assert caught.value.retry_after == expensify.WAIT


def test_outages(case: Case) -> None:
    case.running.chaos("reset", times=1)
    with pytest.raises(TransientError):
        case.client.batch(None)
    for body, why in (("", "how the file"), ("a/b", "how the file")):
        case.running.chaos("status", status=200, body=body)
        with pytest.raises(MalformedError, match=why):
            case.client.batch(None)
    case.running.chaos("status", status=200, body="{}", path=PATH)
    with pytest.raises(MalformedError, match="no list"):
        case.client.batch({"file": "x"})


# -- what became of it ---------------------------------------------------------------------


def test_e17_paid_is_judged_by_the_lists(case: Case) -> None:
    for identity, status in (("R1", "Approved"), ("R2", "Processing"), ("R3", "Approved")):
        case.there.put(report(identity, expense(f"T{identity}", 1050), status=status))
    case.there.failing = ["R3"]
    assert case.paid("R1").taken and case.there.reports["R1"]["status"] == "Reimbursed"
    assert case.paid("R1").taken, "said twice it is paid once"
    skipped, failed, unknown = case.paid("R2"), case.paid("R3"), case.paid("R9")
    assert (skipped.taken, skipped.repeat, skipped.text) == (False, False, "Report is in state Processing")
    assert (failed.taken, failed.repeat) == (False, True)
    assert (unknown.taken, unknown.code, unknown.text) == (False, "200", "Report not found")


def test_e15_an_archived_category_cannot_be_picked(case: Case) -> None:
    case.client.set_categories("POLICY1", [{"name": "Travel", "glCode": "6300", "enabled": True}])
    case.client.set_categories("POLICY1", [{"name": "Meals", "glCode": "6400", "enabled": True}])
    assert case.there.picks("POLICY1") == ["Meals", "Travel"]
    case.client.set_categories("POLICY1", [{"name": "Travel", "enabled": False}])
    assert case.there.picks("POLICY1") == ["Meals"]
    case.client.set_tags("POLICY1", "Project", [{"name": "P1", "glCode": "1", "enabled": True}])
    found = case.client.workspace("POLICY1", "categories", "tags")
    assert [one.text("glCode") for one in found.nodes("categories")] == ["6300", "6400"]
    assert [one.text("name") for one in found.nodes("tags")] == ["Project"]
    assert case.client.tags("POLICY1") == {"Project": {"1": "P1"}}
    assert [one.text("id") for one in case.client.workspaces()] == ["POLICY1"]
    with pytest.raises(RejectedError, match="no such workspace"):
        case.client.workspace("POLICY9", "tags")


def test_e14_who_leaves_is_not_in_the_workspace(case: Case) -> None:
    person = {"employeeID": "e:1", "employeeEmail": "ada@firm.example", "policyID": "POLICY1"}
    with pytest.raises(RejectedError, match="managerEmail"):
        case.client.keep_employee(person)
    for _again in range(2):
        case.client.keep_employee({**person, "managerEmail": "boss@firm.example"})
    assert case.client.employees("POLICY1") == {"e:1": "ada@firm.example"}
    for _again in range(2):
        case.client.keep_employee({**person, "managerEmail": "boss@firm.example", "isTerminated": True})
    assert case.client.employees("POLICY1") == {}


def test_e15_a_category_that_is_renamed_is_another_one(case: Case) -> None:
    assert case.client.keep_category("POLICY1", "account:1", "6300 Travel", is_listed=True)
    assert not case.client.keep_category("POLICY1", "account:1", "6300 Travel", is_listed=True)
    assert case.client.keep_category("POLICY1", "account:1", "6300 Journeys", is_listed=True)
    assert case.there.picks("POLICY1") == ["6300 Journeys"] and case.client.categories("POLICY1") == {"account:1"}
    assert case.client.keep_category("POLICY1", "account:1", "6300 Journeys", is_listed=False)
    assert not case.client.keep_category("POLICY1", "account:1", "6300 Journeys", is_listed=False)
    assert case.there.picks("POLICY1") == [] and case.client.categories("POLICY1") == set()


def test_e23_a_receipt_is_where_its_address_says(case: Case) -> None:
    case.there.receipts["w_1.png"] = b"PNG"
    assert case.client.receipt(f"{case.running.url}/receipts/w_1.png") == ("image/png", b"PNG")
    with pytest.raises(RejectedError, match="not to be had"):
        case.client.receipt(f"{case.running.url}/receipts/w_2.png")


# -- reading -------------------------------------------------------------------------------


def test_a_report_with_everything_around_it() -> None:
    found = reading(report("R1", expense("T1", 1050, tag="CC1:P1"), customField={"Project": "P9"}))
    assert (found.external_id, found.currency, found.total) == ("R1", "EUR", Decimal("10.50"))
    assert (found.employee.external_id, found.employee.number) == ("ada@firm.example", "E-100")
    assert (found.entity, found.state, str(found.approved)) == ("POLICY1", "approved", "2026-03-04 10:30:00")
    assert found.revision == 29_543_670, "minutes since 1970 of the approval"
    [line] = found.lines
    assert (line.category, line.dimensions) == ("Travel", {"cost_center": "CC1", "project": "P1"})
    assert found.dimensions == {"project": "P9"} and line.is_receipt_missing


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("Open", "draft"),
        ("Processing", "submitted"),
        ("Approved", "approved"),
        ("Reimbursed", "paid"),
        ("Odd", "submitted"),
    ],
)
def test_e01_states(status: str, state: str) -> None:
    assert reading(report("R1", expense("T1", 1050), status=status)).state == state


def test_what_was_corrected_counts() -> None:
    changed = expense(
        "T1",
        1050,
        modifiedAmount=990,
        convertedAmount=990,
        modifiedMerchant="Taxi Schulz",
        modifiedCreated="2026-03-01",
    )
    [line] = reading(report("R1", changed)).lines
    assert (line.amount, line.merchant, str(line.date)) == (Decimal("9.90"), "Taxi Schulz", "2026-03-01")


def test_e08_a_foreign_expense() -> None:
    [line] = reading(
        report("R1", expense("T1", 10800, currency="USD", convertedAmount=10000, taxAmount=1080, hasTax=True))
    ).lines
    assert line.spent and (line.amount, line.spent.amount) == (Decimal("100.00"), Decimal("108.00"))
    assert (line.rate, line.rate_source) == (Decimal("0.925925925926"), "expensify")
    assert (line.taxes[0].amount, line.taxes[0].base) == (Decimal("10.00"), Decimal("90.00"))


@pytest.mark.parametrize(
    ("values", "payment"),
    [
        ({}, "own"),
        ({"reimbursable": False}, "company"),
        ({"reimbursable": False, "managedCard": True}, "company_card"),
        ({"reimbursable": False, "cardID": "77"}, "company_card"),
        ({"reimbursable": "false", "managedCard": "true"}, "company_card"),
    ],
)
def test_e06_whose_money_it_was(values: dict[str, Any], payment: str) -> None:
    assert reading(report("R1", expense("T1", 1050, **values))).lines[0].payment == payment


def test_tax_mileage_attendees_and_receipts() -> None:
    tax = {"hasTax": True, "taxAmount": 168, "taxName": "VAT", "taxRate": "19%", "taxCode": "V19"}
    people = [{"email": "guest@firm.example", "displayName": "G. Uest"}, {"email": "b@firm.example"}]
    image = {"receiptID": 55, "receiptFilename": "w_1.png", "receiptObject": {"url": "https://x.example/w_1.png"}}
    drive = {"units": {"count": 12.5, "unit": "km", "rate": 30}}
    full, driven = reading(
        report("R1", expense("T1", 1050, attendees=people, **tax, **image), expense("T2", 375, **drive))
    ).lines
    [share] = full.taxes
    assert (share.code, share.rate, share.amount, share.base) == ("V19", 19, Decimal("1.68"), Decimal("8.82"))
    assert [one.name for one in full.attendees] == ["G. Uest", "b@firm.example"]
    assert (full.receipts[0].external_id, full.is_receipt_missing) == ("55", False)
    assert (driven.kind, driven.quantity, driven.distance_unit) == ("mileage", Decimal("12.5"), "km")
    assert not driven.is_receipt_missing


def test_figures_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(MalformedError, match="do not come to it"):
        reading(report("R1", expense("T1", 1050), total=1000))
    card = expense("T2", 500, reimbursable=False)
    assert reading(report("R1", expense("T1", 1050), card, total=1050)).total == Decimal("15.50")
    with pytest.raises(MalformedError, match="no amount in the currency"):
        reading(report("R1", expense("T1", 1050, currency="USD", convertedAmount=None), total=1050))


@given(st.data())
@settings(max_examples=50, deadline=None)
def test_fuzz_an_error_with_its_place_or_a_report_that_adds_up(data: Any) -> None:
    content = json.loads(
        render(template(), {"reports": [report("R1", expense("T1", 1050, hasTax=True, taxAmount=9))]})
    )[0]
    owner = data.draw(st.sampled_from([content, content["transactionList"][0]]))
    junk = st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.just([]) | st.just({})
    for name in data.draw(st.sets(st.sampled_from(list(owner)), min_size=1, max_size=3)):
        owner[name] = data.draw(junk)
    content["somethingNew"] = {"a": [1]}
    try:
        found = expensify_reader.read(json.dumps(dict(reversed(content.items()))).encode(), FIELDS)
    except MalformedError as error:
        assert str(error).startswith("report")
    else:
        assert found.total == sum(line.amount for line in found.lines)


@given(st.lists(st.integers(-(10**9), 10**9).filter(bool), min_size=1, max_size=5), st.text(max_size=20))
@settings(max_examples=40, deadline=None)
def test_money_and_words_survive_the_template(cents: list[int], words: str) -> None:
    """Fault 55: whatever a person writes, in whatever currency."""
    rows = [expense(f"T{number}", amount, comment=words) for number, amount in enumerate(cents)]
    found = reading(report("R1", *rows))
    assert [line.amount for line in found.lines] == [Decimal(amount) / 100 for amount in cents]
    assert {line.description or "" for line in found.lines} == {words.strip()}


def test_golden_reports_are_read_as_is_written_beside_them() -> None:
    found = sorted(FIXTURES.glob("expensify_*.json"))
    assert found
    for path in found:
        expected = json.loads(path.with_suffix(".expected").read_text())
        assert expensify_reader.read(path.read_bytes(), FIELDS).to_dict() == expected, path.name


# -- the template --------------------------------------------------------------------------


def test_a_report_field_has_a_name_of_letters() -> None:
    with pytest.raises(ValueError, match="letters"):
        template(['customField.x)!""}${.data_model}'])
    assert '"customField.Cost_Center"' in template(["customField.Cost_Center", "tag1"])


@pytest.mark.parametrize(
    "text",
    [
        "${reports}",
        "${report.nothing}",
        "<#list reports as r>",
        "</#list>",
        '<#if "x">a</#if>',
        "${(a.b).c}",
        '${"a" + 1}',
        "${true}",
        "${1?json_string}",
        "${x?upper_case}",
    ],
)
def test_the_stand_in_is_as_strict_as_freemarker(text: str) -> None:
    with pytest.raises(TemplateError):
        render(text, {"reports": [], "report": {}, "a": {}})


def test_what_freemarker_writes() -> None:
    text = '<#list l as x>${x}<#sep>,</#sep></#list> ${1234567} ${1234567?c} ${(a.b.c)!"none"} ${("a\\"b")?json_string}'
    assert render(text, {"l": ["p", "q"], "a": {}}) == 'p,q 1,234,567 1234567 none a\\"b'
    assert render("<#if (a.b)?? && a.b?is_sequence>yes<#else>no</#if>", {"a": {}}) == "no"
