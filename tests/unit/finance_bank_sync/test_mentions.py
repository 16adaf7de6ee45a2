"""What people write before and after numbers (K-15, K-19): documents, days, customers, orders, cheques."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.matching.decide import decide
from odoo.addons.finance_bank_sync.matching.facts import BookingFacts, OpenItem
from odoo.addons.finance_bank_sync.matching.mentions import read, short_of
from odoo.addons.finance_bank_sync.matching.names import PartnerNames
from odoo.addons.finance_bank_sync.matching.returns import says_return
from odoo.addons.finance_bank_sync.matching.tokens import MAX_WORDS, digits_of, normalise

DAY = date(2026, 3, 2)


def item(number, residual, *, id_, partner=7, day=DAY):
    return OpenItem(
        id=id_,
        names=frozenset({normalise(number)}),
        residual=Decimal(residual),
        currency="EUR",
        partner_id=partner,
        account_id=1,
        digits=digits_of(number),
        short=short_of(number, day),
    )


def pay(amount, text, *items, partner=7, by="account", **values):
    said = read([text])
    facts = BookingFacts(
        id=1,
        amount=Decimal(amount),
        currency="EUR",
        date=DAY,
        tokens=frozenset(said.tokens),
        parts=frozenset(said.parts),
        called=frozenset(said.called),
        meant=frozenset(said.meant),
        partner_id=partner,
        partner_by=by,
        **values,
    )
    return decide(facts, items)


def ids(decision):
    return {found.id for found in decision.items}


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("Rg. 4711 v. 3.2.", {"4711"}),
        ("Rechnung-Nr. 712 vom 03.02.2026", {"712"}),
        ("saldo fatt. n. 12 del 3/2", {"12"}),
        ("Fattura n.7 del 07/02/2026", {"7"}),
        ("Facture n° 12/26", {"12/2026"}),
        ("RG 2026/0116", {"116/2026"}),
        ("INV# 10023 10024, 10027 CK 20031", {"10023", "10024", "10027"}),
        ("Rechnungen 4711/12/15", {"4711", "4712", "4715"}),
        ("RE 4711 bis 4713", {"4711", "4712", "4713"}),
        ("RE 4711 - 4713", {"4711", "4712", "4713"}),
        ("RG 4711-4713", {"4711", "4712", "4713"}),
        ("s/fra 312", {"312"}),
        ("Rechn.-Nr.: 312", {"312"}),
        ("VS312", {"312"}),
        ("Rechnung vom 03.02.2026", set()),
        ("Rechnung 03.02.2026", set()),
        ("RE 2026", set()),
        ("Kd-Nr. 10045", set()),
        ("Order no. 10045", set()),
        ("Wartung 02/2026", set()),
    ],
)
def test_k19_a_word_for_invoice_makes_a_number_of_what_follows(text, called):
    assert read([text]).called == called


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("RECHNUNGNRRE/2026/04711", "RE202604711"),
        ("RE.RE/2026/04711KD10045", "RE202604711"),
        ("RENR:RE/2026/04711VOM03.02.2026", "RE202604711"),
        ("RG-RG26-01234-030226", "RG2601234"),
        ("F-2026-0012/03.02.26", "F20260012"),
        ("/VAT/23,00/IDC/5250007738/INV/FV/12/02/2026/TXT/zaplata", "FV12022026"),
        ("RMR*IV*INV-10023*PI*12.50\\", "INV10023"),
        ("INV# 10023 10024", "INV10024"),
        ("viitenumero 0010 23001", "1023001"),
    ],
)
def test_k19_a_number_is_found_where_words_and_days_are_glued_to_it(text, token):
    assert token in read([text]).tokens


@pytest.mark.parametrize(
    "text", ["Kd-Nr. 10045", "KDNR 10045", "PO 10045", "Auftrag Nr. 10045", "CHK 10045", "Customer 10045"]
)
def test_k19_numbers_of_customers_orders_and_cheques_name_no_document(text):
    """Two invoices of one amount: the customer's number must not choose."""
    decision = pay("100.00", text, item("INV-10045", "100.00", id_=1), item("INV-10046", "100.00", id_=2))
    assert decision.items == ()
    assert ids(pay("100.00", f"{text} INV-10046", item("INV-10045", "100.00", id_=1),
                   item("INV-10046", "100.00", id_=2))) == {2}  # fmt: skip


