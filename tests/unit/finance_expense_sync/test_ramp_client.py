"""Ramp over real sockets: pages that change, one effect for each report, limits, receipts, lists.

E-13, E-15, E-17, E-23; faults 4, 45, 47, 49
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from platform_client import Rotating, client

from odoo.addons.finance_connector_base.engine.errors import RejectedError, ThrottledError, TransientError
from odoo.addons.finance_connector_base.transports.http import Client
from odoo.addons.finance_expense_sync.platforms import ramp, ramp_lists
from odoo.addons.finance_expense_sync.platforms.access import ListMoves
from odoo.addons.finance_expense_sync.platforms.contract import Handed, Outcome
from odoo.addons.finance_expense_sync.platforms.ramp_client import RampClient
from odoo.addons.finance_expense_sync.platforms.ramp_lists import RampLists

from sandbox.ramp.system import PREFIX, Platform
from sandbox.rest.base import Running

TODAY = date(2026, 3, 10)


@pytest.fixture(scope="module")
def running() -> Iterator[Running[Any]]:
    with Running(Platform()) as stand_in:
        yield stand_in


@pytest.fixture
def platform(running: Running[Any]) -> Platform:
    made: Platform = running.begin_anew(Platform())
    return made


@pytest.fixture
def http(running: Running[Any], platform: Platform) -> Iterator[Client]:
    with client(running.url + PREFIX, Rotating(lambda: platform.oauth.grant(with_refresh=False))) as made:
        yield made


def everything(api: RampClient, position: dict[str, Any] | None = None) -> tuple[list[Handed], dict[str, Any], int]:
    """Read until there is no more; :return: (what was handed out, last position, pages)"""
    found: list[Handed] = []
    position, pages = position or {}, 0
    while True:
        batch = ramp.expense_batch(api, position)
        found += batch.handed
        position, pages = batch.position, pages + 1
        if not batch.more:
            return found, position, pages


def outcome(external_id: str, result: Any = "posted", **said: Any) -> Outcome:
    return Outcome(external_id=external_id, result=result, key=said.pop("key", "fin-1"), number="BNK1/1", **said)


def test_everything_that_is_ready_in_pages(platform: Platform, http: Client) -> None:
    platform.page = 2
    for number in range(5):
        platform.add_transaction(id=f"t{number}")
    platform.add_transaction(id="t9", sync_status="NOT_SYNC_READY")
    platform.add_reimbursement(id="r1")
    found, position, pages = everything(RampClient(http))
    assert [one.external_id for one in found] == [f"transactions/t{n}" for n in range(5)] + ["reimbursements/r1"]
    assert (position, pages) == ({}, 4)


def test_fault_45_a_token_that_ends_on_the_way_is_renewed_and_the_page_is_the_same(
    platform: Platform, http: Client
) -> None:
    platform.page = 2
    for number in range(4):
        platform.add_transaction(id=f"t{number}")
    api = RampClient(http)
    first = ramp.expense_batch(api, {})
    platform.oauth.expire_tokens()
    rest, _position, _pages = everything(api, first.position)
    assert len({one.external_id for one in (*first.handed, *rest)}) == 4


def test_fault_49_what_is_reported_while_it_is_read_hides_nothing(platform: Platform, http: Client) -> None:
    platform.page, platform.sync_between_pages = 2, 2
    for number in range(6):
        platform.add_transaction(id=f"t{number}")
    found, _position, _pages = everything(RampClient(http))
    assert {one.external_id for one in found} == {f"transactions/t{n}" for n in range(6)}


def test_fault_49_a_position_that_is_gone_begins_the_list_anew(platform: Platform, http: Client) -> None:
    platform.page, platform.forget_positions = 2, 1
    for number in range(4):
        platform.add_transaction(id=f"t{number}")
    found, position, _pages = everything(RampClient(http))
    assert [one.external_id for one in found[2:]] == [f"transactions/t{n}" for n in range(4)], "twice, and known then"
    assert position == {}
    platform.forget_positions = 99
    with pytest.raises(ListMoves):
        everything(RampClient(http))


def test_e13_the_answer_is_lost_and_the_report_has_one_effect(
    running: Running[Any], platform: Platform, http: Client
) -> None:
    platform.add_transaction(id="t1")
    running.chaos("reset_after_effect", path=f"{PREFIX}/accounting/syncs", times=1)
    with pytest.raises(TransientError):
        ramp.confirm(RampClient(http), outcome("transactions/t1"))
    answer = ramp.confirm(RampClient(http), outcome("transactions/t1"))
    assert answer.taken and answer.code
    assert len(platform.syncs) == 1 and platform.transactions["t1"]["sync_status"] == "SYNCED"
    assert platform.syncs[0]["successful_syncs"] == [{"id": "t1", "reference_id": "BNK1/1"}]


def test_what_was_reported_under_another_key_is_on_record_already(platform: Platform, http: Client) -> None:
    platform.add_reimbursement(id="r1")
    api = RampClient(http)
    assert ramp.confirm(api, outcome("reimbursements/r1")).taken
    again = ramp.confirm(api, outcome("reimbursements/r1", key="fin-2"))
    assert again.taken and len(platform.syncs) == 1


def test_e17_why_it_is_not_booked_is_said_there(platform: Platform, http: Client) -> None:
    platform.add_transaction(id="t1")
    told = outcome("transactions/t1", "failed", text="March is closed.", lines=(("2", "No account"),))
    assert ramp.confirm(RampClient(http), told).taken
    assert platform.errors == {"t1": "March is closed.\n2: No account"}
    assert platform.transactions["t1"]["sync_status"] == "SYNC_READY", "it waits for its correction"


def test_what_was_taken_back_there_is_not_told(platform: Platform, http: Client) -> None:
    api = RampClient(http)
    platform.add_transaction(id="t1", sync_status="NOT_SYNC_READY")
    for external_id in ("transactions/t1", "transactions/none"):
        answer = ramp.confirm(api, outcome(external_id))
        assert (answer.taken, answer.gone) == (False, True)
    assert ramp.confirm(api, outcome("transactions/t1", "paid")).code == "not_told"


def test_a_connection_that_ramp_maintains_refuses_us(platform: Platform, http: Client) -> None:
    platform.add_transaction(id="t1")
    platform.is_direct = True
    with pytest.raises(RejectedError):
        ramp.confirm(RampClient(http), outcome("transactions/t1"))


@pytest.mark.parametrize("says_when", [True, False])
def test_fault_47_too_many_requests(platform: Platform, http: Client, says_when: bool) -> None:
    platform.limit.requests, platform.limit.seconds, platform.says_when = 1, 30.0, says_when
    api = RampClient(http)
    api.business()
    with pytest.raises(ThrottledError) as caught:
        api.business()
    wait = caught.value.retry_after
    assert (0 < wait <= 31) if says_when and wait is not None else wait is None
    platform.limit.seconds = 0.0
    assert api.business() == "Sample Inc"


def test_e05_the_card_feed_reads_a_window_again(platform: Platform, http: Client) -> None:
    platform.page = 2
    for number, state in enumerate(("CLEARED", "PENDING", "DECLINED")):
        platform.add_transaction(id=f"t{number}", state=state, sync_status="NOT_SYNC_READY")
    platform.add_transaction(id="old", user_transaction_time="2025-01-02T00:00:00+00:00")
    api, position, found = RampClient(http), {}, []
    while True:
        batch = ramp.card_batch(api, position, TODAY)
        found += batch.handed
        position = batch.position
        if not batch.more:
            break
    assert [one.external_id for one in found] == ["t0", "t1", "t2"]
    assert position == {"until": "2026-03-10"}
    assert ramp.card_batch(api, position, TODAY).handed == batch.handed or len(found) == 3


def test_e23_receipts_are_read_at_an_address_that_ends(platform: Platform, http: Client) -> None:
    platform.add_transaction(id="t1", receipts=["rc1"])
    api = RampClient(http)
    assert http.get(api.receipt("rc1"), accept="*/*").body.startswith(b"\x89PNG")
    platform.files.seconds = 0.0
    assert http.get(api.receipt("rc1"), accept="*/*", expect={403}).status == 403


def test_a_new_webhook_is_answered(platform: Platform, http: Client) -> None:
    delivered = platform.verification("wh1")
    RampClient(http).verify_webhook("wh1", platform.challenges["wh1"])
    assert platform.verified == ["wh1"] and "challenge" in delivered["body"]


# -- lists -------------------------------------------------------------------------------------


def test_e15_an_archived_account_cannot_be_chosen_any_more(platform: Platform, http: Client) -> None:
    lists, path = RampLists(http), "accounting/accounts"
    said = {"code": "601000", "classification": ramp_lists.account_class("expense_direct_cost")}
    lists.keep(path, "account.account:1", "Travel", **said)
    lists.keep(path, "account.account:1", "Travel", **said)
    assert platform.lists.state()["accounts"] == {"account.account:1": "Travel"}
    assert [line for line in platform.log if line[0] == "PATCH"] == [], "nothing has changed"
    lists.keep(path, "account.account:1", "Journeys", **said)
    lists.drop(path, "account.account:1")
    lists.drop(path, "account.account:1")
    lists.drop(path, "account.account:2")
    assert platform.lists.state()["accounts"] == {}
    lists.keep(path, "account.account:1", "Journeys", **said)
    assert platform.lists.state()["accounts"] == {"account.account:1": "Journeys"}
    assert len(lists.rows(path)) == 1, "reactivated, and not made again"


def test_e15_values_of_a_field(platform: Platform, http: Client) -> None:
    lists = RampLists(http)
    assert lists.field("account.analytic.plan:1") is None
    field = lists.field("account.analytic.plan:1", "Cost centres")
    assert lists.field("account.analytic.plan:1", "Cost centers") == field == lists.field("account.analytic.plan:1")
    path = "accounting/field-options"
    lists.keep(path, "a:7", "Berlin", field_id=field, code="BER")
    lists.keep(path, "a:8", "Paris", field_id=field)
    lists.drop(path, "a:7", field_id=field)
    assert platform.lists.state()["field-options"] == {"a:8": "Paris"}
    assert platform.lists.state()["fields"] == {"account.analytic.plan:1": "Cost centers"}


def test_b30_the_answer_is_lost_and_the_row_is_made_once(
    running: Running[Any], platform: Platform, http: Client
) -> None:
    running.chaos("reset_after_effect", path=f"{PREFIX}/accounting/vendors", times=2)
    lists = RampLists(http)
    for _attempt in range(3):
        try:
            lists.keep("accounting/vendors", "res.partner:1", "Rail AG")
        except TransientError:
            continue
    lists.keep("accounting/vendors", "res.partner:1", "Rail AG")
    assert platform.lists.state()["vendors"] == {"res.partner:1": "Rail AG"}
    assert len(platform.lists.rows["vendors"]) == 1


def test_e14_users_and_departments(platform: Platform, http: Client) -> None:
    platform.page = 2
    sales = platform.add_department(name="Sales")["id"]
    for number in range(3):
        platform.add_user(id=f"u{number}", department_id=sales, status="USER_ACTIVE" if number else "USER_SUSPENDED")
    lists = RampLists(http)
    assert lists.departments() == {sales: {"name": "Sales", "active": True}}
    users = lists.users()
    assert [users[f"u{n}"]["active"] for n in range(3)] == [False, True, True]
    assert users["u1"]["department"] == sales and users["u1"]["name"] == "Ada Sample"


def test_accounts_have_a_class_there() -> None:
    kinds = {"asset_fixed": "ASSET", "expense": "EXPENSE", "income_other": "REVENUE", "liability_current": "LIABILITY"}
    assert {kind: ramp_lists.account_class(kind) for kind in kinds} == kinds
    with pytest.raises(RejectedError):
        ramp_lists.account_class("off_balance")
