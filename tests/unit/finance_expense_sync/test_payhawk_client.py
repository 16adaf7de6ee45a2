"""Payhawk over real sockets: pages that move, approvals that come late, notes, limits, lists (E-01, E-15, E-17, E-23;
faults 47, 49)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from platform_client import client

from odoo.addons.finance_connector_base.engine.errors import AuthNeededError, ThrottledError, TransientError
from odoo.addons.finance_connector_base.transports.http import Client
from odoo.addons.finance_expense_sync.platforms import payhawk
from odoo.addons.finance_expense_sync.platforms.access import ListMoves
from odoo.addons.finance_expense_sync.platforms.contract import Handed, Outcome
from odoo.addons.finance_expense_sync.platforms.payhawk_client import PayhawkClient
from odoo.addons.finance_expense_sync.platforms.payhawk_lists import PayhawkLists

from sandbox.payhawk.system import ACCOUNT, PREFIX, Platform
from sandbox.rest.base import Running

TODAY = date(2026, 3, 10)


class ApiKey:
    """The key in its header."""

    def headers(self) -> dict[str, str]:
        return {"X-Payhawk-ApiKey": "payhawk-key-1"}

    def renew(self) -> bool:
        return False


@pytest.fixture(scope="module")
def running() -> Iterator[Running[Any]]:
    with Running(Platform()) as stand_in:
        yield stand_in


@pytest.fixture
def platform(running: Running[Any]) -> Platform:
    made: Platform = running.begin_anew(Platform())
    # what is read here is no test of the limit
    made.limit.requests = 1000
    return made


@pytest.fixture
def http(running: Running[Any], platform: Platform) -> Iterator[Client]:
    with client(running.url + PREFIX, ApiKey()) as made:
        yield made


@pytest.fixture
def api(http: Client) -> PayhawkClient:
    return PayhawkClient(http, ACCOUNT)


def everything(
    api: PayhawkClient, position: dict[str, Any] | None = None, read: Any = payhawk.expense_batch
) -> tuple[list[Handed], dict[str, Any]]:
    found: list[Handed] = []
    position = position or {}
    while True:
        batch = read(api, position, TODAY)
        found += batch.handed
        position = batch.position
        if not batch.more:
            return found, position


def outcome(external_id: str, result: Any = "posted", **said: Any) -> Outcome:
    return Outcome(external_id=external_id, result=result, key="fin-1", number="BILL/1", **said)


def test_who_we_are(api: PayhawkClient, http: Client, platform: Platform) -> None:
    assert api.name() == "Acme GmbH"
    platform.api_key = "another"
    with pytest.raises(AuthNeededError):
        api.name()


def test_what_was_reviewed_in_pages(platform: Platform, api: PayhawkClient) -> None:
    platform.page = 2
    for _number in range(5):
        platform.add_expense()
    platform.add_expense(status="draft", reviewedAt=None)
    platform.add_expense(reviewedAt="2025-01-01T00:00:00.000Z")
    found, position = everything(api)
    assert [one.external_id for one in found] == ["1001", "1002", "1003", "1004", "1005"]
    assert position == {"since": "2026-03-09", "waiting": []}
    again, _position = everything(api, {"since": "2026-03-05"})
    assert again == found, "the same bytes, although the addresses of files are others"


def test_fault_49_what_leaves_the_list_while_it_is_read_hides_nothing(platform: Platform, api: PayhawkClient) -> None:
    platform.page, platform.archive_between_pages = 2, 1
    for _number in range(6):
        platform.add_expense()
    found, _position = everything(api)
    assert {one.external_id for one in found} == {str(1001 + n) for n in range(6)}
    platform.archive_between_pages = 99
    for _number in range(12):
        platform.add_expense()
    with pytest.raises(ListMoves):
        everything(api)


def test_e01_what_is_approved_after_its_review_is_found_later(platform: Platform, api: PayhawkClient) -> None:
    platform.add_expense(id="1", approval="pending")
    platform.add_expense(id="2")
    platform.add_expense(id="3", approval="rejected")
    found, position = everything(api)
    assert [one.external_id for one in found] == ["2"]
    assert position["waiting"] == ["1"]
    found, position = everything(api, {**position, "since": "2026-03-09"})
    assert not found and position["waiting"] == ["1"]
    platform.change("1", approval="approved")
    found, position = everything(api, {**position, "since": "2026-03-09"})
    assert [one.external_id for one in found] == ["1"] and position["waiting"] == []


def test_e05_payments_of_card_expenses(platform: Platform, api: PayhawkClient) -> None:
    platform.page = 2
    for number in range(4):
        platform.add_expense(
            type="card", status="draft", payments=[{"status": "pending"}, {"type": "bank"}][: number + 1]
        )
    platform.add_expense(type="reimbursable", payments=[{}])
    found, position = everything(api, read=payhawk.card_batch)
    assert [one.external_id for one in found] == ["1001-p1", "1002-p1", "1003-p1", "1004-p1"]
    assert position == {"until": "2026-03-10"}


def test_e17_what_became_of_an_expense_is_shown_on_it(platform: Platform, api: PayhawkClient) -> None:
    theirs = {"title": "Contract", "url": "https://drive.example/1"}
    platform.add_expense(id="1", externalLinks=[theirs])
    for number in ("BILL/1", "BILL/1", "BILL/2"):
        told = Outcome(
            external_id="1", result="posted", key="k", number=number, link="https://odoo.example/mail/view?res_id=1"
        )
        assert payhawk.confirm(api, told).taken
    links = platform.expenses["1"]["externalLinks"]
    assert links == [theirs, {"title": "Odoo: BILL/2", "url": "https://odoo.example/mail/view?res_id=1"}]
    assert len([line for line in platform.log if line[0] == "PATCH"]) == 2, "the same twice is one change"


def test_e17_what_is_wrong_is_said_once(running: Running[Any], platform: Platform, api: PayhawkClient) -> None:
    platform.add_expense(id="1")
    running.chaos("reset_after_effect", path=f"{PREFIX}/accounts/{ACCOUNT}/expenses/1/notifications", times=2)
    told = outcome("1", "failed", text="March is closed.")
    for _attempt in range(4):
        try:
            assert payhawk.confirm(api, told).taken
        except TransientError:
            continue
    [note] = platform.notifications["1"]
    assert (note["message"], note["type"]) == ("Odoo: March is closed.", "error")


def test_e04_a_payment_is_told_where_payhawk_does_not_pay(platform: Platform, api: PayhawkClient) -> None:
    platform.add_expense(id="1", type="bank")
    platform.add_expense(id="2")
    assert payhawk.confirm(api, outcome("1", "paid", day=date(2026, 3, 9))).taken
    assert platform.paid == {"1": {"date": "2026-03-09T00:00:00.000Z", "paymentReference": "BILL/1"}}
    assert payhawk.confirm(api, outcome("2", "paid", day=date(2026, 3, 9))).code == "not_told"


def test_what_is_gone_is_not_told(platform: Platform, api: PayhawkClient) -> None:
    platform.add_expense(id="1", status="archived")
    for external_id in ("1", "none"):
        answer = payhawk.confirm(api, outcome(external_id, link="https://odoo.example/1"))
        assert (answer.taken, answer.gone) == (False, True)


@pytest.mark.parametrize("says_when", [True, False])
def test_fault_47_too_many_requests(platform: Platform, api: PayhawkClient, says_when: bool) -> None:
    platform.limit.requests, platform.limit.seconds, platform.says_when = 1, 30.0, says_when
    api.name()
    with pytest.raises(ThrottledError) as caught:
        api.name()
    wait = caught.value.retry_after
    assert (0 < wait <= 31) if says_when and wait is not None else wait is None


def test_e23_files_are_read_at_an_address_that_ends(platform: Platform, api: PayhawkClient, http: Client) -> None:
    platform.add_expense(id="1", files=["f1"])
    found = api.file("1", "f1")
    assert found is not None and http.get(found[0], accept="*/*").body.startswith(b"\x89PNG")
    assert api.file("1", "f2") is None and api.file("none", "f1") is None


# -- lists -------------------------------------------------------------------------------------


def test_e15_a_list_is_replaced_only_when_it_is_another_one(platform: Platform, api: PayhawkClient) -> None:
    lists = PayhawkLists(api)
    platform.lists.fill(
        "account-codes", [{"code": "601000", "name": "Old", "defaultTaxCode": "V19"}, {"code": "9", "name": "X"}]
    )
    wanted = [{"code": "601000", "name": "Travel"}, {"code": "602000", "name": "Meals"}]
    assert lists.replace("account-codes", wanted)
    assert not lists.replace("account-codes", wanted)
    assert platform.lists.rows["account-codes"] == [
        {"code": "601000", "name": "Travel", "defaultTaxCode": "V19"},
        {"code": "602000", "name": "Meals"},
    ]
    assert lists.replace("account-codes", wanted[1:]), "an archived account cannot be chosen any more"
    assert [one["code"] for one in platform.lists.rows["account-codes"]] == ["602000"]


def test_e15_tax_rates_and_teams(platform: Platform, api: PayhawkClient) -> None:
    lists = PayhawkLists(api)
    rates = [{"code": "account.tax:1", "name": "19 %", "rate": Decimal("19.0")}]
    assert lists.replace("tax-rates", rates) and not lists.replace("tax-rates", rates)
    teams = [{"externalId": "hr.department:1", "label": "Sales"}]
    assert lists.replace("external-teams", teams) and not lists.replace("external-teams", teams)


def test_e15_values_of_a_custom_field(platform: Platform, api: PayhawkClient) -> None:
    lists = PayhawkLists(api)
    assert lists.field("plan:1") is None
    field = lists.field("plan:1", "Cost centres")
    assert field and lists.field("plan:1", "Cost centers") == field
    for _time in range(2):
        lists.keep_value(field, "a:7", "Berlin")
        lists.keep_value(field, "a:8", "Paris")
    lists.drop_value(field, "a:7")
    lists.drop_value(field, "a:7")
    assert platform.lists.state()["custom-fields"] == {"Cost centers": {"a:8": "Paris"}}


def test_e22_suppliers(platform: Platform, api: PayhawkClient) -> None:
    lists = PayhawkLists(api)
    lists.supplier("res.partner:1", {"name": "Rail AG", "vat": "DE1"}, is_active=False)
    assert platform.lists.rows["suppliers"] == [], "what was never there is not made to be archived"
    for name in ("Rail AG", "Rail SE"):
        lists.supplier("res.partner:1", {"name": name, "vat": "DE1"}, is_active=True)
    assert platform.lists.state()["suppliers"] == {"res.partner:1": "Rail SE"}
    lists.supplier("res.partner:1", {"name": "Rail SE"}, is_active=False)
    assert platform.lists.state()["suppliers"] == {}
    lists.supplier("res.partner:1", {"name": "Rail SE"}, is_active=True)
    assert platform.lists.state()["suppliers"] == {"res.partner:1": "Rail SE"}
    assert len(platform.lists.rows["suppliers"]) == 1


def test_e14_users_and_teams(platform: Platform, api: PayhawkClient) -> None:
    platform.lists.add("users", {"id": "u1", "email": "ada@example.com", "firstName": "Ada", "lastName": "Sample"})
    platform.lists.add("teams", {"id": "t1", "name": "Sales", "hierarchy": "Sales", "parentId": None})
    lists = PayhawkLists(api)
    assert lists.users() == {"u1": {"name": "Ada Sample", "email": "ada@example.com", "active": True}}
    assert lists.teams() == {"t1": {"name": "Sales", "parent": None, "active": True}}
