"""Norma 43 (Spain) and CFONB 120 (France): accounts, signs, proofs, and what is refused (K-02)."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from odoo.addons.finance_bank_sync.formats import detect, known_formats
from odoo.addons.finance_bank_sync.formats.account_numbers import french_iban, spanish_iban
from odoo.addons.finance_bank_sync.formats.fixed.cfonb_records import signed_amount
from odoo.addons.finance_bank_sync.formats.fixed.norma43 import Norma43
from odoo.addons.finance_bank_sync.formats.model import Entry, FormatError, StatementEnd, StatementStart
from odoo.addons.finance_bank_sync.proof import control

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
SPANISH = (FIXTURES / "norma43" / "accounts.n43").read_bytes()
FRENCH = (FIXTURES / "cfonb120" / "accounts.txt").read_bytes()


def read(data: bytes) -> list[tuple[str, list[str], str, list[str], int]]:
    """:return: account, amounts, state of the proof, warnings and wrong control figures of each statement"""
    result = []
    for event in detect(known_formats(), data[:8192]).parse(io.BytesIO(data)):
        if isinstance(event, StatementStart):
            account, amounts, totals = event.account, [], control.Totals()
        elif isinstance(event, Entry):
            amounts.append(str(event.money.amount))
            totals.add(event)
        elif isinstance(event, StatementEnd):
            proof = control.prove_statement(event.balances, totals)
            wrong = control.check_summary(event.summary, totals)
            codes = [code for code, _place in event.warnings]
            result.append((account.iban or account.number or "", amounts, proof.state, codes, len(wrong)))
    return result


def refusal(data: bytes) -> tuple[str, str]:
    with pytest.raises(FormatError) as refused:
        read(data)
    return refused.value.code, refused.value.place


def test_k02_norma_43_is_proved_by_balances_and_totals() -> None:
    first, second = read(SPANISH)
    assert first == ("ES7899990001410123456789", ["250.50", "-120.00", "-43.21"], "proved", ["encoding_assumed"], 0)
    assert second[1:] == ([], "proved", ["encoding_assumed"], 0)
    flipped = SPANISH.replace(b"020172", b"020171")
    assert flipped != SPANISH
    assert read(flipped)[0][2:] == ("failed", ["encoding_assumed"], 2)


def test_k02_cfonb_120_is_proved_by_its_balances() -> None:
    first, second = read(FRENCH)
    assert first[1:3] == (["750.25", "-25.00", "-120.00", "-42.11"], "proved")
    assert second[1:3] == ([], "proved")
    assert read(FRENCH.replace(b"250}", b"250{"))[0][2] == "failed"


def test_k02_accounts_are_known_by_the_iban_that_follows_from_them() -> None:
    """Examples of the registry of IBANs."""
    assert spanish_iban("210004180200051332") == "ES9121000418450200051332"
    assert french_iban("20041010050500013M026") == "FR1420041010050500013M02606"
    assert spanish_iban("0" * 18) is None
    assert french_iban("20041010050500013-026") is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [("0000000000123{", "12.30"), ("0000000000123A", "12.31"), ("0000000000123I", "12.39"),
     ("0000000000123}", "-12.30"), ("0000000000123R", "-12.39"),
     ("0000000000000}", "0.00"), ("00000000001234", "12.34")],
)  # fmt: skip
def test_k02_the_last_digit_has_the_sign(text: str, meant: str) -> None:
    assert str(signed_amount(text, "2")) == meant


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        (b"\r\n33", b"\r\n32", "record_unknown", "line 10"),
        (b"978    \r\n", b"978    X\r\n", "line_too_long", "line 10"),
        (b"\r\n3399990001", b"\r\n3399990003", "account_differs", "line 10"),
        (b"22    0001260305", b"22    0001261305", "date_invalid", "line 2"),
        (b"00000000025050", b"000000000250,0", "amount_invalid", "line 2"),
        (b"\r\n2301TRANS", b"\r\n2501TRANS", "record_unknown", "line 3"),
        (b"9783EMPRESA", b"9793EMPRESA", "currency_invalid", "line 1"),
        (b"\r\n88", b"\r\n89", "record_unexpected", "line 13"),
    ],
)
def test_k02_norma_43_is_refused_with_its_line(old: bytes, new: bytes, code: str, line: str) -> None:
    assert old in SPANISH
    assert refusal(SPANISH.replace(old, new, 1)) == (code, line)


def test_k02_the_end_of_norma_43() -> None:
    without = SPANISH[: SPANISH.index(b"\r\n88") + 2]
    assert read(without)[-1][3] == ["encoding_assumed", "trailer_missing"]
    assert refusal(without[: without.rindex(b"\r\n33") + 2]) == ("truncated", "end of file")
    assert read(SPANISH.replace(b"000012  ", b"000013  "))[-1][3] == ["encoding_assumed", "record_count_differs"]
    assert len(read(SPANISH + SPANISH)) == 4


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        (b"\n07", b"\n06", "record_unknown", "line 13"),
        (b"123456A  310326", b"123457A  310326", "account_differs", "line 13"),
        (b"\n0599999    00012EUR2 0000123456A", b"\n0599999    00013EUR2 0000123456A", "account_differs", "line 3"),
        (b"05020326", b"05320326", "date_invalid", "line 2"),
        (b"7502E", b"7502X", "amount_invalid", "line 2"),
    ],
)
def test_k02_cfonb_120_is_refused_with_its_line(old: bytes, new: bytes, code: str, line: str) -> None:
    assert old in FRENCH
    assert refusal(FRENCH.replace(old, new, 1)) == (code, line)


def test_k02_the_end_of_cfonb_120() -> None:
    assert refusal(FRENCH[: FRENCH.rindex(b"\n07") + 1]) == ("truncated", "end of file")
    assert refusal(FRENCH + FRENCH[120:])[0] == "record_unexpected"


def test_k02_what_further_records_of_cfonb_tell() -> None:
    events = list(detect(known_formats(), FRENCH[:8192]).parse(io.BytesIO(FRENCH)))
    came, back, cheque, card = [event for event in events if isinstance(event, Entry)]
    detail = came.details[0]
    assert detail.counterparty is not None
    assert (detail.counterparty.name, detail.references.end_to_end_id, detail.purpose) == (
        "Société Inventée SARL", "E2E-17", "SUPP"
    )  # fmt: skip
    assert (detail.remittance, detail.additional_information) == (
        "Facture INV/2026/0017 merci", "VIR SEPA SOCIÉTÉ INVENTÉE"
    )  # fmt: skip
    assert back.details[0].references.mandate_id == "MANDAT-9"
    assert back.details[0].return_reason is not None
    assert cheque.details[0].references.cheque_number == "7654321"
    original = card.details[0].original
    assert original is not None
    assert (str(original.amount), original.currency) == ("-36.00", "GBP")


@pytest.mark.parametrize("size", [2, 60, 80])
def test_k02_a_norma_43_file_that_ends_before_its_first_account_is_refused(size: int) -> None:
    data = (FIXTURES / "norma43" / "without_lines.n43").read_bytes()
    assert data.startswith(b"00")
    with pytest.raises(FormatError) as refused:
        list(Norma43().parse(io.BytesIO(data[:size])))
    assert refused.value.code == "truncated"
