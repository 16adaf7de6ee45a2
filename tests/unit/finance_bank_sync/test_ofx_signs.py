"""OFX of banks that write no signs, or turned ones: the types of the transactions tell the direction (K-02)."""

from __future__ import annotations

import io

import pytest

from odoo.addons.finance_bank_sync.formats import Ofx
from odoo.addons.finance_bank_sync.formats.model import NO_ANSWERS, Answers, Entry, FormatError, Question, StatementEnd
from odoo.addons.finance_bank_sync.formats.ofx import signs

HEAD = "OFXHEADER:100\nDATA:OFXSGML\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>BRL<BANKACCTFROM><ACCTID>7\n"
TAIL = "</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n"


def read(
    *transactions: tuple[str, str], more: str = "", answers: Answers = NO_ANSWERS
) -> tuple[list[Entry], list[str]]:
    """:return: the entries, and the codes of the warnings"""
    rows = "".join(
        f"<STMTTRN><TRNTYPE>{kind}\n<DTPOSTED>202603{at:02d}\n<TRNAMT>{amount}\n<FITID>{at}\n{more}</STMTTRN>\n"
        for at, (kind, amount) in enumerate(transactions, 1)
    )
    content = f"{HEAD}</BANKACCTFROM><BANKTRANLIST>\n{rows}{TAIL}".encode()
    events = list(Ofx().told(answers=answers).parse(io.BytesIO(content)))
    ends = [event for event in events if isinstance(event, StatementEnd)]
    return [event for event in events if isinstance(event, Entry)], [code for code, _place in ends[0].warnings]


@pytest.mark.parametrize(
    ("transactions", "amounts"),
    [
        # no signs at all, one mark told by an amount behind the first
        ((("CREDIT", "2.500,00"), ("DEBIT", "1.500,50")), ["2500.00", "-1500.50"]),
        ((("DEBIT", "12.00"), ("CREDIT", "30.00"), ("DEBIT", "5")), ["-12.00", "30.00", "-5"]),
        # turned ones, as of some cards
        ((("DEBIT", "12.00"), ("CREDIT", "-30.00")), ["-12.00", "30.00"]),
        # an amount that says too little by itself
        ((("CREDIT", "1,250"), ("DEBIT", "1,300"), ("CREDIT", "2.50")), ["1250", "-1300", "2.50"]),
    ],
)
def test_k02_types_tell_the_direction_where_no_debit_has_a_sign(
    transactions: tuple[tuple[str, str], ...], amounts: list[str]
) -> None:
    entries, warnings = read(*transactions)
    assert [str(entry.money.amount) for entry in entries] == amounts
    assert [str(entry.details[0].money.amount) for entry in entries if entry.details[0].money] == amounts
    assert warnings == ["direction_by_type"]


MIXED = (("DEBIT", "-0.29"), ("DEBIT", "12.00"), ("CREDIT", "30.00"), ("DEBIT", "5"))


@pytest.mark.parametrize(
    ("transactions", "line", "by_types", "by_signs"),
    [
        # the first in doubt may be one with a sign, or one without
        (MIXED, 6, ["0.29", "-12.00", "30.00", "-5"], ["-0.29", "12.00", "30.00", "5"]),
        ((MIXED[1], MIXED[0], MIXED[2]), 6, ["-12.00", "0.29", "30.00"], ["12.00", "-0.29", "30.00"]),
        (
            (("DEBIT", "-12.00"), ("DEBIT", "5.00"), ("CREDIT", "-3.00")),
            6,
            ["12.00", "-5.00", "3.00"],
            ["-12.00", "5.00", "-3.00"],
        ),
        # debits alone: a bank may call everything one
        ((("DEBIT", "5.00"),), 6, ["-5.00"], ["5.00"]),
        ((("DEBIT", "5.00"), ("DEBIT", "7.00")), 6, ["-5.00", "-7.00"], ["5.00", "7.00"]),
        (
            (("DEBIT", "1.00"), ("DEBIT", "2.00"), ("DEBIT", "-2.00")),
            6,
            ["-1.00", "-2.00", "2.00"],
            ["1.00", "2.00", "-2.00"],
        ),
    ],
)
def test_k02_a_person_is_asked_where_types_and_signs_may_both_tell(
    transactions: tuple[tuple[str, str], ...], line: int, by_types: list[str], by_signs: list[str]
) -> None:
    """A guess would turn every amount of the file round; the answer holds for all of them."""
    with pytest.raises(Question) as asked:
        read(*transactions)
    question = asked.value
    assert (question.code, question.asks, question.place) == ("direction_ambiguous", "directions", f"line {line}")
    assert dict(question.readings) == {"types": by_types[0], "signs": by_signs[0]}
    for answer, expected, warnings in (("types", by_types, ["direction_by_type"]), ("signs", by_signs, [])):
        entries, told = read(*transactions, answers=Answers(directions=answer))
        assert ([str(entry.money.amount) for entry in entries], told) == (expected, warnings)


