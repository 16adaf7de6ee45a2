"""What Norma 43 and CFONB 120 say, and how banks write them (K-02, K-03, K-05)."""

from __future__ import annotations

import io
import tracemalloc
from decimal import Decimal
from itertools import islice

import pytest
from fixed_text import FRANCE, SPAIN, cfonb, norma43, norma43_movement

from odoo.addons.finance_bank_sync.formats import Cfonb120, Norma43, StatementFormat
from odoo.addons.finance_bank_sync.formats.account_numbers import french_iban, spanish_iban
from odoo.addons.finance_bank_sync.formats.fixed.cfonb_operation import is_creditor_reference
from odoo.addons.finance_bank_sync.formats.model import Detail, Entry, StatementEnd, StatementStart
from odoo.addons.finance_bank_sync.formats.text_values import is_iban
from odoo.addons.finance_bank_sync.proof import control

BOTH = pytest.mark.parametrize(
    ("reader", "content"), [(Norma43(), norma43()), (Cfonb120(), cfonb())], ids=["norma43", "cfonb120"]
)


def read(reader: StatementFormat, content: bytes) -> tuple[StatementStart, Entry, StatementEnd]:
    """:return: the one statement of one movement"""
    start, entry, end = reader.parse(io.BytesIO(content))
    assert isinstance(start, StatementStart) and isinstance(entry, Entry) and isinstance(end, StatementEnd)
    return start, entry, end


def told(end: StatementEnd) -> list[str]:
    return [code for code, _place in end.warnings]


def proof(entry: Entry, end: StatementEnd) -> str:
    totals = control.Totals()
    totals.add(entry)
    return control.prove_statement(end.balances, totals).state


def detail(*notes: tuple[str, str], **values: object) -> Detail:
    _start, entry, _end = read(Cfonb120(), cfonb(*notes, **values))  # type: ignore[arg-type]
    return entry.details[0]


@BOTH
def test_k02_a_movement_is_read_however_its_records_end(reader: StatementFormat, content: bytes) -> None:
    expected = read(reader, content)
    assert (str(expected[1].money.amount), proof(expected[1], expected[2])) == ("12.50", "proved")
    lines = content.splitlines()
    forms = (
        b"\n".join(line.rstrip() for line in lines),
        b"".join(lines),
        b"".join(lines).rstrip() + b"\r\n",
        b"\xef\xbb\xbf" + content,
        b"\xef\xbb\xbf" + b"".join(lines),
        content + b"\r\n\x1a",
        "".join(content.decode().splitlines()).encode("utf-16"),
    )
    for form in forms:
        assert read(reader, form) == expected, form[:90]


@BOTH
def test_k02_a_place_in_a_file_without_lines_is_a_record(reader: StatementFormat, content: bytes) -> None:
    spoilt = content.replace(b"00001250", b"0000125x", 1).replace(b"00000125{", b"0000012x{", 1)
    broken = b"".join(spoilt.splitlines())
    with pytest.raises(Exception, match=r"record 2\b") as caught:
        read(reader, broken)
    assert caught.value.code == "amount_invalid"  # type: ignore[attr-defined]


def test_k02_accounts_are_told_by_their_iban() -> None:
    """Check digits are computed: the CCC and the RIB leave no choice."""
    assert spanish_iban(SPAIN) == "ES9121000418450200051332"
    assert spanish_iban("00120345" + "0000067890") is not None
    assert french_iban("".join(FRANCE)) == "FR1420041010050500013M02606"
    assert french_iban("300060000112345678901"[:21]) == "FR7630006000011234567890189"
    assert [spanish_iban("0000" + "1" * 14), spanish_iban("2100A"), french_iban("0" * 21), french_iban("x")] == [
        None
    ] * 4
    assert all(is_iban(spanish_iban(f"{number:018d}") or "") for number in range(10**17, 10**17 + 300))


@pytest.mark.parametrize("currency", ["XOF", "MAD"])
def test_k02_an_account_outside_of_france_keeps_its_number(currency: str) -> None:
    start, _entry, _end = read(Cfonb120(), cfonb(currency=currency))
    assert (start.account.iban, start.account.number) == (None, "".join(FRANCE))


def test_k02_norma43_dates_with_the_day_first_are_read_where_the_period_proves_them() -> None:
    """As YYMMDD the period would be none: it has no such month, or it takes thirty years."""
    for first, last in (("020326", "310326"), ("011225", "311225"), ("281126", "270227")):
        content = norma43(first=first, last=last, movement=norma43_movement(last))
        start, entry, end = read(Norma43(), content)
        assert told(end) == ["dates_day_first"]
        assert entry.booking_date == start.to_date and (start.to_date or entry.booking_date).year >= 2025  # type: ignore[union-attr]
    # both orders make a period: the booklet decides
    start, _entry, end = read(Norma43(), norma43(first="110312", last="120312", movement=norma43_movement("120312")))
    assert (str(start.from_date), told(end)) == ("2011-03-12", [])


def test_k02_norma43_currency_that_is_not_told_is_asked_for() -> None:
    start, _entry, end = read(Norma43(), norma43(currency="   "))
    assert (start.account.currency, told(end)) == ("XXX", ["currency_untold"])


