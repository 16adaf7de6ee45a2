"""Parties and texts that banks write in ways of their own: MT940, QIF, Norma 43 and CFONB 120 (K-02). All made up."""

from __future__ import annotations

import io

import pytest
from fixed_text import SPAIN, cfonb, norma43, norma43_movement

from odoo.addons.finance_bank_sync.formats import Cfonb120, Norma43
from odoo.addons.finance_bank_sync.formats.account_numbers import iban_of
from odoo.addons.finance_bank_sync.formats.model import (
    Detail,
    Entry,
    FormatError,
    StatementEnd,
    StatementFormat,
    StatementStart,
)
from odoo.addons.finance_bank_sync.formats.qif.reader import Qif
from odoo.addons.finance_bank_sync.formats.swift.reader import Swift
from odoo.addons.finance_bank_sync.formats.swift.slashes import join_slashes

IBAN = "NL91ABNA0417164300"


def events(reader: StatementFormat, content: str | bytes) -> list[object]:
    return list(reader.parse(io.BytesIO(content.encode() if isinstance(content, str) else content)))


def detail(*lines: str, line: str = ":61:2603010302C5,00NTRFNONREF") -> Detail:
    """:return: the one transaction of an MT940 whose field 86 these lines are"""
    head = (":20:R-1", ":25:4711000815", ":28C:7/1", ":60F:C260301EUR100,00", line)
    text = "\n".join([*head, f":86:{lines[0]}", *lines[1:], ":62F:C260302EUR105,00", "-", ""])
    entry = next(event for event in events(Swift(), text) if isinstance(event, Entry))
    return entry.details[0]


def party(found: Detail) -> tuple[str | None, str | None, str | None]:
    """:return: name, account, and what is paid"""
    other = found.counterparty
    account = (other.iban or other.account_number) if other else None
    return (other.name if other else None, account, found.remittance)


# -- MT940 -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((f"REK: {IBAN}/NAAM: Timmer BV",), ("Timmer BV", IBAN, None)),
        (("Nota 7", f"REK: {IBAN}/NAAM: Timmer BV"), ("Timmer BV", IBAN, "Nota 7")),
        ((f"SEPA OVERBOEKING   IBAN: {IBAN}", "NAAM: Molen", "OMSCHRIJVING: Nota 8"), ("Molen", IBAN, "Nota 8")),
        (
            ("970 PRZELEW; Z RACH.: 61109010140000071219812874; OD: Mlyn; TYT.: FV 1; NR 2; TNR: 7.01",),
            ("Mlyn", "PL61109010140000071219812874", "FV 1; NR 2"),
        ),
        ((f"DIRECT_DEBIT:RG 7: Maerz:Verein Tal:{IBAN}:MIETE",), ("Verein Tal", IBAN, "RG 7: Maerz")),
        ((f"035~20Nota 9~32Atelier SRL~33{IBAN}",), ("Atelier SRL", IBAN, "Nota 9")),
        ((f"000+20Nota 10+31{IBAN}+32Atelier SRL+33/",), ("Atelier SRL", IBAN, "Nota 10")),
        (
            ("020+15+", "20Nota 19+", "21 Mart+", "28+", "30+", f"31{IBAN}+", "32Mlin OOD+", "33"),
            ("Mlin OOD", IBAN, "Nota 19 Mart"),
        ),
        (("Z04?Nota 20",), (None, None, "Nota 20")),
        ((f"000>100000000000>20ABNANL2A>21{IBAN}>22Nota 11",), (None, IBAN, "Nota 11")),
        ((" /ORDP/Haven AB", " /REMI/Nota 12"), ("Haven AB", None, "Nota 12")),
    ],
)
def test_k02_the_other_party_however_a_bank_writes_it(
    lines: tuple[str, ...], expected: tuple[str | None, str | None, str | None]
) -> None:
    assert party(detail(*lines)) == expected


def test_k02_the_name_before_what_field_61_says_of_the_payment() -> None:
    line = ":61:2603010302C5,00NTRFNONREF//9910523LK1315518"
    assert party(detail("Z04?Muster, Anna Gutschrift", line=f"{line}\nGutschrift")) == (
        "Muster, Anna", None, "Muster, Anna Gutschrift",
    )  # fmt: skip
    # nothing before it, or another text
    assert party(detail("Z99?Saldo Abschluss", line=f"{line}\nSaldo Abschluss"))[0] is None
    assert party(detail("K70?Holz AG Rechnung 7", line=f"{line}\nZahlung"))[0] is None


