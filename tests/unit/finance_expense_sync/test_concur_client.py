"""The queue of Concur over a socket: get, acknowledge, confirm (E-01, E-13, E-17, S-20; faults 45, 47, 49)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from platform_client import Rotating, client

from odoo.addons.finance_connector_base.engine.errors import (
    AuthNeededError,
    MalformedError,
    ThrottledError,
    TransientError,
)
from odoo.addons.finance_expense_sync.platforms import concur_reader
from odoo.addons.finance_expense_sync.platforms.calling import Nobody
from odoo.addons.finance_expense_sync.platforms.concur import ConcurClient
from odoo.addons.finance_expense_sync.platforms.contract import Batch, Handed, Outcome

from sandbox.concur.documents import entry, issued, key, report
from sandbox.concur.system import IMAGE, Concur
from sandbox.rest.base import Running


class Case:
    """A company at Concur, and our client before it."""

    def __init__(self, running: Running[Concur]) -> None:
        self.running, self.concur = running, running.system
        self.http = client(running.url, Rotating(self.concur.oauth.grant))
        self.client = ConcurClient(self.http)

    def ready(self, *names: str) -> list[str]:
        return [self.concur.approve(report(name, entry("Taxi", "10.50"))) for name in names]

    def everything(self, *, claims: bool = True) -> list[list[str]]:
        """:return: names of reports by page"""
        pages, position, more = [], {}, True
        while more:
            batch = self.client.batch(position)
            pages.append([concur_reader.read(one.content).name or "" for one in batch.handed])
            if claims:
                self.client.acknowledge(batch.handed)
            position, more = batch.position, batch.more
        assert position == {}
        return pages

    def one(self, *, revision: int = 1) -> Handed:
        self.concur.approve(report("Trip", entry("Taxi", "10.50"), revision=revision))
        [handed] = self.client.batch(None).handed
        return handed

    def outcome(self, handed: Handed, result: Any = "posted", **values: Any) -> Outcome:
        told = {"key": "K1", "number": "EXP/2026/0001", "day": date(2026, 3, 4), "currency": "EUR", **values}
        return Outcome(external_id=handed.external_id, handle=handed.handle, result=result, **told)

    def post(self, handed: Handed, result: Any = "posted", **values: Any) -> Any:
        return self.client.confirm_posting(self.outcome(handed, result, **values), company="1000")

    def pay(self, handed: Handed, **values: Any) -> Any:
        return self.client.confirm_payment(
            self.outcome(handed, "paid", amount=Decimal("10.50"), **values), company="1000"
        )


@pytest.fixture
def case() -> Iterator[Case]:
    with Running(Concur()) as running:
        made = Case(running)
        yield made
        made.http.close()


# -- reading -------------------------------------------------------------------------------


def test_s20_from_the_queue_to_the_payment(case: Case) -> None:
    handed = case.one()
    assert (handed.external_id, handed.claim, handed.revision) == (key("report Trip")[:20], True, 1)
    [claimed] = case.client.acknowledge([handed])
    assert claimed.taken and claimed.external_id == handed.external_id
    assert case.client.batch(None) == Batch(handed=(), position={}), "it has left the queue"
    assert case.post(handed).taken and case.pay(handed).taken
    [document] = case.concur.of_report(handed.external_id)
    assert (document.status, document.number) == ("POSTING_CONFIRMED_SUCCESS", "EXP/2026/0001")
    [paid] = document.payments
    assert paid["clearingDetails"][0]["clearingAmount"] == 10.5


def test_pages_move_up_when_what_was_read_is_acknowledged(case: Case) -> None:
    """Fault 49: nothing is left out and nothing is read twice while the list changes under the reader."""
    case.ready("a", "b", "c", "d", "e")
    case.concur.page = 2
    assert case.everything() == [["a", "b"], ["c", "d"], ["e"]]


def test_e07_advances_that_are_issued_have_a_queue_of_their_own(case: Case) -> None:
    case.ready("Trip")
    given = case.concur.approve(issued("Trip", "250.00"), kind="cashadvance")
    reports = case.client.batch({}, advances=True)
    assert (reports.position, reports.more) == ({"kind": "cashadvance"}, True)
    advances = case.client.batch(reports.position, advances=True)
    assert (advances.position, advances.more) == ({}, False)
    answers = case.client.acknowledge([*reports.handed, *advances.handed])
    assert [(one.external_id[:12], one.taken) for one in answers][1] == ("cashadvance:", True)
    read = concur_reader.read(advances.handed[0].content)
    [line] = read.lines
    assert (line.kind, line.payment, line.amount, read.total) == ("advance", "own", Decimal(250), Decimal(250))
    assert case.client.confirm_posting(case.outcome(advances.handed[0]), company="1").taken
    assert case.concur.documents[given].number == "EXP/2026/0001"
    # who does not read them leaves them where they are
    assert case.client.batch({"kind": "cashadvance"}).handed == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"transactionType": 3}, "transactionType"), ({"issuedDate": None, "requestDate": None}, "issuedDate")],
)
def test_an_advance_that_says_something_else_is_refused(case: Case, changes: dict[str, Any], words: str) -> None:
    case.concur.approve(issued("Trip", "250.00", **changes), kind="cashadvance")
    [handed] = case.client.batch({"kind": "cashadvance"}, advances=True).handed
    with pytest.raises(MalformedError, match=words):
        concur_reader.read(handed.content)


def test_what_is_not_acknowledged_does_not_stop_the_reader(case: Case) -> None:
    ids = case.ready("a", "b", "c", "d", "e")
    case.concur.page = 2
    assert case.everything(claims=False) == [["a", "b"], ["c", "d"], ["e"]]
    case.concur.codes = {ids[0]: 199, ids[1]: 199}
    assert [name for page in case.everything() for name in page][:5] == ["a", "b", "c", "d", "e"]


def test_the_same_document_gives_the_same_bytes(case: Case) -> None:
    """E-13: the order of fields and the state in the queue make no other document, so that its hash knows it."""
    case.ready("a")
    [first], [again] = case.client.batch(None).handed, case.client.batch(None).handed
    assert first == again
    case.concur.as_text = True
    assert case.client.batch(None).handed == (first,), "also when it is sent as text"


def test_older_answers_have_other_names(case: Case) -> None:
    [document] = [json.loads(case.client.batch(None).handed[0].content) for _one in case.ready("a")]
    body = json.dumps({"fIDocuments": [document], "offset": None, "nextPage": None})
    case.running.chaos("status", status=200, body=body, headers={"Content-Type": "application/json"})
    batch = case.client.batch(None)
    assert len(batch.handed) == 1 and not batch.more


def test_documents_are_those_of_our_system(case: Case) -> None:
    case.concur.system_id = "ODOO"
    handed = ConcurClient(case.http, system_id="ODOO")
    case.ready("a")
    [one] = handed.batch(None).handed
    assert [case.client.acknowledge([one])[0].code, handed.acknowledge([one])[0].code] == ["99", "0"]


# -- claiming ------------------------------------------------------------------------------


def test_e13_claimed_twice_is_claimed(case: Case) -> None:
    handed = case.one()
    assert [case.client.acknowledge([handed])[0].code for _time in range(3)] == ["0", "101", "101"]
    assert all(case.client.acknowledge([handed])[0].taken for _time in range(3))


def test_each_document_has_an_answer_of_its_own(case: Case) -> None:
    ids = case.ready("a", "b", "c")
    handed = case.client.batch(None).handed
    case.concur.recall(ids[1])
    case.concur.leaves_out = 1
    first, second, third = case.client.acknowledge(handed)
    assert (first.taken, second.gone, second.code) == (True, True, "102")
    assert (third.taken, third.repeat) == (False, True), "Concur said nothing about it"
    assert case.client.acknowledge(handed)[2].taken


def test_a_report_that_was_recalled_comes_again_as_another_document(case: Case) -> None:
    first = case.one()
    assert case.concur.recall(first.handle or "")
    assert case.client.acknowledge([first])[0].gone
    second = case.one(revision=2)
    assert (second.external_id, second.revision) == (first.external_id, 2) and second.handle != first.handle
    assert case.client.acknowledge([second])[0].taken
    assert not case.concur.recall(second.handle or ""), "what is acknowledged cannot be recalled"


# -- confirming ----------------------------------------------------------------------------


def test_e17_the_words_of_a_refusal_reach_the_processor(case: Case) -> None:
    handed = case.one()
    case.client.acknowledge([handed])
    line = concur_reader.read(handed.content).lines[0].external_id
    words = "The cost centre CC-9\nis closed. Choose another one." + "x" * 2000
    answer = case.post(handed, "failed", text=words, lines=((f"{line}/advance", "Closed"),))
    [document] = case.concur.of_report(handed.external_id)
    assert answer.taken and document.status == "POSTING_CONFIRMED_FAILURE"
    assert document.words[0].startswith("The cost centre CC-9 is closed. Choose another one.")
    assert document.lines == {line: "Closed"} and len(document.words[0]) == 1300
    assert case.concur.recall(handed.handle or ""), "so that it can be corrected"
    assert case.post(handed).gone


def test_a_refusal_without_words_still_has_some(case: Case) -> None:
    handed = case.one()
    case.client.acknowledge([handed])
    assert case.post(handed, "failed").taken


def test_e13_confirmed_twice_is_confirmed(case: Case) -> None:
    handed = case.one()
    case.client.acknowledge([handed])
    assert [case.post(handed).code for _time in range(3)] == ["0", "113", "113"]
    assert [case.pay(handed).code for _time in range(3)] == ["0", "213", "213"]
    assert case.post(handed).taken and case.pay(handed).taken
    [document] = case.concur.of_report(handed.external_id)
    assert (len(case.concur.postings[document.identity]), len(document.payments)) == (1, 1)


@pytest.mark.parametrize(
    ("code", "taken", "gone", "repeat"),
    [
        *((code, True, False, False) for code in (0, 101, 113, 213)),
        *((code, False, True, False) for code in (102, 112)),
        (199, False, False, True),
        *((code, False, False, False) for code in (99, 103, 104, 105, 111, 114, 115, 116, 198, 298)),
    ],
)
def test_every_code_means_what_the_documentation_says(
    case: Case, code: int, taken: bool, gone: bool, repeat: bool
) -> None:
    handed = case.one()
    case.concur.codes = {handed.external_id: code}
    for answer in (case.client.acknowledge([handed])[0], case.post(handed), case.pay(handed)):
        assert (answer.taken, answer.gone, answer.repeat, answer.code) == (taken, gone, repeat, str(code))
        assert code == 0 or (answer.text and str(code) in answer.text)


def test_later_is_later(case: Case) -> None:
    handed = case.one()
    case.client.acknowledge([handed])
    case.concur.later = {"postingconfirmations": 2}
    assert [case.post(handed).repeat for _time in range(3)] == [True, True, False]


def test_not_acknowledged_and_not_posted(case: Case) -> None:
    handed = case.one()
    assert [case.post(handed).code, case.pay(handed).code] == ["111", "111"]


def test_what_is_wrong_is_not_tried_again(case: Case) -> None:
    handed = case.one()
    case.client.acknowledge([handed])
    answer = case.client.confirm_posting(case.outcome(handed, day=None, number=None, key="K"), company="")
    assert (answer.code, answer.repeat) == ("198", False)


# -- the wire ------------------------------------------------------------------------------


def test_fault_45_a_token_that_is_over_between_two_pages(case: Case) -> None:
    case.ready("a", "b", "c")
    case.concur.page = 1
    first = case.client.batch(None)
    case.client.acknowledge(first.handed)
    case.concur.oauth.expire_tokens()
    second = case.client.batch(first.position)
    assert concur_reader.read(second.handed[0].content).name == "b"


def test_fault_47_concur_says_for_how_long(case: Case) -> None:
    case.running.chaos("status", status=429, headers={"Retry-After": "30"}, times=1)
    with pytest.raises(ThrottledError) as caught:
        case.client.batch(None)
    assert caught.value.retry_after == 30


@pytest.mark.parametrize(("mode", "error"), [("reset", TransientError), ("html", MalformedError)])
def test_outages(case: Case, mode: str, error: type[Exception]) -> None:
    handed = case.one()
    case.running.chaos(mode, times=2)
    with pytest.raises(error):
        case.client.acknowledge([handed])


def test_a_confirmation_whose_answer_got_lost_is_said_again(case: Case) -> None:
    handed = case.one()
    case.client.acknowledge([handed])
    case.running.chaos("reset_after_effect", path="/financialintegration", times=1)
    with pytest.raises(TransientError):
        case.post(handed)
    assert case.post(handed).code == "113" and len(case.concur.postings[handed.handle or ""]) == 1


def test_a_permission_that_is_gone(case: Case) -> None:
    case.concur.oauth.revoke()
    case.concur.oauth.knows = lambda _token: False  # type: ignore[method-assign]
    with pytest.raises(AuthNeededError):
        case.client.batch(None)


# -- receipts ------------------------------------------------------------------------------


def test_e23_receipts_are_fetched_at_once(case: Case) -> None:
    case.concur.images = {"D0C7A9": IMAGE, "52F40A7F26D74F1AAFFB": b"%PDF"}
    free = client(case.running.url, Nobody())
    fetching = ConcurClient(case.http, files=free)
    assert fetching.receipt("D0C7A9") == ("image/png", IMAGE)
    assert fetching.receipt("report:52F40A7F26D74F1AAFFB")[1] == b"%PDF"
    case.concur.image_reads = 0
    with pytest.raises(TransientError, match="is over"):
        fetching.receipt("D0C7A9")
    free.close()


def test_an_image_without_address_is_refused(case: Case) -> None:
    for body in ("<Image/>", "<!DOCTYPE x [<!ENTITY a 'b'>]><Image><Url>&a;</Url></Image>", "no"):
        case.running.chaos("status", status=200, body=body, headers={"Content-Type": "application/xml"})
        with pytest.raises(MalformedError, match="image"):
            case.client.receipt("D0C7A9")