def test_k05_norma43_counts_that_differ_are_told_where_all_sums_agree() -> None:
    _start, entry, end = read(Norma43(), norma43(credits=7))
    assert (told(end), proof(entry, end)) == (["record_count_differs"], "proved")
    assert told(read(Norma43(), norma43(count=9))[2]) == ["record_count_differs"]
    # its last record is missing
    assert told(read(Norma43(), norma43()[:-82])[2]) == ["trailer_missing"]


def test_k02_norma43_two_files_in_one() -> None:
    events = list(Norma43().parse(io.BytesIO(norma43() + norma43())))
    assert [type(event).__name__ for event in events] == ["StatementStart", "Entry", "StatementEnd"] * 2
    assert all(not event.warnings for event in events if isinstance(event, StatementEnd))


def test_k19_norma43_texts_references_returns_and_the_amount_in_another_currency() -> None:
    own = "ES9121000418450200051332"
    movement = norma43_movement(common="14", references=f"{'':0>12}REC 17")
    content = norma43(
        f"2301{own} FACTU", "2302RA 17 ES7921000813610123456789", "2401840" + f"{1399:014d}", movement=movement
    )
    found = read(Norma43(), content)[1].details[0]
    assert found.remittance == f"{own} FACTU RA 17 ES7921000813610123456789 REC 17"
    assert found.counterparty is not None and found.counterparty.iban == "ES7921000813610123456789"
    assert found.original is not None and (str(found.original.amount), found.original.currency) == ("13.99", "USD")
    assert found.return_reason is not None and found.return_reason.code == "14"
    assert found.references.proprietary == (("REFERENCE2", "REC 17"),)


def test_k19_cfonb_party_is_the_other_side() -> None:
    both = (("NPY", "PAYER"), ("NBE", "PAYEE"), ("CPY", "30004 002010"), ("BPY", "BANQUE X"), ("NPO", "BEHIND"))
    payer, payee = detail(*both).counterparty, detail(*both, cents=-1250).counterparty
    assert payer is not None and payee is not None and payee.name == "PAYEE"
    assert (payer.name, payer.account_number, payer.bank_name) == ("PAYER", "30004002010", "BANQUE X")
    assert payer.ultimate_name == "BEHIND"
    only = detail(("NPY", "INTERNET"), cents=-1250).counterparty
    assert only is not None and only.name == "INTERNET"


def test_k19_cfonb_references_texts_and_returns() -> None:
    found = detail(("LCC", "A" * 70), ("LC2", "B"), ("RCN", f"{'E2E-1':<35}SUPP"), ("RUM", "M-1"), ("ZZZ", "more"))
    assert (found.remittance, found.references.end_to_end_id) == ("A" * 70 + "B", "E2E-1")
    assert (found.references.mandate_id, found.purpose) == ("M-1", "SUPP")
    assert found.additional_information == "VIREMENT more"
    assert detail(("LIB", "SUITE"), zone="FA-17").remittance == "VIREMENT SUITE FA-17"
    assert detail(("LCS", "RF18 5390 0754 7034")).structured_references == ("RF18539007547034",)
    assert detail(("LCS", "RF19 5390 0754 7034")).remittance == "RF19 5390 0754 7034"
    codes = [detail(reject="10"), detail(operation="12"), detail(("RET", "AC04  CLOS")), detail()]
    assert [one.return_reason and one.return_reason.code for one in codes] == ["10", "12", "AC04", None]


def test_k19_cfonb_amount_in_another_currency_with_its_rate_and_fee() -> None:
    found = detail(("MMO", f"USD2{1399:014d}4{11190:011d}"), ("FEE", f"EUR2{50:014d}"), cents=-1250)
    assert found.original is not None and found.exchange is not None
    assert (str(found.original.amount), found.original.currency, str(found.exchange.rate)) == (
        "-13.99",
        "USD",
        "1.1190",
    )
    assert found.charges[0].money.amount == Decimal("-0.50")
    broken = detail(("MMO", "USD2 soon"), ("FEE", "none"))
    assert (broken.original, broken.charges) == (None, ())


def test_k02_cfonb_accents_in_the_place_of_braces() -> None:
    text = cfonb(cents=-1250, closing=8750).decode().replace("{", "é").replace("}", "è")
    for encoding in ("utf-8", "cp1252"):
        _start, entry, end = read(Cfonb120(), text.encode(encoding))
        assert (str(entry.money.amount), proof(entry, end)) == ("-12.50", "proved")


@pytest.mark.parametrize("text", ["RF18539007547034", "RF33Z"])
def test_creditor_references(text: str) -> None:
    assert is_creditor_reference(text) is (text != "RF33Z")


@BOTH
def test_memory_does_not_grow_with_the_file(reader: StatementFormat, content: bytes) -> None:
    lines = content.splitlines(keepends=True)

    def peak(size: int) -> int:
        stream = io.BytesIO(b"".join((lines[0], lines[1] * size)))
        tracemalloc.start()
        for _event in islice(reader.parse(stream), size - 2):
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    assert peak(4000) < peak(1000) + 200_000
