"""The bank that takes payment files: it carries out first, counts what it did, answers, and misbehaves on command."""

from __future__ import annotations

import json
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import schema_oracle
from lxml import etree

from sandbox.bank.ledger import Ledger, LedgerError
from sandbox.berlingroup.system import Bank
from sandbox.http.messages import Request, Response
from sandbox.payments.__main__ import command
from sandbox.payments.bank import PaymentBank
from sandbox.payments.executions import Executions
from sandbox.payments.folder import Folder
from sandbox.process import StandIn

OWN = "BE68539007547034"
OTHER = "DE89370400440532013000"
DAY = "2026-12-01"


def pain(*ids: str, message: str = "M-1", amount: str = "10.00", day: str = DAY, **change: str) -> bytes:
    """A file as a customer writes it."""
    payments = "".join(
        f"<CdtTrfTxInf><PmtId><EndToEndId>{identifier}</EndToEndId></PmtId><Amt><InstdAmt Ccy='EUR'>{amount}</InstdAmt>"
        f"</Amt><Cdtr><Nm>Vendor</Nm></Cdtr><CdtrAcct><Id><IBAN>{change.get('account', OTHER)}</IBAN></Id></CdtrAcct>"
        f"<RmtInf><Ustrd>Invoice</Ustrd></RmtInf></CdtTrfTxInf>"
        for identifier in ids
    )
    count, total = change.get("count", str(len(ids))), change.get("total", str(Decimal(amount) * len(ids)))
    control = f"<NbOfTxs>{count}</NbOfTxs><CtrlSum>{total}</CtrlSum>"
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn>'
        f"<GrpHdr><MsgId>{message}</MsgId><CreDtTm>2026-11-30T10:00:00</CreDtTm>{control}"
        "<InitgPty><Nm>Us</Nm></InitgPty></GrpHdr>"
        f"<PmtInf><PmtInfId>G-1</PmtInfId><PmtMtd>TRF</PmtMtd><BtchBookg>{change.get('batch', 'false')}</BtchBookg>"
        f"{control}<ReqdExctnDt><Dt>{day}</Dt></ReqdExctnDt><Dbtr><Nm>Us</Nm></Dbtr>"
        f"<DbtrAcct><Id><IBAN>{change.get('own', OWN)}</IBAN></Id></DbtrAcct>"
        "<DbtrAgt><FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId></DbtrAgt>"
        f"{payments}</PmtInf></CstmrCdtTrfInitn></Document>"
    ).encode()


def told(bank: PaymentBank) -> list[tuple[str | None, str | None, tuple[tuple[str, str, str | None], ...]]]:
    """Group status, its reason, and the payments of every report that waits; each is proven by its schema."""
    found = []
    for _name, data in bank.fetch():
        assert schema_oracle.errors(data) == []
        root = etree.fromstring(data)
        ns = {"p": etree.QName(root).namespace}
        payments = tuple(
            (
                one.findtext("p:OrgnlEndToEndId", namespaces=ns),
                one.findtext("p:TxSts", namespaces=ns),
                one.findtext("p:StsRsnInf/p:Rsn/p:Cd", namespaces=ns),
            )
            for one in root.iterfind(".//p:TxInfAndSts", ns)
        )
        group = root.find(".//p:OrgnlGrpInfAndSts", ns)
        found.append(
            (
                group.findtext("p:GrpSts", namespaces=ns),
                group.findtext("p:StsRsnInf/p:Rsn/p:Cd", namespaces=ns),
                payments,
            )
        )
    return found


@pytest.mark.parametrize("version", [3, 10])
def test_a_good_file_is_carried_out_once_and_answered_in_steps(version: int) -> None:
    bank = PaymentBank()
    bank.version = version
    bank.take(pain("A", "B"))
    assert bank.executions.counts() == {"A": 1, "B": 1}
    assert [one[0] for one in told(bank)] == ["ACTC", "ACSP", "ACSC"]
    assert bank.ledger.balance(OWN) == Decimal(1_000_000) - 20


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<nonsense", "FF01"),
        (pain("A").replace(b"<PmtMtd>TRF</PmtMtd>", b""), "FF01"),
        (pain("A").replace(b"pain.001.001.09", b"pain.001.001.04"), "FF01"),
        (pain("A", count="2"), "AM18"),
        (pain("A", total="9.00"), "AM10"),
    ],
)
def test_a_bad_file_is_refused_whole(data: bytes, reason: str) -> None:
    bank = PaymentBank()
    bank.take(data)
    assert told(bank) == [("RJCT", reason, ())]
    assert bank.executions.counts() == {}