@pytest.mark.parametrize(
    ("line", "lines", "expected", "more"),
    [
        (
            "C5,00", ("/PT/FT/PY/Invoice 7/BN/Our Company/BO/4711000815/BO1/Timber Ltd/BO2/1 Wood St",),
            ("Timber Ltd", "4711000815", "Invoice 7"), "BN Our Company",
        ),
        (
            "D5,00", ("/PT/FT/PY/Invoice 7 of", "March/BE/Timber Ltd/BN1/1 Wood St/BO/Our Company"),
            ("Timber Ltd", None, "Invoice 7 of March"), "BO Our Company",
        ),
        ("D5,00", ("/PT/DE/EI/MONTHLY FEE",), (None, None, "MONTHLY FEE"), None),
        # the codes are words where the field does not begin with the type
        ("C5,00", ("Timber /BO/ Ltd /PY/ 7",), (None, None, "Timber /BO/ Ltd /PY/ 7"), None),
    ],
)  # fmt: skip
def test_k02_codes_of_two_letters_behind_the_type_of_the_product(
    line: str, lines: tuple[str, ...], expected: tuple[str | None, ...], more: str | None
) -> None:
    found = detail(*lines, line=f":61:2603010302{line}NTRFNONREF")
    assert party(found) == expected
    assert found.additional_information == more


@pytest.mark.parametrize("filler", ["\u02d9", "\u00ff"])
def test_k02_subfields_that_hold_a_filler_are_empty_and_the_other_account_is_no_text(filler: str) -> None:
    account = "PL27114020040000300201355387"
    lines = ("073~00VE02", "~20Faktura 7", f"~21{filler}", f"~29{account}", "~32Drewno", f"~33{filler}{filler}")
    assert party(detail(*lines, f"~38{account}", f"~60{filler}")) == ("Drewno", account, "Faktura 7")


def test_k02_a_rate_of_nothing_is_none_and_amounts_alone_are_no_text() -> None:
    found = detail("/OCMT/EUR5,00//EXCH/0,0/")
    assert (found.exchange, found.original, found.remittance) == (None, None, None)


@pytest.mark.parametrize(
    ("number", "iban"),
    [
        ("61109010140000071219812874", "PL61109010140000071219812874"),
        ("61109010140000071219812875", None),  # wrong check digits
        ("6110901014000007121981287", None),
    ],
)
def test_k02_a_polish_number_is_an_iban_where_its_check_digits_are_right(number: str, iban: str | None) -> None:
    for place in ("31", "38"):
        other = detail(f"020<00Przelew<20Faktura 7<{place}{number}<32Mlyn").counterparty
        assert other is not None
        assert (other.name, other.iban) == ("Mlyn", iban)
    assert iban_of(number) == iban


@pytest.mark.parametrize(
    "text",
    [
        "NAAM: zonder rekening, KENMERK: 7",
        "Uw klacht: REK: onbekend",
        "123+20 EUR fuer Kuchen",
        "DLA: bez rachunku; TYT.: nic",
        "INFO:Ein Text: mit Doppelpunkten",
    ],
)
def test_k02_a_text_without_an_account_behind_a_label_stays_as_it_is(text: str) -> None:
    assert party(detail(text)) == (None, None, text)


def test_k02_what_labels_say_is_not_lost() -> None:
    found = detail(
        f"BETALING   IBAN: {IBAN}", "NAAM: Molen", "BETALINGSKENM.: 1234567890123456 ID DEBITEUR: 7", "KENMERK: E-1",
        "MACHTIGING: M-7   INCASSANT: NL55ZZZ123456780000",
    )  # fmt: skip
    assert found.structured_references == ("1234567890123456",)
    assert (found.references.end_to_end_id, found.references.mandate_id) == ("E-1", "M-7")
    assert found.counterparty is not None and found.counterparty.identifier == "NL55ZZZ123456780000"
    assert found.additional_information == "BETALING; ID DEBITEUR: 7"


def test_k02_a_label_begins_its_line_even_after_a_full_one() -> None:
    line = f"{f'IBAN: {IBAN}  NAAM:':<34} Molen en Zoon van de Hoge Berg"
    assert len(line) == 65
    assert party(detail(line, "OMSCHRIJVING: Nota 13")) == ("Molen en Zoon van de Hoge Berg", IBAN, "Nota 13")


@pytest.mark.parametrize(
    ("currency", "amount"), [("EUR", None), ("PLN", "26.20"), ("PL", None)], ids=["own", "other", "none"]
)
def test_k02_amount_and_rate_between_labels(currency: str, amount: str | None) -> None:
    found = detail(f"973 X; NA RACH.: 61109010140000071219812874; WALUTA: {currency}; KWOTA: 26,20; KURS: 4,2258")
    assert (str(found.original.amount) if found.original else None) == amount