def test_k19_a_short_number_needs_the_payer_and_the_amount():
    invoice, other = item("12/2026", "100.00", id_=1), item("15/2026", "100.00", id_=2)
    assert ids(pay("100.00", "saldo fatt. n. 12 del 3/2", invoice, other)) == {1}
    assert ids(pay("99.00", "saldo fatt. n. 12 del 3/2", invoice, other)) == set()
    assert ids(pay("100.00", "saldo fatt. n. 12 del 3/2", invoice, other, partner=None)) == set()
    assert ids(pay("100.00", "Kunde 12", invoice, other)) == set()


def test_k19_one_running_number_of_two_years_is_told_apart_by_the_year_only():
    old, new = item("2025/0112", "100.00", id_=1), item("2026/0112", "100.00", id_=2)
    assert ids(pay("100.00", "Rechnung 2025/0112", old, new)) == {1}
    assert ids(pay("100.00", "RG 112/2026", old, new)) == {2}
    undecided = pay("100.00", "RG 112", old, new)
    assert undecided.items == () and undecided.is_tied


@pytest.mark.parametrize(
    ("text", "is_meant"),
    [
        ("2026/0203", True),
        ("Rechnung 20260203", True),
        ("RE-NR 2026/0203 vom 5.2.", True),
        ("Zahlung vom 2026-02-03", False),
        ("Zahlung 20260203", False),
        ("Rechnung vom 20260203", False),
        ("Rechnung 2026-02-03", False),
    ],
)
def test_k19_a_number_that_reads_as_a_day_counts_where_it_is_written_as_a_number(text, is_meant):
    assert ids(pay("100.00", text, item("2026/0203", "100.00", id_=1), item("2026/0204", "100.00", id_=2))) == (
        {1} if is_meant else set()
    )


def test_k19_short_numbers_of_one_payer_that_add_up():
    items = [item(f"RE/2026/{n:05d}", f"{n}.50", id_=n) for n in (11, 12, 13)]
    assert ids(pay("25.00", "Rg 11, 13", *items)) == {11, 13}
    assert ids(pay("37.50", "RE 11 bis 13", *items, item("RE/2026/00014", "1.00", id_=14))) == {11, 12, 13}
    assert ids(pay("25.00", "RE/2026/00011 und RE 13", *items)) == {11, 13}
    assert ids(pay("24.00", "Rg 11, 13", *items)) == set(), "they do not add up to it"
    others = [item(f"RE/2026/{n:05d}", f"{n}.50", id_=n, partner=8) for n in (11, 13)]
    assert pay("25.00", "Rg 11, 13", *others).items == (), "nobody else's short numbers count"


def test_k35_an_open_credit_note_that_explains_the_amount_is_asked_about():
    invoice, note = item("RE/2026/00011", "100.00", id_=1), item("GS/2026/00003", "-30.00", id_=2)
    decision = pay("70.00", "RE/2026/00011 abzgl. Gutschrift", invoice, note)
    assert decision.items == ()
    assert decision.suggestions[0].item_ids == (1, 2)
    assert [code for code, _points in decision.parts] == ["number", "completed", "account"]
    assert ids(pay("69.00", "RE/2026/00011", invoice, note)) == {1}, "a part of it"
    assert ids(pay("70.00", "RE/2026/00011 abzgl. GS/2026/00003", invoice, note)) == {1, 2}


def test_k19_one_wrong_character_chooses_between_no_two_of_one_amount():
    first, second = item("RE/2026/04540", "100.00", id_=1), item("RE/2026/08123", "100.00", id_=2)
    assert pay("100.00", "RE/2026/09540", first, second).items == ()
    assert ids(pay("100.00", "RE/2026/09540", first)) == {1}


def test_k19_documents_of_two_customers_in_one_payment_are_one_proposal():
    decision = pay("150.00", "RE/2026/00011 RE/2026/00012", item("RE/2026/00011", "100.00", id_=1, partner=8),
                   item("RE/2026/00012", "50.00", id_=2, partner=9), by="name")  # fmt: skip
    assert decision.items == ()
    assert decision.suggestions[0].item_ids == (1, 2)


def test_k19_digits_that_no_word_calls_a_document_give_way_to_those_that_one_does():
    first, second = item("INV-10025", "100.00", id_=1), item("INV-10027", "100.00", id_=2)
    assert ids(pay("100.00", "Unser Zeichen 10025 Ihre RE 10027", first, second)) == {2}
    assert pay("100.00", "10025 10027", first, second).items == ()