def test_a_file_that_was_there_before_is_refused_unless_the_bank_is_a_bad_one() -> None:
    """The book counts what happened twice; the bank does not compare end-to-end ids."""
    bank = PaymentBank()
    bank.take(pain("A"))
    bank.take(pain("A"))
    assert told(bank)[-1][:2] == ("RJCT", "DU01")
    bank.take(pain("A", message="M-2"))
    bank.configure({"takes_duplicates": True})
    bank.take(pain("A"))
    assert bank.executions.counts() == {"A": 3}


def camt055(*ids: str) -> bytes:
    """A request to cancel, without what the bank does not look at."""
    asked = "".join(f"<TxInf><CxlId>C-{one}</CxlId><OrgnlEndToEndId>{one}</OrgnlEndToEndId></TxInf>" for one in ids)
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.055.001.08"><CstmrPmtCxlReq><Undrlyg><OrgnlPmtInfAndCxl>'
        "<OrgnlPmtInfId>G-1</OrgnlPmtInfId><OrgnlGrpInf><OrgnlMsgId>M-1</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09"
        f"</OrgnlMsgNmId></OrgnlGrpInf>{asked}</OrgnlPmtInfAndCxl></Undrlyg></CstmrPmtCxlReq></Document>"
    ).encode()


def test_a_request_to_cancel_is_answered_and_what_is_still_here_is_not_carried_out() -> None:
    bank = PaymentBank()
    bank.take(camt055("A"))
    bank.take(pain("A", "B"))
    assert bank.executions.counts() == {"B": 1}
    bank.take(camt055("B"))
    bank.configure({"recall_answer": "ACCR"})
    bank.take(camt055("B"))
    answers = [data for name, data in bank.outbox if name.startswith("camt029")]
    assert [schema_oracle.errors(data) for data in answers] == [[], [], []]
    said = [etree.fromstring(data).findtext(".//{*}TxCxlSts") for data in answers]
    assert said == ["ACCR", "RJCR", "ACCR"]
    assert bank.ledger.balance(OWN) == Decimal(1_000_000), "it came back"


def test_payments_are_refused_by_rule_and_the_rest_is_carried_out() -> None:
    """Fault 36: partial acceptance."""
    bank = PaymentBank()
    bank.configure({"rules": [{"field": "end_to_end_id", "is": "B", "reason": "AC04"}, {"every": 4, "reason": "MS03"}]})
    bank.take(pain("A", "B", "C", "D"))
    assert bank.executions.counts() == {"A": 1, "C": 1}
    reports = told(bank)
    assert reports[0] == ("ACTC", None, ())
    assert reports[-1][0] == "PART"
    assert set(reports[-1][2]) == {
        ("A", "ACSC", None),
        ("B", "RJCT", "AC04"),
        ("C", "ACSC", None),
        ("D", "RJCT", "MS03"),
    }
    bank.configure({"only_exceptions": True, "rules": [{"above": "5.00", "reason": "AM02"}]})
    bank.take(pain("E", message="M-2"))
    assert told(bank) == [("RJCT", None, (("E", "RJCT", "AM02"),))]


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"day": "2026-11-30"}, "CH04"), ({"account": "DE00370400440532013000"}, "AC01"), ({"own": "DE00"}, None)],
)
def test_the_bank_has_rules_of_its_own(change: dict[str, str], reason: str | None) -> None:
    bank = PaymentBank()
    bank.take(pain("A", **change))
    [report] = told(bank)
    assert report[0] == "RJCT"
    assert [one[2] for one in report[2]] == ([reason] if reason else [])


def test_answers_get_lost_come_twice_late_and_in_any_order() -> None:
    bank = PaymentBank()
    bank.configure({"drop_answers": 3})
    bank.take(pain("A"))
    assert told(bank) == []
    assert bank.executions.counts() == {"A": 1}
    bank.configure({"duplicates": True, "shuffled": True, "late_status": "ACTC", "seed": 3})
    bank.take(pain("B", message="M-2"))
    statuses = [one[0] for one in told(bank)]
    assert sorted(statuses) == sorted(2 * ["ACTC", "ACSP", "ACSC", "ACTC"])
    assert statuses != 2 * ["ACTC", "ACSP", "ACSC", "ACTC"]


def test_money_comes_back_once_with_fee_and_reason() -> None:
    """Fault 37; what came back cannot come back again."""
    bank = PaymentBank()
    bank.take(pain("A", "B", batch="true"))
    [entry] = bank.ledger.bookings(OWN, date(2026, 12, 1), date(2026, 12, 1))
    assert (entry.amount, len(entry.transactions)) == (Decimal("-20.00"), 2)
    bank.executions.send_back("A", "AC04", date(2026, 12, 3), Decimal("3.00"))
    with pytest.raises(LedgerError):
        bank.executions.send_back("A", "AC04", date(2026, 12, 3))
    assert bank.ledger.balance(OWN) == Decimal(1_000_000) - 20 + 7
    for data in (bank.notify("2026-12-01"), bank.notify("2026-12-03"), bank.statement(DAY, "2026-12-03")):
        assert schema_oracle.errors(data) == []
    assert b"<Cd>AC04</Cd>" in bank.notify("2026-12-03")