@pytest.mark.parametrize(
    ("transactions", "amounts"),
    [
        # money that came back among debits, which have signs
        (
            (("DEBIT", "5.00"), ("DEBIT", "-12.00"), ("DEBIT", "-1.00"), ("CREDIT", "3.00")),
            ["5.00", "-12.00", "-1.00", "3.00"],
        ),
        # a bank that calls everything a credit says nothing with it
        ((("CREDIT", "5.00"), ("CREDIT", "-7.00")), ["5.00", "-7.00"]),
        # other types have signs, so that a debit without one is money that came back
        ((("POS", "-5.00"), ("DEBIT", "7.00")), ["-5.00", "7.00"]),
        ((("DEBIT", "5.00"), ("CREDIT", "7.00"), ("CREDIT", "-1.00")), ["5.00", "7.00", "-1.00"]),
        # other types have signs
        ((("POS", "5.00"), ("DEP", "7.00"), ("DEBIT", "0.00")), ["5.00", "7.00", "0.00"]),
    ],
)
def test_k02_signs_tell_the_direction_otherwise(transactions: tuple[tuple[str, str], ...], amounts: list[str]) -> None:
    entries, warnings = read(*transactions)
    assert [str(entry.money.amount) for entry in entries] == amounts
    assert warnings == []


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
def test_k02_transactions_cut_by_a_block_are_seen(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is looked at in blocks: a sign in any of them, or across two, is as good as in the first."""
    monkeypatch.setattr(signs, "_BLOCK", size)
    unsigned = [("DEBIT", "12.00"), ("CREDIT", "30.00"), *[("CREDIT", "1.00")] * 6, ("DEBIT", "7.00")]
    assert [entry.money.amount < 0 for entry in read(*unsigned)[0]] == [kind == "DEBIT" for kind, _amount in unsigned]
    signed = [*unsigned[:-1], ("DEBIT", "-7.00"), ("DEBIT", "-8.00")]
    assert [str(entry.money.amount) for entry in read(*signed)[0]] == [amount for _kind, amount in signed]


@pytest.mark.parametrize(("number", "told"), [("000000", None), ("0", None), ("000123", "000123")])
def test_k02_a_cheque_of_zeros_is_none_and_a_point_is_no_text(number: str, told: str | None) -> None:
    entries, _warnings = read(("CHECK", "-5.00"), more=f"<CHECKNUM>{number}\n<MEMO>.\n")
    assert entries[0].details[0].references.cheque_number == told
    assert entries[0].details[0].remittance is None


def test_k02_a_year_of_another_calendar_is_refused() -> None:
    content = f"{HEAD}</BANKACCTFROM><BANKTRANLIST>\n<STMTTRN><DTPOSTED>25690301\n<TRNAMT>5.00\n</STMTTRN>\n{TAIL}"
    with pytest.raises(FormatError) as caught:
        list(Ofx().parse(io.BytesIO(content.encode())))
    assert (caught.value.code, caught.value.value) == ("date_invalid", "25690301")