def test_k19_a_few_digits_without_a_word_choose_between_no_two_invoices_of_one_amount():
    """Whatever the word is that nobody thought of: a member's number, a shop's."""
    first, second = item("INV-10025", "100.00", id_=1), item("INV-10027", "100.00", id_=2)
    assert pay("100.00", "Mitgliedsausweis 10025", first, second).items == ()
    assert ids(pay("100.00", "Mitgliedsausweis 10025", first)) == {1}, "nothing else of his has this amount"
    assert ids(pay("100.00", "RE 10025", first, second)) == {1}


def test_k19_the_digits_of_a_number_are_not_all_of_another_one():
    """RE/2026/07369 is paid; 202607369 is the invoice of somebody else, whom nobody meant."""
    other, neighbour = item("202607369", "640.00", id_=1, partner=8), item("RE/2026/07364", "100.00", id_=2)
    said = read(["RE RE/2026/07369"])
    assert "202607369" in said.parts and "202607369" not in said.tokens
    decision = decide(
        BookingFacts(
            id=1, amount=Decimal("100.00"), currency="EUR", date=DAY, partner_id=7,
            tokens=frozenset(said.tokens), parts=frozenset(said.parts),
        ),
        [other, neighbour], names_document=True,
    )  # fmt: skip
    assert decision.items == ()


def test_k19_one_number_of_two_vendors_is_the_payees():
    """Both scores are cut off at 99; how far one leads is told by all of its points."""
    mine, other = item("R-12345", "-100.00", id_=1), item("R-12345", "-100.00", id_=2, partner=8)
    assert ids(pay("-100.00", "Rechnung R-12345", mine, other, by="name")) == {1}
    assert pay("-100.00", "Rechnung R-12345", mine, other, partner=None).items == ()


def test_k19_a_short_number_that_is_all_of_anothers_is_the_payers_where_only_his_amount_fits():
    mine, other = item("F-2026-0046", "100.00", id_=1), item("46/2026", "640.00", id_=2, partner=8)
    assert ids(pay("100.00", "Fac 46/2026", mine, other)) == {1}
    assert ids(pay("100.00", "Fac 46/2026", mine, item("46/2026", "100.00", id_=2, partner=8))) != {1}


def test_k15_a_name_is_known_without_its_blanks():
    names = PartnerNames({7: "Omega Chemie GmbH", 8: "Omega Chemie Nord GmbH"})
    assert names.find("OMEGACHEMIE GMBH") == (7, frozenset())
    assert names.find("Chemie Omega") == (7, frozenset())
    both = PartnerNames({1: "Müller Söhne GmbH", 2: "Muller Sohne KG", 3: "Bauer AG", 4: "Baur AG"})
    assert both.find("MUELLER SOEHNE GMBH") == (None, {1, 2})
    assert both.find("Bauer AG") == (3, frozenset())


@pytest.mark.parametrize(
    ("text", "is_return"),
    [
        ("RUECKLASTSCHRIFT MANGELS DECKUNG RE 12", True),
        ("Retoure SEPA-Lastschrift", True),
        ("Returned item NSF", True),
        ("REJET DE PRELEVEMENT", True),
        ("RE 12 abzgl. Retoure", False),
        ("return of goods, invoice 12", False),
        (None, False),
    ],
)
def test_k14_the_words_of_a_bank_for_a_return(text, is_return):
    assert says_return(text) is is_return


@given(st.text(max_size=3000))
def test_k15_any_text_is_read_within_bounds(text):
    said = read([text])
    assert len(said.tokens) <= (2 * MAX_WORDS + 1) * (len(text) + 1)
    for piece in said.tokens | said.meant:
        assert piece == normalise(piece)


cues = st.sampled_from(["Rg.", "RE", "Rechnung Nr.", "INV#", "Facture n°", "fatt. n.", "FRA"])


@given(
    cue=cues,
    numbers=st.lists(st.integers(1, 99_999), min_size=1, max_size=5, unique=True),
    year=st.integers(2020, 2030),
)
def test_k19_what_is_called_is_the_running_number(cue, numbers, year):
    """Money invariant: the short numbers of a text are those of the documents with these running numbers, no others."""
    numbers = [number for number in numbers if not 1990 <= number <= 2099]
    called = read([f"{cue} {', '.join(map(str, numbers))}"]).called
    assert called == {str(number) for number in numbers}
    for number in numbers:
        assert str(number) in short_of(f"INV/{year}/{number:05d}", None)
        assert f"{number}/{year}" in short_of(f"{number}/{year}", None)