def test_the_book_outlives_the_bank(tmp_path: Path) -> None:
    first = PaymentBank(Ledger(tmp_path / "bank.sqlite"))
    first.executions = Executions(first.ledger, tmp_path / "executions.sqlite")
    first.take(pain("A"))
    second = PaymentBank(Ledger(tmp_path / "bank.sqlite"))
    second.executions = Executions(second.ledger, tmp_path / "executions.sqlite")
    second.take(pain("A"))
    assert second.executions.counts() == {"A": 1}
    assert told(second)[-1][:2] == ("RJCT", "DU01")


def test_a_folder_is_enough_to_talk_to_it(tmp_path: Path) -> None:
    folder = Folder(PaymentBank(), tmp_path)
    (tmp_path / "outgoing" / "one.xml").write_bytes(pain("A"))
    (tmp_path / "outgoing" / "two.xml.part").write_bytes(pain("B", message="M-2"))
    command(folder, "PUT", "/settings", {"holds_answers": True})
    assert command(folder, "POST", "/turn", None) == {"taken": 1}
    assert command(folder, "GET", "/", None)["counts"] == {"A": 1}
    assert not list((tmp_path / "inbox").iterdir())
    command(folder, "POST", "/release", None)
    assert len(list((tmp_path / "inbox").glob("pain002-*.xml"))) == 3
    command(folder, "POST", "/reject", {"end_to_end_id": "A", "reason": "AM04"})
    command(folder, "POST", "/return", {"end_to_end_id": "A", "reason": "AC04", "day": "2026-12-02"})
    command(folder, "POST", "/notify", {"day": "2026-12-02"})
    command(folder, "POST", "/statement", {"from_day": DAY, "to_day": "2026-12-02"})
    names = {path.name.partition("-")[0] for path in (tmp_path / "inbox").iterdir()}
    assert names == {"pain002", "camt054", "camt053"}
    assert [path.name for path in (tmp_path / "outgoing").iterdir()] == ["two.xml.part"]
    told = command(folder, "POST", "/anew", None)
    assert (told["counts"], told["executions"]) == ({}, [])
    assert not any(path.is_file() for path in tmp_path.rglob("*.xml*"))


def test_the_process_takes_files_by_itself(tmp_path: Path) -> None:
    with StandIn("sandbox.payments", "--root", str(tmp_path)) as bank:
        (tmp_path / "outgoing" / ".one.part").write_bytes(pain("A"))
        (tmp_path / "outgoing" / ".one.part").rename(tmp_path / "outgoing" / "one.xml")
        deadline = time.monotonic() + 60
        while len(list((tmp_path / "inbox").glob("pain002-*.xml"))) < 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert bank.control("GET")["counts"] == {"A": 1}
    assert len(list((tmp_path / "inbox").glob("pain002-*.xml"))) == 3


# -- over HTTP -----------------------------------------------------------------------------

BODY: dict[str, Any] = {
    "endToEndIdentification": "A",
    "debtorAccount": {"iban": OWN},
    "instructedAmount": {"currency": "EUR", "amount": "10.00"},
    "creditorAccount": {"iban": OTHER},
    "creditorName": "Vendor",
}


class Client:
    def __init__(self) -> None:
        self.bank = Bank()
        self.bank.configure({"today": DAY})
        self.number = 0

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Response:
        self.number += 1
        sent = {"x-request-id": f"R-{self.number}", "psu-ip-address": "10.0.0.1", "host": "bank",
                "tpp-redirect-uri": "http://us/back", "tpp-nok-redirect-uri": "http://us/no", **headers}  # fmt: skip
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.bank.answer(Request(method, f"/psd2/v1/{path}", {}, sent, data))

    def pay(self, path: str = "payments/sepa-credit-transfers", body: Any = BODY, **headers: str) -> str:
        response = self.ask("POST", path, body, **headers)
        assert response.status == 201, response.body
        return f"{path}/{json.loads(response.body)['paymentId']}"

    def says(self, payment: str, answer: str = "yes") -> str:
        self.bank.configure({"person_says": answer})
        path = f"/sca/{payment.rpartition('/')[2]}"
        return self.bank.answer(Request("GET", path, {}, {"host": "bank"}, b"")).headers["Location"]

    def status(self, payment: str) -> str | None:
        response = self.ask("GET", f"{payment}/status")
        return json.loads(response.body).get("transactionStatus") if response.status == 200 else None

    @property
    def counts(self) -> Any:
        return self.bank.state()["payments"]["counts"]


