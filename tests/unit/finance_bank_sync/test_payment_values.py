"""Digest of what was approved, letters that a bank takes, addresses out of free lines (K-09, K-32, fault 40)."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import payment_values as pv
import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.payments import addresses
from odoo.addons.finance_bank_sync.payments.canonical import batch_digest, payment_digest, plain
from odoo.addons.finance_bank_sync.payments.charset import charset, names
from odoo.addons.finance_bank_sync.payments.fields import KINDS, texts_of
from odoo.addons.finance_bank_sync.payments.identifiers import is_creditor_id, is_iban, is_lei, is_qr_iban
from odoo.addons.finance_bank_sync.payments.model import Account, Address, Money, Party
from odoo.addons.finance_bank_sync.payments.transliterate import prepare, transliterated

SEPA = charset("sepa")


# -- digest --------------------------------------------------------------------------------


def test_the_digest_is_a_promise_to_those_who_stored_it() -> None:
    """These digests stand in databases: a change of the canonical form needs a new version, not another value."""
    group = pv.group()
    assert payment_digest(group, pv.payment()) == "2f1d69e142d594e3b45a5f05ef4aa409f010461472379ce98cb28f5a71a752ee"
    assert batch_digest(pv.batch(group)) == "13449328daeef7aa09866547ec64bbce1ab46983f3d24ea7ee5fcf4c0bffc1ae"


@pytest.mark.parametrize(
    "change",
    [
        {"amount": Money(amount=Decimal("101.01"), currency="EUR")},
        {"amount": Money(amount=Decimal("101.00"), currency="USD")},
        {"counterparty": Party(name="Vendor 2")},
        {"account": Account(iban=pv.IBANS[2])},
        {"remittance": ("Invoice 2",)},
        {"end_to_end_id": "E2E-2"},
        {"charges": "SHAR"},
        {"mandate": pv.MANDATE},
    ],
)
def test_every_change_of_what_was_seen_changes_the_digest(change: dict[str, Any]) -> None:
    """Fault 40: payee or amount changed after approval."""
    group, payment = pv.group(), pv.payment()
    assert payment_digest(group, payment) != payment_digest(group, dataclasses.replace(payment, **change))


def test_another_account_or_day_to_pay_from_changes_it_and_technical_ids_do_not() -> None:
    group, payment = pv.group(), pv.payment()
    same = dataclasses.replace(group, id="OTHER", payments=())
    assert payment_digest(same, payment) == payment_digest(group, payment)
    for change in (
        {"account": Account(iban=pv.IBANS[2])},
        {"date": date(2026, 12, 2)},
        {"batch_booking": True},
        {"batch_booking": False},
    ):
        assert payment_digest(dataclasses.replace(group, **change), payment) != payment_digest(group, payment)
    batch = pv.batch(group)
    assert batch_digest(dataclasses.replace(batch, message_id="X")) == batch_digest(batch)
    two = pv.batch(pv.group(pv.payment(1), pv.payment(2)))
    assert batch_digest(two) != batch_digest(pv.batch(pv.group(pv.payment(2), pv.payment(1))))


def test_the_same_amount_written_otherwise_is_the_same() -> None:
    assert [plain(Decimal(text)) for text in ("100", "100.00", "1E2", "0.00", "-0", "0.10")] == [
        "100",
        "100",
        "100",
        "0",
        "0",
        "0.1",
    ]


@pv.relaxed
@given(pv.payments("transfer"), pv.payments("transfer"))
def test_different_payments_have_different_digests(one: Any, other: Any) -> None:
    group = pv.group()
    assert (payment_digest(group, one) == payment_digest(group, other)) == (plain(one) == plain(other))


# -- letters -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Müller & Söhne GmbH", "Mueller + Soehne GmbH"),
        ("Łódź Żółć", "Lodz Zolc"),
        ("Αθήνα", "Athina"),
        ("Ελλάδα Ά", "Ellada A"),
        ("София", "Sofiya"),
        ("L’Oréal – Œuvre", "L'Oreal - OEuvre"),
        ("50 € [brutto]", "50 EUR (brutto)"),
        ("Zeile 1\nZeile\t2", "Zeile 1 Zeile 2"),
        ("ﬁne № 5", "fine No 5"),
        ("zero\u200bwidth", "zerowidth"),
    ],
)
def test_letters_get_the_counterparts_of_the_epc(text: str, expected: str) -> None:
    after, characters, lost = transliterated(text, SEPA)
    assert (after, lost) == (expected, ())
    assert characters


def test_what_has_no_counterpart_is_told_as_lost() -> None:
    assert transliterated("漢字 Ltd", SEPA) == ("?? Ltd", (("漢", "?"), ("字", "?")), ("漢", "字"))


@pv.relaxed
@given(st.text(), st.sampled_from(names()))
def test_the_result_fits_the_bank_and_is_stable(text: str, name: str) -> None:
    target = charset(name)
    after, characters, lost = transliterated(text, target)
    assert target.fits(after)
    assert transliterated(after, target) == (after, (), ())
    assert set(lost) <= {character for character, _stand_in in characters}
    if after != text:
        assert characters


@pv.relaxed
@given(st.text(alphabet="abc XYZ019"), st.text())
def test_letters_that_fit_stay_where_they_are(fits: str, other: str) -> None:
    after, _characters, _lost = transliterated(fits + "|" + other, SEPA)
    assert after.startswith(fits)


@pv.relaxed
@given(pv.batches())
def test_every_text_that_was_changed_is_shown_and_no_reference_is(batch: Any) -> None:
    prepared, changes = prepare(batch, SEPA)
    before = {text.place: text for text in _texts(batch)}
    after = {text.place: text for text in _texts(prepared)}
    assert before.keys() == after.keys()
    different = {place for place in before if before[place] != after[place]}
    assert different == {change.place for change in changes}
    for change in changes:
        assert (change.before, change.after) == (before[change.place].value, after[change.place].value)
        assert not KINDS[change.kind].is_reference
    assert prepare(prepared, SEPA) == (prepared, ())


def _texts(batch: Any) -> list[Any]:
    return [*texts_of(batch.initiator, "initiator"), *texts_of(batch)]


# -- addresses -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "country", "expected"),
    [
        (["Musterstraße 12 a", "10115 Berlin"], "DE",
         {"street": "Musterstraße", "building": "12 a", "postcode": "10115", "town": "Berlin"}),
        (["Musterstr. 12, 10115 Berlin"], "DE",
         {"street": "Musterstr.", "building": "12", "postcode": "10115", "town": "Berlin"}),
        (["12 bis rue de la Paix", "75002 Paris", "France"], None,
         {"street": "rue de la Paix", "building": "12 bis", "postcode": "75002", "town": "Paris"}),
        (["10 Downing Street", "London SW1A 2AA", "United Kingdom"], None,
         {"street": "Downing Street", "building": "10", "postcode": "SW1A 2AA", "town": "London"}),
        (["10 Downing Street", "London", "SW1A 2AA"], "GB",
         {"street": "Downing Street", "building": "10", "postcode": "SW1A 2AA", "town": "London"}),
        (["1600 Pennsylvania Ave NW", "Washington, DC 20500", "USA"], "US",
         {"street": "Pennsylvania Ave NW", "building": "1600", "postcode": "20500", "town": "Washington",
          "subdivision": "DC"}),
        (["Keizersgracht 1", "1015 CN Amsterdam"], "NL",
         {"street": "Keizersgracht", "building": "1", "postcode": "1015 CN", "town": "Amsterdam"}),
        (["ul. Marszałkowska 1", "00-950 Warszawa"], "PL",
         {"street": "ul. Marszałkowska", "building": "1", "postcode": "00-950", "town": "Warszawa"}),
        (["Postfach 1234", "CH-8021 Zürich"], "CH",
         {"po_box": "Postfach 1234", "postcode": "CH-8021", "town": "Zürich"}),
    ],
)  # fmt: skip
def test_addresses_of_several_countries(lines: list[str], country: str | None, expected: dict[str, str]) -> None:
    guess = addresses.structured(lines, country)
    found = {name: getattr(guess.address, name) for name in Address.__dataclass_fields__}
    assert {name: value for name, value in found.items() if value and name != "country"} == expected
    assert guess.address.form == "structured"
    assert guess.confidence >= addresses.SURE


def test_what_is_neither_street_nor_town_stays_a_line() -> None:
    guess = addresses.structured(["c/o Meier", "Hinterhaus", "Musterstraße 12", "10115 Berlin"], "DE")
    assert guess.address.lines == ("c/o Meier", "Hinterhaus")
    assert guess.address.form == "hybrid"
    assert guess.notes


def test_a_town_without_postcode_is_doubtful_and_nothing_at_all_is_told() -> None:
    guess = addresses.structured(["Sheikh Zayed Road", "Dubai"], "AE")
    assert guess.address.town == "Dubai"
    assert guess.confidence < addresses.SURE
    assert addresses.structured(["somewhere 5"], "DE").confidence == 0
    assert addresses.structured(["Musterstraße 12", "10115 Berlin"]).confidence == 0


def test_fields_of_a_contact() -> None:
    guess = addresses.of_fields(street="Musterstraße 12", postcode="10115", town="Berlin", country="DE")
    assert guess.address == Address(street="Musterstraße", building="12", postcode="10115", town="Berlin", country="DE")
    guess = addresses.of_fields(street="Musterstraße 12", more="10115 Berlin", country="DE")
    assert guess.address.town == "Berlin"


_PIECES = ["Musterstraße 12", "10115 Berlin", "London SW1A 2AA", "Postfach 12", "c/o Meier", "Germany", "5", "a" * 80]
_LINES = st.lists(st.one_of(st.sampled_from(_PIECES), st.text(max_size=90)), max_size=5)


@pv.relaxed
@given(_LINES, st.sampled_from([None, "DE", "FR", "GB", "US", "NL", "CH", "AE"]))
def test_no_word_is_lost_and_none_is_added(lines: list[str], country: str | None) -> None:
    guess = addresses.structured(lines, country)
    words = Counter(re.findall(r"\w+", " ".join(lines)))
    kept = Counter(re.findall(r"\w+", " ".join(text.value for text in texts_of(guess.address))))
    assert not kept - words
    missing = words - kept
    if missing:
        # only a last line that names the country may be told by its code instead
        last = next(line for line in reversed(lines) if line.strip())
        assert missing == Counter(re.findall(r"\w+", last))
        assert guess.address.country
    assert guess.address.country == country or country is None
    if guess.confidence >= addresses.SURE:
        assert guess.address.form in ("structured", "hybrid")


# -- identifiers ---------------------------------------------------------------------------


def test_check_digits() -> None:
    assert all(map(is_iban, pv.IBANS))
    assert not any(
        map(is_iban, ("DE89370400440532013001", "DE8937040044053201300", "de89370400440532013000", "", "DE"))
    )
    assert is_qr_iban(pv.QR_IBAN)
    assert not is_qr_iban(pv.IBANS[3])
    assert is_lei(pv.LEI)
    assert not is_lei(pv.LEI[:-1] + "3")
    assert is_creditor_id(pv.CREDITOR)
    assert is_creditor_id("DE98ABC09999999999")
    assert not is_creditor_id("DE97ZZZ09999999999")
