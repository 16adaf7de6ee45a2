"""Answers of banks at any level, what is not said is inherited, and the account has the last word (K-11 to K-14)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
import schema_oracle
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.formats.model import (
    Batch,
    Charge,
    Detail,
    Entry,
    FormatError,
    Money,
    References,
    Return,
    TransactionCode,
)
from odoo.addons.finance_bank_sync.payments.answers import identify, read
from odoo.addons.finance_bank_sync.payments.cancellation import VERSIONS, Recalled, Request, render
from odoo.addons.finance_bank_sync.payments.model import Agent, Party
from odoo.addons.finance_bank_sync.payments.movements import movements
from odoo.addons.finance_bank_sync.payments.progress import of_group, of_movement, of_status, standing
from odoo.addons.finance_bank_sync.payments.status import GroupStatus, Named, StatusReport, TransactionStatus
from odoo.addons.finance_bank_sync.payments.xml_text import CannotWrite

BAD_AMOUNT = "<OrgnlTxRef><Amt><InstdAmt Ccy='EUR'>x</InstdAmt></Amt></OrgnlTxRef>"
PAIN_002 = tuple(f"pain.002.001.{number:02d}" for number in (3, 8, 10, 12, 14))


def report(body: str, *, version: str = "pain.002.001.10", group: str = "", namespace: bool = True) -> bytes:
    xmlns = f' xmlns="urn:iso:std:iso:20022:tech:xsd:{version}"' if namespace else ""
    return (
        f"<Document{xmlns}><CstmrPmtStsRpt><GrpHdr><MsgId>S-1</MsgId><CreDtTm>2026-12-01T10:00:00</CreDtTm></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>MSG-1</OrgnlMsgId><OrgnlMsgNmId>pain.001</OrgnlMsgNmId>{group}"
        f"</OrgnlGrpInfAndSts>{body}</CstmrPmtStsRpt></Document>"
    ).encode()


def in_group(*transactions: str, status: str = "", group: str = "GROUP-1") -> str:
    told = f"<PmtInfSts>{status}</PmtInfSts>" if status else ""
    inner = "".join(transactions)
    return f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{group}</OrgnlPmtInfId>{told}{inner}</OrgnlPmtInfAndSts>"


def transaction(end_to_end: str, status: str = "", reason: str = "", more: str = "") -> str:
    told = f"<TxSts>{status}</TxSts>" if status else ""
    why = (
        f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn><AddtlInf>first</AddtlInf><AddtlInf>second</AddtlInf></StsRsnInf>"
        if reason
        else ""
    )
    return f"<TxInfAndSts><OrgnlEndToEndId>{end_to_end}</OrgnlEndToEndId>{told}{why}{more}</TxInfAndSts>"


def status_of(found: StatusReport, end_to_end: str = "E2E-1", group: str = "GROUP-1", **options: Any) -> Any:
    said = found.said(group_id=group, end_to_end_id=end_to_end, **options)
    return said and (said.status, said.level)


@pytest.mark.parametrize("version", PAIN_002)
def test_all_levels_of_all_versions(version: str) -> None:
    data = report(
        in_group(
            transaction("E2E-1", "RJCT", "AC04", "<AcctSvcrRef>BK-1</AcctSvcrRef>"),
            transaction("E2E-2", "ACSP"),
            status="PART",
        ),
        version=version,
        group="<GrpSts>PART</GrpSts><NbOfTxsPerSts><DtldNbOfTxs>1</DtldNbOfTxs><DtldSts>RJCT</DtldSts>"
        "<DtldCtrlSum>12.50</DtldCtrlSum></NbOfTxsPerSts>",
    )
    assert schema_oracle.errors(data) == []
    found = read(data)
    assert (found.format, found.message_id, found.original_message_id) == (version, "S-1", "MSG-1")
    assert (found.created_at, found.original_format) == (datetime(2026, 12, 1, 10), "pain.001")
    assert (found.counts[0].status, found.counts[0].count, found.counts[0].total) == ("RJCT", 1, Decimal("12.50"))
    [(_group, first), _second] = found.transactions()
    assert (first.reasons[0].code, first.reasons[0].text, first.bank_reference) == ("AC04", "first second", "BK-1")
    assert status_of(found) == ("RJCT", "transaction")
    assert status_of(found, "E2E-2") == ("ACSP", "transaction")
    assert status_of(found, "E2E-3") is None
    assert status_of(found, "E2E-3", accepts_rest=True) == ("ACCP", "group")


@pytest.mark.parametrize(
    ("group", "body", "expected"),
    [
        ("<GrpSts>RJCT</GrpSts>", "", ("RJCT", "message")),
        ("<GrpSts>ACTC</GrpSts>", "", ("ACTC", "message")),
        ("<GrpSts>PART</GrpSts>", "", None),
        ("<GrpSts>ACCP</GrpSts>", in_group(status="RJCT"), ("RJCT", "group")),
        ("<GrpSts>PART</GrpSts>", in_group(status="RJCT", group="OTHER"), None),
        ("<GrpSts>ACCP</GrpSts>", in_group(transaction("E2E-1", "RJCT")), ("RJCT", "transaction")),
        ("", in_group(status="ACSP"), ("ACSP", "group")),
        ("", in_group(transaction("E2E-1"), status="ACSP"), ("ACSP", "group")),
        ("<GrpSts>RJCT</GrpSts>", in_group(transaction("E2E-1", reason="AM04")), ("RJCT", "message")),
        ("", in_group(transaction("E2E-1")), None),
        ("", transaction("E2E-1", "RJCT"), ("RJCT", "transaction")),
        ("", in_group(transaction("E2E-1", "RJCT"), group="OTHER"), None),
        ("", "", None),
    ],
)
def test_the_lowest_level_counts_and_part_says_nothing(group: str, body: str, expected: Any) -> None:
    assert status_of(read(report(body, group=group))) == expected
    assert status_of(read(report(body, group=group, namespace=False))) == expected


def test_ids_decide_in_the_order_of_what_they_tell() -> None:
    uetr = "eb6305c9-1f7f-49de-aed0-16487c27b42d"
    one = transaction("NOTPROVIDED", more=f"<OrgnlUETR>{uetr}</OrgnlUETR><TxSts>RJCT</TxSts>")
    two = transaction("NOTPROVIDED", more="<OrgnlInstrId>I-2</OrgnlInstrId><TxSts>ACSC</TxSts>")
    found = read(report(in_group(one, two)))
    assert status_of(found, "NOTPROVIDED", uetr=uetr) == ("RJCT", "transaction")
    assert status_of(found, "NOTPROVIDED", instruction_id="I-2") == ("ACSC", "transaction")
    assert status_of(found, "NOTPROVIDED") is None


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"<Document><Other/></Document>", "answer_unknown"),
        (b"<!DOCTYPE a><Document/>", "doctype"),
        (b"<Document><CstmrPmtStsRpt><GrpHdr/></CstmrPmtStsRpt></Document>", "answer_incomplete"),
        (report("").replace(b"<MsgId>S-1</MsgId>", b""), "answer_incomplete"),
        (report("")[:-20], "truncated"),
        (report(in_group(transaction("E", more=BAD_AMOUNT))), "amount_invalid"),
    ],
)
def test_what_is_broken_is_refused_with_its_place(data: bytes, code: str) -> None:
    with pytest.raises(FormatError) as refused:
        read(data)
    assert refused.value.code == code


def test_files_are_known_by_their_first_bytes() -> None:
    assert identify(report("")) == "pain.002"
    assert identify(b"<x:RsltnOfInvstgtn>") == "camt.029"
    assert identify(b"<Document><BkToCstmrStmt/></Document>") is None


# -- cancellation --------------------------------------------------------------------------


def resolution(body: str, confirmed: str = "") -> bytes:
    status = f"<Sts><Conf>{confirmed}</Conf></Sts>" if confirmed else "<Sts><Conf>INFO</Conf></Sts>"
    bank = "<Agt><FinInstnId><BICFI>DEUTDEFF</BICFI></FinInstnId></Agt>"
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.029.001.09"><RsltnOfInvstgtn><Assgnmt><Id>R-1</Id>'
        f"<Assgnr>{bank}</Assgnr><Assgne>{bank}</Assgne><CreDtTm>2026-12-01T10:00:00</CreDtTm></Assgnmt>{status}"
        f"<CxlDtls><OrgnlGrpInfAndSts><OrgnlMsgId>MSG-1</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>"
        f"</OrgnlGrpInfAndSts>{body}</CxlDtls></RsltnOfInvstgtn></Document>"
    ).encode()


def test_the_answer_to_a_request_to_cancel() -> None:
    one = (
        "<OrgnlPmtInfAndSts><OrgnlPmtInfId>GROUP-1</OrgnlPmtInfId><TxInfAndSts><CxlStsId>C</CxlStsId>"
        "<OrgnlEndToEndId>E2E-1</OrgnlEndToEndId><TxCxlSts>RJCR</TxCxlSts><CxlStsRsnInf><Rsn><Cd>CUST</Cd></Rsn>"
        "</CxlStsRsnInf></TxInfAndSts></OrgnlPmtInfAndSts>"
    )
    found = read(resolution(one))
    assert schema_oracle.errors(resolution(one)) == []
    assert (found.format, found.original_message_id) == ("camt.029.001.09", "MSG-1")
    said = found.said(group_id="GROUP-1", end_to_end_id="E2E-1")
    assert said is not None
    assert (said.status, said.reasons[0].code) == ("RJCR", "CUST")
    assert standing([of_status(said)]).recall == "RJCR"


def test_a_case_that_is_confirmed_as_a_whole() -> None:
    found = read(resolution("", "CNCL"))
    assert status_of(found) == ("ACCR", "message")
    assert status_of(read(resolution("", "PECR"))) is None


@pytest.mark.parametrize("version", VERSIONS)
def test_a_request_to_cancel(version: str) -> None:
    payments = [
        Recalled(id=f"C-{n}", group_id=f"GROUP-{n % 2}", end_to_end_id=f"E2E-{n}", instruction_id="I",
                 amount=Money(amount=Decimal("5"), currency="EUR"), reason="DUPL", text="paid & paid")
        for n in range(3)
    ]  # fmt: skip
    request = Request(
        id="CXL-1",
        created_at=datetime(2026, 12, 1, 10),
        asks=Party(name="My Company"),
        bank=Agent(bic="DEUTDEFF"),
        original_message_id="MSG-1",
        original_format="pain.001.001.09",
        payments=payments,
    )
    data = render(request, version)
    assert schema_oracle.errors(data) == []
    assert data.count(b"<OrgnlPmtInfAndCxl>") == 2
    assert b"<CtrlSum>15</CtrlSum>" in data
    with pytest.raises(CannotWrite):
        render(request, "camt.055.001.99")


# -- the account ---------------------------------------------------------------------------


def entry(*details: Detail, amount: str = "-100.00", **values: Any) -> Entry:
    base: dict[str, Any] = {
        "position": 1,
        "money": Money(amount=Decimal(amount), currency="EUR"),
        "status": "BOOK",
        "booking_date": date(2026, 12, 2),
        "account_servicer_reference": "BK-1",
        "details": details,
    }
    return Entry(**{**base, **values})


def detail(end_to_end: str | None = "E2E-1", **values: Any) -> Detail:
    return Detail(references=References(end_to_end_id=end_to_end, payment_information_id="GROUP-1"), **values)


def test_a_booking_and_its_return_become_facts() -> None:
    """K-14, fault 37: with reason, fee, and the id of the payment."""
    [booked] = movements(entry(detail()))
    assert (booked.kind, booked.end_to_end_id, booked.group_id) == ("booked", "E2E-1", "GROUP-1")
    fee = Charge(money=Money(amount=Decimal("-3.00"), currency="EUR"), included=True)
    back = detail(return_reason=Return(code="AC04", text="closed"), charges=(fee,))
    [returned] = movements(entry(back, amount="97.00", account_servicer_reference="BK-2"))
    assert (returned.kind, returned.reason, returned.charges) == ("returned", "AC04", Decimal("3.00"))
    found = standing([of_movement(returned), of_movement(booked)], Decimal("100.00"))
    assert (found.state, found.reasons, found.problems) == ("returned", ("AC04",), ())


def test_notification_and_statement_tell_the_same_booking_once() -> None:
    first, second = (list(movements(entry(detail(), position=number))) for number in (1, 7))
    assert standing([of_movement(one) for one in (*first, *second)], Decimal("100.00")).problems == ()


def test_what_is_not_booked_says_nothing_and_a_batch_speaks_for_its_group() -> None:
    assert not list(movements(entry(detail(), status="PDNG")))
    batch = Batch(message_id="MSG-1", payment_information_id="GROUP-1", count=3)
    for made in (entry(batch=batch, amount="-300.00"), entry(detail(None), batch=batch, amount="-300.00")):
        [whole] = movements(made)
        assert (whole.kind, whole.group_id, whole.count, whole.end_to_end_id) == ("booked", "GROUP-1", 3, None)
        amounts = {key: Decimal(amount) for key, amount in (("A", "150"), ("B", "100"), ("C", "50"))}
        facts = of_group(whole, amounts) or {}
        assert {key: standing([fact], amounts[key]).state for key, fact in facts.items()} == dict.fromkeys(
            "ABC", "settled"
        )
        # one of them was rejected: then the sum is not theirs, and nothing is guessed
        assert of_group(whole, {"A": Decimal(150), "B": Decimal(100)}) is None
        assert of_group(whole, {"A": Decimal(150), "B": Decimal(150)}) is None
    two = [*movements(entry(detail(), detail("E2E-2"), batch=batch, amount="-300.00"))]
    assert [one.end_to_end_id for one in two] == ["E2E-1", "E2E-2"]
    assert len({one.key for one in two}) == 2


def test_reversals_and_codes_of_returns_count_without_a_reason() -> None:
    code = TransactionCode(domain="PMNT", family="IDDT", subfamily="UPDD")
    assert next(movements(entry(detail(), is_reversal=True))).kind == "returned"
    assert next(movements(entry(detail(transaction_code=code)))).kind == "returned"


IDS = st.sampled_from([None, "A", "B", "C", "NOTPROVIDED"])
STATUS = st.sampled_from([None, "PART", "ACSP", "RJCT", "PACR"])
TRANSACTIONS = st.builds(
    TransactionStatus, status=STATUS, end_to_end_id=IDS, instruction_id=IDS, uetr=st.sampled_from([None, "u", "v"])
)
GROUPS = st.builds(
    GroupStatus,
    id=st.sampled_from([None, "G1", "G2"]),
    status=STATUS,
    transactions=st.lists(TRANSACTIONS, max_size=4).map(tuple),
)
NAMED = st.builds(
    Named,
    key=st.integers(),
    group_id=st.sampled_from(["G1", "G2"]),
    end_to_end_id=st.sampled_from(["A", "B", "NOTPROVIDED"]),
    instruction_id=IDS,
    uetr=st.sampled_from([None, "u", "v"]),
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(GROUPS, max_size=4).map(tuple), STATUS, st.lists(NAMED, max_size=6), st.booleans())
def test_many_payments_are_answered_as_one_by_one(
    groups: tuple[GroupStatus, ...], status: str | None, payments: list[Named], rest: bool
) -> None:
    """The index finds what the plain search finds, whatever a bank leaves out (fault 27)."""
    found = StatusReport(format="pain.002.001.10", message_id="S", status=status, groups=groups)
    expected = [
        (
            one,
            found.said(
                group_id=one.group_id,
                end_to_end_id=one.end_to_end_id,
                instruction_id=one.instruction_id,
                uetr=one.uetr,
                accepts_rest=rest,
            ),
        )
        for one in payments
    ]
    assert list(found.answers(payments, accepts_rest=rest)) == [pair for pair in expected if pair[1] is not None]


def test_ten_thousand_payments_are_answered_without_looking_at_each_for_each() -> None:
    told = tuple(TransactionStatus(status="ACSP", end_to_end_id=f"E{number}") for number in range(10_000))
    found = StatusReport(format="pain.002.001.10", message_id="S", groups=(GroupStatus(id="G1", transactions=told),))
    payments = [Named(key=number, group_id="G1", end_to_end_id=f"E{number}") for number in range(10_000)]
    # one for each would be a hundred million comparisons
    assert sum(1 for _one in found.answers(payments)) == 10_000