@pytest.fixture
def client() -> Client:
    return Client()


def test_nothing_is_carried_out_before_the_person_says_yes(client: Client) -> None:
    payment = client.pay()
    assert (client.status(payment), client.counts) == ("RCVD", {})
    assert client.says(payment) == "http://us/back"
    assert [client.status(payment) for _ in range(4)] == ["ACTC", "ACSP", "ACSC", "ACSC"]
    client.says(payment)
    assert client.counts == {"A": 1}
    assert json.loads(client.ask("GET", payment).body)["creditorName"] == "Vendor"


def test_the_person_says_no(client: Client) -> None:
    payment = client.pay()
    assert client.says(payment, "no") == "http://us/no"
    assert (client.status(payment), client.counts) == ("RJCT", {})
    client.says(payment)
    assert client.counts == {}


def test_the_same_request_is_the_same_payment_and_another_body_is_refused(client: Client) -> None:
    """Fault 5; RELIABILITY: the key with another body is an error."""
    first = client.pay(**{"x-request-id": "KEY"})
    assert client.pay(**{"x-request-id": "KEY"}) == first
    other = {**BODY, "creditorName": "Other"}
    assert client.ask("POST", "payments/sepa-credit-transfers", other, **{"x-request-id": "KEY"}).status == 409
    client.bank.payments.configure({"idempotent": False, "exempted": True})
    assert client.pay(**{"x-request-id": "KEY"}) != first
    assert client.counts == {"A": 1}


def test_a_slow_bank_does_not_know_what_it_has(client: Client) -> None:
    """Fault 38: "not found" is no proof."""
    client.bank.payments.configure({"lag": 2, "exempted": True})
    payment = client.pay()
    assert [client.status(payment) for _ in range(3)] == [None, None, "ACTC"]
    assert client.counts == {"A": 1}


def test_what_waits_for_its_day_can_be_cancelled_and_what_was_carried_out_cannot(client: Client) -> None:
    later = client.pay(body={**BODY, "requestedExecutionDate": "2026-12-03", "endToEndIdentification": "B"})
    kept = client.pay(body={**BODY, "requestedExecutionDate": "2026-12-03", "endToEndIdentification": "C"})
    for payment in (later, kept):
        client.says(payment)
        assert [client.status(payment) for _ in range(2)] == ["ACTC", "ACTC"]
    assert client.ask("DELETE", later).status == 204
    client.bank.configure({"today": "2026-12-03"})
    client.bank.payments.day_has_come()
    client.bank.payments.day_has_come()
    assert client.counts == {"C": 1}
    assert client.status(later) == "CANC"
    refused = client.ask("DELETE", kept)
    assert (refused.status, b"CANCELLATION_INVALID" in refused.body) == (405, True)


def test_bulks_files_and_partial_acceptance(client: Client) -> None:
    client.bank.payments.configure({"rules": [{"field": "end_to_end_id", "is": "B", "reason": "AC04"}]})
    common = {"debtorAccount", "endToEndIdentification"}
    items = [{**{k: v for k, v in BODY.items() if k not in common}, "endToEndIdentification": one} for one in "ABC"]
    bulk = client.pay("bulk-payments/sepa-credit-transfers", {"debtorAccount": {"iban": OWN}, "payments": items})
    client.says(bulk)
    assert [client.status(bulk) for _ in range(2)] == ["ACTC", "PART"]
    assert client.counts == {"A": 1, "C": 1}
    file = client.pay("payments/pain.001-sepa-credit-transfers", pain("D", "E"))
    client.says(file)
    assert client.counts == {"A": 1, "C": 1, "D": 1, "E": 1}


@pytest.mark.parametrize(
    ("path", "body", "headers", "status"),
    [
        ("payments/sepa-credit-transfers", {}, {}, 400),
        ("payments/sepa-credit-transfers", {**BODY, "instructedAmount": {"currency": "EUR", "amount": "-1"}}, {}, 400),
        ("payments/sepa-credit-transfers", b"{", {}, 400),
        ("payments/sepa-credit-transfers", BODY, {"psu-ip-address": ""}, 400),
        ("payments/sepa-credit-transfers", BODY, {"x-request-id": ""}, 400),
        ("payments/gold", BODY, {}, 404),
        ("payments/pain.001-sepa-credit-transfers", b"<nonsense", {}, 400),
    ],
)
def test_requests_that_are_wrong(client: Client, path: str, body: Any, headers: dict[str, str], status: int) -> None:
    assert client.ask("POST", path, body, **headers).status == status
    assert client.counts == {}