@pytest.mark.parametrize(("kind", "account"), [("N122", "0663616476"), ("NTRF", None)])
def test_k02_a_number_below_the_line_is_an_account_of_a_dutch_bank_only(kind: str, account: str | None) -> None:
    found = detail("/ORDP//NAME/Molen/REMI/Nota 14", line=f":61:260301C5,00{kind}NONREF\n0663616476")
    assert party(found) == ("Molen", account, "Nota 14")


def test_k02_the_lines_of_codes_end_words_unless_they_are_full() -> None:
    full = "/ORDP//NAME/Molen/REMI/" + "x" * 42
    assert detail(full, "yz/ISDT/2026-03-01").remittance == "x" * 42 + "yz"
    assert detail("/ORDP//NAME/Molen", "en Zoon/REMI/Nota 15", "Nota 16").remittance == "Nota 15 Nota 16"
    short = detail("/EREF/AB", "C-1/ORDP//NAME/Molen", "en Zoon/ADDR/Kade 1")
    assert (short.references.end_to_end_id, party(short)[0]) == ("ABC-1", "Molen en Zoon")
    assert short.counterparty is not None and short.counterparty.address == ("Kade 1",)


def test_k02_a_code_that_is_parted_between_lines_is_a_code() -> None:
    assert party(detail("/ORDP//NAME/Molen/R", "EMI/Nota 17")) == ("Molen", None, "Nota 17")
    assert join_slashes(["/NAME/Molen/R", "EMI/Nota"]) == "/NAME/Molen/REMI/Nota"


@pytest.mark.parametrize(
    ("mark", "expected"), [("D", ("BANK OF THE WEST", "107", "Invoice 7")), ("C", ("ACME INC", "42", "Invoice 7"))]
)
def test_k02_payer_and_payee_by_codes_of_their_own(mark: str, expected: tuple[str, str, str]) -> None:
    lines = ("/EREF/GS7", "/CRNM/BANK OF THE WEST", "/CACT/107/CBIC/BANKUS33XXX", "/DBNM/ACME INC/DACT/42",
             "/REMI/Invoice 7", "/OPRP/Tag Payment")  # fmt: skip
    found = detail(*lines, line=f":61:260301{mark}5,00NTRFGS7//GI25")
    assert party(found) == expected
    assert (found.references.end_to_end_id, found.additional_information) == ("GS7", "Tag Payment")
    assert found.counterparty is not None and found.counterparty.bic == ("BANKUS33XXX" if mark == "D" else None)


def test_k02_codes_of_later_years_end_the_values_before_them() -> None:
    found = detail(
        "/EREF/E-1/PREF/P-1/TRCD/501/IREF/I-1/BENM//ID/4711/REMI//CDTRREFTP//CD/SCOR/ISSR/CUR/CDTRREF/RF18 5390 0754",
    )
    told = found.references
    assert (told.end_to_end_id, told.payment_information_id, told.instruction_id) == ("E-1", "P-1", "I-1")
    assert found.structured_references == ("RF1853900754",)
    assert found.counterparty is not None
    assert (found.counterparty.name, found.counterparty.identifier) == (None, "4711")


def test_k02_amounts_in_the_place_of_the_banks_reference() -> None:
    found = detail("Retoure", line=":61:260301C5,00NTRFNONREF//OCMT/USD4,50/CHGS/EUR0,50/")
    assert found.original is not None and str(found.original.amount) == "4.50"
    assert [str(charge.money.amount) for charge in found.charges] == ["-0.50"]


def test_k02_a_code_of_a_swiss_bank_is_the_transaction_code() -> None:
    head = ":20:R\n:25:47\n:28C:281/\n:60F:C260301CHF0,\n"
    text = f"{head}:61:260301D1,NMSCNONREF\n:86:DE1?Baeckerei\n:62F:D260301CHF1,\n-\n"
    start, entry, end = events(Swift(), text)
    assert isinstance(start, StatementStart) and isinstance(entry, Entry) and isinstance(end, StatementEnd)
    assert entry.transaction_code is not None and entry.transaction_code.proprietary == "NMSC+DE1"
    assert (start.electronic_sequence, end.warnings) == ("281", ())


def test_k02_field_ns_adds_to_field_86() -> None:
    text = (
        ":20:R\n:25:47\n:28C:1\n:60F:C260301EUR0,\n:61:260301D1,NCHGNONREF\n:NS:01Kade 17\n02Nota 18\n15Molen\n"
        ":86:>20Abonnement>31>32\n:62F:D260301EUR1,\n-\n"
    )
    entry = next(event for event in events(Swift(), text) if isinstance(event, Entry))
    assert party(entry.details[0]) == ("Molen", None, "Abonnement")
    assert entry.details[0].additional_information == "Kade 17 Nota 18"


@pytest.mark.parametrize("mark", [".", "-", "N/A"])
def test_k02_a_mark_in_the_place_of_a_reference_is_none(mark: str) -> None:
    assert detail("Text", line=f":61:260301C5,00NTRF{mark}").references.transaction_id is None


# -- QIF -------------------------------------------------------------------------------


def qif(*lists: tuple[str, str]) -> str:
    return "".join(f"!Account\nN{name}\n^\n!Type:Bank\n{records}" for name, records in lists)


def test_k02_one_list_of_qif_proves_the_order_of_dates_for_all() -> None:
    sure, unsure = "D8/31/26\nT-1.00\n^\n", "D6/1/26\nT2.00\n^\n"
    for lists in ((("A", sure), ("B", unsure)), (("A", unsure), ("B", sure))):
        found = events(Qif(), qif(*lists))
        days = {str(event.money.amount): event.booking_date for event in found if isinstance(event, Entry)}
        assert [str(days[amount]) for amount in ("-1.00", "2.00")] == ["2026-08-31", "2026-06-01"]
    with pytest.raises(FormatError, match="day or the month"):
        events(Qif(), qif(("A", unsure), ("B", unsure)))


def test_k02_a_word_in_the_place_of_a_cheque_number_is_no_number() -> None:
    found = events(Qif(), qif(("A", "D8/31/26\nT-1.00\nNATM\nACity\n^\nD8/31/26\nT-2.00\nN2026-7\n^\n")))
    details = [event.details[0] for event in found if isinstance(event, Entry)]
    assert [item.references.cheque_number for item in details] == [None, "2026-7"]
    assert details[0].additional_information == "ATM City"


@pytest.mark.parametrize(
    ("written", "number"),
    [("Anna's  cheques", "Anna's cheques"), ("12 34-5", "1234-5"), ("NL91 ABNA 0417 1643 00", IBAN)],
)
def test_k02_an_account_of_qif_keeps_the_blanks_of_its_name(written: str, number: str) -> None:
    start = events(Qif(), qif((written, "D8/31/26\nT-1.00\n^\n")))[0]
    assert isinstance(start, StatementStart)
    assert (start.account.iban or start.account.number) == number


# -- Norma 43 and CFONB 120 ------------------------------------------------------------


DEBIT = (
    f"2301CORE{'Fibra SA':<70}", f"2302{'ES26000A12345678':<35}{'M-7':<35}", f"2303OTHR    {'Recibo de':<68}",
    f"2304{'marzo':<72}", f"2305{'E-7':<35}{'Ejemplo SL':<41}",
)  # fmt: skip
TRANSFER = (
    f"2301{'Ruiz SL':<66}A98", f"2302{'E-8':<35}{'Hermanos':<41}", f"2303{'':4}SUPP{'Factura 17':<68}", "2304",
    "2305Aviso",
)  # fmt: skip


def spanish(*inner: str, common: str, sign: str) -> Detail:
    debit = {"debits": 1, "credits": 0, "total": 0, "closing": 8750} if sign == "1" else {}
    content = norma43(*inner, movement=norma43_movement(common=common, sign=sign), **debit)  # type: ignore[arg-type]
    if sign == "1":
        content = content.replace(b"00001" + b"0" * 14 + b"00000", b"00001" + b"%014d" % 1250 + b"00000")
    return next(event for event in events(Norma43(), content) if isinstance(event, Entry)).details[0]


def test_k02_norma_43_direct_debit_and_transfer_of_sepa() -> None:
    debit, transfer = spanish(*DEBIT, common="03", sign="1"), spanish(*TRANSFER, common="04", sign="2")
    assert party(debit) == ("Fibra SA", None, "Recibo de marzo")
    assert (debit.references.mandate_id, debit.references.end_to_end_id, debit.purpose) == ("M-7", "E-7", "OTHR")
    assert debit.counterparty is not None and debit.counterparty.identifier == "ES26000A12345678"
    assert party(transfer) == ("Ruiz SL", None, "Factura 17")
    assert transfer.counterparty is not None and transfer.counterparty.ultimate_name == "Hermanos"
    assert (transfer.references.end_to_end_id, transfer.additional_information) == ("E-8", "Aviso")


@pytest.mark.parametrize(
    ("rows", "common", "sign"),
    [
        (TRANSFER[:4], "04", "2"),
        (TRANSFER, "04", "1"),
        (TRANSFER, "99", "2"),
        ((*TRANSFER[:2], f"2303{'FACTURA 17 Y 18':<76}", *TRANSFER[3:]), "04", "2"),
        ((DEBIT[0], f"2302{'Recibo de':<35}{'marzo':<35}"), "03", "1"),
        (DEBIT, "03", "2"),
        (DEBIT[1:], "03", "1"),
    ],
    ids=["four records", "paid by us", "another concept", "no code", "no identifier", "received", "no scheme"],
)
def test_k02_norma_43_texts_that_are_no_sepa_stay_texts(rows: tuple[str, ...], common: str, sign: str) -> None:
    found = spanish(*rows, common=common, sign=sign)
    assert found.counterparty is None and found.references.mandate_id is None
    assert (found.remittance or "").split() == " ".join(row[4:80].ljust(76) for row in rows).split()


def test_k02_an_account_of_zeros_is_one_that_a_person_names() -> None:
    zeros = norma43(end="0" * 18).replace(b"\r\n", b"\n").replace(f"11{SPAIN}".encode(), b"11" + b"0" * 18)
    french = cfonb(account=("20041", "01005", "0" * 11), within="0" * 11)
    for reader, content in ((Norma43(), zeros), (Cfonb120(), french)):
        start, _entry, _end = events(reader, content)
        assert isinstance(start, StatementStart)
        assert (start.account.iban, start.account.number, start.account.currency) == (None, None, "EUR")


def test_k02_a_closing_balance_without_its_direction_is_told() -> None:
    content = norma43().replace(b"2%014d978" % 11250, b"0%014d978" % 11250)
    end = events(Norma43(), content)[-1]
    assert isinstance(end, StatementEnd)
    assert [code for code, _place in end.warnings] == ["balance_without_sign"]
    assert [str(balance.money.amount) for balance in end.balances] == ["100.00", "112.50"]


def test_k02_another_bank_code_of_cfonb_is_told_and_another_account_refused() -> None:
    content = cfonb(("LIB", "Note")).replace(b"\n0420041", b"\n0411712")
    end = events(Cfonb120(), content)[-1]
    assert isinstance(end, StatementEnd)
    assert end.warnings == (("bank_code_differs", "line 2"),)
    for wrong in (b"\n0420041    01006", b"\n0420041    01005EUR2 0500013M02X"):
        with pytest.raises(FormatError) as caught:
            events(Cfonb120(), cfonb().replace(b"\n0420041    01005EUR2 0500013M026"[: len(wrong)], wrong))
        assert (caught.value.code, caught.value.place) == ("account_differs", "line 2")


def test_k02_a_purpose_of_cfonb_in_words_is_not_lost() -> None:
    for told, purpose, more in (("SALA", "SALA", None), ("TICKET RESTO", None, "VIREMENT TICKET RESTO")):
        content = cfonb(("RCN", f"{'E2E-1':<35}{told}"), *((("LCC", "Note"),) if more else ()))
        found = next(event for event in events(Cfonb120(), content) if isinstance(event, Entry)).details[0]
        assert (found.references.end_to_end_id, found.purpose, found.additional_information) == ("E2E-1", purpose, more)


@pytest.mark.parametrize("letters", ["", "É", "ÉÀ", "€Éß"])
def test_k02_records_without_line_ends_that_are_counted_in_letters(letters: str) -> None:
    with_lines = cfonb(("NPY", f"Caf{letters} Noir"), ("LCC", f"Not{letters}"))
    joined = with_lines.replace(b"\n", b"")
    assert [event for event in events(Cfonb120(), joined) if isinstance(event, Entry)] == [
        event for event in events(Cfonb120(), with_lines) if isinstance(event, Entry)
    ]


def test_k02_records_of_one_length_in_bytes_are_still_read() -> None:
    """A program that counts bytes pads a name with letters of two bytes less."""
    rows = [row.rstrip().encode().ljust(120) for row in cfonb(("NPY", "Café Noir")).decode().splitlines()]
    found = [event for event in events(Cfonb120(), b"".join(rows)) if isinstance(event, Entry)]
    assert party(found[0].details[0])[0] == "Café Noir"


def test_k02_more_than_is_read_at_once_and_a_byte_that_is_no_letter() -> None:
    joined = cfonb(("NPY", "Café Noir"), ("LCC", "É")).replace(b"\n", b"") * 600
    assert len([event for event in events(Cfonb120(), joined) if isinstance(event, Entry)]) == 600
    with pytest.raises(FormatError) as caught:
        events(Cfonb120(), joined[:-300] + b"\xff" + joined[-299:])
    assert caught.value.code == "encoding_wrong"
    assert caught.value.place.startswith("record ")
