"""All that a bank would refuse is told at once, before approval, with place and way out (K-09, K-11, K-16, K-32)."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal
from typing import Any

import payment_values as pv
import pytest

from odoo.addons.finance_bank_sync.payments.charset import charset
from odoo.addons.finance_bank_sync.payments.model import (
    Account,
    Address,
    Agent,
    Amendment,
    Code,
    Instruction,
    Mandate,
    Money,
    Party,
    PaymentType,
    Regulatory,
    Structured,
)
from odoo.addons.finance_bank_sync.payments.profile import ProfileError, make, profiles, with_defaults
from odoo.addons.finance_bank_sync.payments.rules import check, check_losses, has_errors
from odoo.addons.finance_bank_sync.payments.transliterate import prepare

LINES = Address(lines=("Musterstr. 1", "10115 Berlin"), country="DE")
FULL = Address(street="Musterstr.", building="1", postcode="10115", town="Berlin", country="DE")
HYBRID = dataclasses.replace(FULL, lines=("Hinterhaus",))


def told(batch: Any, code: str, **options: Any) -> set[tuple[str, str]]:
    return {(one.code, one.place.rpartition("payments[0].")[2]) for one in check(batch, profiles()[code], **options)}


def transfer(code: str = "sepa_sct", *, when: date = date(2026, 12, 1), **values: Any) -> set[tuple[str, str]]:
    return told(pv.batch(pv.group(pv.payment(**values), date=when)), code)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"account": Account(iban="DE00370400440532013000")}, ("iban_invalid", "account.iban")),
        ({"account": Account(number="123")}, ("required", "account.iban")),
        ({"account": Account(iban=pv.IBANS[0], number="1")}, ("account_twice", "account")),
        ({"account": None}, ("required", "account.iban")),
        ({"counterparty": Party()}, ("required", "counterparty.name")),
        ({"counterparty": Party(name="x" * 71)}, ("text_too_long", "counterparty.name")),
        ({"counterparty": Party(name="Müller")}, ("characters", "counterparty.name")),
        ({"counterparty": Party(name="  ")}, ("text_empty", "counterparty.name")),
        ({"counterparty": Party(name="A", bic="x")}, ("bic_invalid", "counterparty.bic")),
        ({"counterparty": Party(name="A", lei="x" * 20)}, ("lei_invalid", "counterparty.lei")),
        ({"counterparty": Party(name="A", lei=pv.LEI, is_person=True)}, ("person_with_lei", "counterparty")),
        ({"counterparty": Party(name="A", country_of_residence="de")},
         ("country_invalid", "counterparty.country_of_residence")),
        ({"amount": Money(amount=Decimal("0"), currency="EUR")}, ("amount_sign", "amount")),
        ({"amount": Money(amount=Decimal("-1"), currency="EUR")}, ("amount_sign", "amount")),
        ({"amount": Money(amount=Decimal("NaN"), currency="EUR")}, ("amount_sign", "amount")),
        ({"amount": Money(amount=Decimal("1.001"), currency="EUR")}, ("amount_places", "amount")),
        ({"amount": Money(amount=Decimal("1000000000"), currency="EUR")}, ("amount_maximum", "amount")),
        ({"amount": Money(amount=Decimal("1"), currency="USD")}, ("currency_refused", "amount")),
        ({"amount": Money(amount=Decimal("1"), currency="eur")}, ("currency_invalid", "amount")),
        ({"charges": "SHAR"}, ("code_refused", "charges")),
        ({"charges": "NONE"}, ("code_unknown", "charges")),
        ({"purpose": Code(value="salary")}, ("code_invalid", "purpose")),
        ({"type": PaymentType(service_level=Code(value="URGP"))}, ("code_refused", "type.service_level")),
        ({"type": PaymentType(priority="SOON")}, ("code_unknown", "type.priority")),
        ({"remittance": ("a", "b")}, ("remittance_texts", "remittance")),
        ({"remittance": ("a" * 141,)}, ("text_too_long", "remittance[0]")),
        ({"structured": (Structured(message="x"),)}, ("remittance_mixed", "remittance")),
        ({"structured": (Structured(reference_type=Code(value="SCOR"), reference="RF19539007547034"),)},
         ("reference_invalid", "structured[0].reference")),
        ({"structured": (Structured(reference_type=Code(value="SCOR"), reference_issuer="BBA",
                                    reference="123456789013"),)}, ("reference_invalid", "structured[0].reference")),
        ({"structured": (Structured(message="x" * 125),)}, ("structured_length", "structured[0]")),
        ({"structured": (Structured(),)}, ("structured_empty", "structured[0]")),
        ({"end_to_end_id": "/E2E"}, ("reference_slash", "end_to_end_id")),
        ({"end_to_end_id": "E//E"}, ("reference_slash", "end_to_end_id")),
        ({"end_to_end_id": " E"}, ("reference_blank", "end_to_end_id")),
        ({"end_to_end_id": "x" * 36}, ("text_too_long", "end_to_end_id")),
        ({"uetr": "EB6305C9-1F7F-49DE-AED0-16487C27B42D"}, ("uetr_invalid", "uetr")),
        ({"intermediary": Agent(bic="DEUTDEFF")}, ("forbidden", "intermediary")),
        ({"agent": Agent()}, ("agent_unknown", "agent")),
        ({"agent": Agent(clearing_system="USABA", bic="DEUTDEFF")}, ("clearing_member", "agent")),
        ({"agent": Agent(clearing_system="USABAX", clearing_member="1")}, ("code_invalid", "agent.clearing_system")),
        ({"agent": Agent(clearing_system="USABA", clearing_member="021000022")},
         ("clearing_invalid", "agent.clearing_member")),
        ({"agent": Agent(clearing_system="GBDSC", clearing_member="2003O1")},
         ("clearing_invalid", "agent.clearing_member")),
        ({"instructions": (Instruction(code="STOP"),)}, ("code_unknown", "instructions[0].code")),
        ({"regulatory": (Regulatory(code="x" * 11),)}, ("text_too_long", "regulatory[0].code")),
        ({"account": Account(iban=pv.IBANS[3])}, ("address_missing", "counterparty.address")),
    ],
)  # fmt: skip
def test_each_rule_names_place_and_way_out(values: dict[str, Any], expected: tuple[str, str]) -> None:
    assert expected in transfer(**values)
    found = check(pv.batch(pv.group(pv.payment(**values))), profiles()["sepa_sct"])
    assert all(one.message and one.fix and one.place.startswith("groups[0]") for one in found)
    assert has_errors(found)


def test_everything_wrong_is_told_at_once() -> None:
    wrong = pv.payment(account=Account(iban="DE0"), uetr="x", remittance=("ä" * 200,), charges="no")
    found = told(pv.batch(pv.group(wrong)), "sepa_sct")
    assert {"iban_invalid", "uetr_invalid", "text_too_long", "characters", "code_unknown"} <= {one for one, _ in found}


@pytest.mark.parametrize(
    ("day", "address", "is_taken"),
    [
        (date(2025, 10, 4), LINES, True),
        (date(2025, 10, 4), HYBRID, False),
        (date(2025, 10, 5), HYBRID, True),
        (date(2026, 11, 14), LINES, True),
        (date(2026, 11, 15), LINES, False),
        (date(2026, 11, 15), HYBRID, True),
        (date(2026, 11, 15), FULL, True),
        (date(2026, 11, 15), Address(country="DE"), True),
        (date(2026, 11, 15), dataclasses.replace(FULL, lines=("a", "b", "c")), False),
        (date(2026, 11, 15), dataclasses.replace(FULL, lines=("Berlin",)), False),
    ],
)
def test_forms_of_addresses_change_on_the_days_of_the_rulebook(day: date, address: Address, is_taken: bool) -> None:
    found = {code for code, _place in transfer(when=day, counterparty=Party(name="A", address=address))}
    assert (not found & {"address_form", "address_lines", "address_repeats"}) == is_taken


def test_swiss_and_cross_border_have_days_of_their_own() -> None:
    party = Party(name="A", address=LINES)
    for code in ("swiss_domestic", "swiss_sepa", "cross_border"):
        for day, is_taken in ((date(2026, 11, 13), True), (date(2026, 11, 14), False)):
            found = {one for one, _place in transfer(code, when=day, counterparty=party)}
            assert ("address_form" not in found) == is_taken, (code, day)


def test_qr_reference_and_qr_account_belong_together() -> None:
    reference = Structured(
        reference_type=Code(value="QRR", is_proprietary=True), reference="210000000003139471430009017"
    )
    chf = {"amount": Money(amount=Decimal("10"), currency="CHF"), "remittance": ()}
    qr, plain = Account(iban=pv.QR_IBAN), Account(iban=pv.IBANS[3])
    assert transfer("swiss_domestic", account=qr, structured=(reference,), **chf) == set()
    assert ("qr_reference_missing", "structured") in transfer("swiss_domestic", account=qr, **chf)
    assert ("qr_account", "account.iban") in transfer("swiss_domestic", account=plain, structured=(reference,), **chf)
    broken = dataclasses.replace(reference, reference="210000000003139471430009018")
    found = transfer("swiss_domestic", account=qr, structured=(broken,), **chf)
    assert ("reference_invalid", "structured[0].reference") in found


def test_what_may_occur_once_only() -> None:
    same = pv.batch(pv.group(pv.payment(1, uetr=pv.UETR), pv.payment(1, uetr=pv.UETR)), pv.group(pv.payment(3)))
    assert {"end_to_end_twice", "uetr_twice", "group_id_twice"} <= {one for one, _ in told(same, "generic_transfer")}
    unknown = pv.batch(pv.group(*(pv.payment(end_to_end_id="NOTPROVIDED") for _ in range(2))))
    assert told(unknown, "sepa_sct") == set()


def test_limits_of_a_batch_and_days_that_are_over() -> None:
    profile = dataclasses.replace(profiles()["sepa_sct"], max_payments=1, max_groups=1)
    batch = pv.batch(pv.group(pv.payment(1), pv.payment(2)), pv.group(pv.payment(3), id="G2"))
    codes = {one.code for one in check(batch, profile, today=date(2026, 12, 2))}
    assert {"too_many_payments", "too_many_groups", "date_past"} <= codes
    empty = dataclasses.replace(pv.group(), payments=())
    assert "empty" in {one.code for one in check(pv.batch(empty), profile)}
    mixed = pv.group(pv.payment(1), pv.payment(2, amount=Money(amount=Decimal(1), currency="CHF")))
    assert "currency_mixed" in {code for code, _ in told(pv.batch(mixed), "swiss_domestic")}


def test_group_and_payment_do_not_both_say_who_pays_the_charges() -> None:
    batch = pv.batch(pv.group(pv.payment(charges="SLEV"), charges="SLEV"))
    assert ("charges_twice", "charges") in told(batch, "sepa_sct")
    completed = with_defaults(pv.batch(pv.group(pv.payment(charges="SLEV"))), profiles()["sepa_sct"])
    assert completed.groups[0].charges is None
    assert told(completed, "sepa_sct") == set()


@pytest.mark.parametrize(
    ("values", "mandate", "expected"),
    [
        ({"creditor_id": "DE97ZZZ09999999999"}, pv.MANDATE, "creditor_id_invalid"),
        ({"creditor_id": None}, pv.MANDATE, "required"),
        ({"sequence": "RPRE"}, pv.MANDATE, "code_unknown"),
        ({"sequence": None}, pv.MANDATE, "required"),
        ({}, None, "required"),
        ({}, Mandate(reference="a  b", signed_on=date(2025, 1, 1)), "mandate_blank"),
        ({}, dataclasses.replace(pv.MANDATE, amendment=Amendment()), "amendment_empty"),
        ({}, dataclasses.replace(pv.MANDATE, amendment=Amendment(original_iban="DE0")), "iban_invalid"),
        ({}, dataclasses.replace(pv.MANDATE, amendment=Amendment(original_iban=pv.IBANS[0], is_new_account=True)),
         "amendment_twice"),
    ],
)  # fmt: skip
def test_direct_debits(values: dict[str, Any], mandate: Mandate | None, expected: str) -> None:
    assert expected in {code for code, _ in told(pv.debit(pv.payment(mandate=mandate), **values), "sepa_sdd_core")}


def test_a_name_whose_letters_the_bank_does_not_have_is_an_error_and_a_text_is_looked_at() -> None:
    batch = pv.batch(pv.group(pv.payment(counterparty=Party(name="漢字 Müller"), remittance=("漢",))))
    prepared, changes = prepare(batch, charset("sepa"))
    assert check(prepared, profiles()["sepa_sct"]) == ()
    found = {(one.place.rpartition(".")[2], one.code, one.is_error) for one in check_losses(changes)}
    assert found == {("name", "letters_lost", True), ("remittance[0]", "letters_lost", False)}
    assert (
        check_losses(prepare(pv.batch(pv.group(pv.payment(counterparty=Party(name="Müller")))), charset("sepa"))[1])
        == ()
    )


def test_the_wrong_profile_or_version_is_told_and_nothing_else() -> None:
    assert {code for code, _ in told(pv.debit(), "sepa_sct")} == {"direction"}
    assert {code for code, _ in told(pv.batch(), "sepa_inst", version="pain.001.001.03")} == {"version_unknown"}


# -- profiles ------------------------------------------------------------------------------


def test_a_profile_that_extends_another_tells_only_the_difference() -> None:
    instant, base = profiles()["sepa_inst"], profiles()["sepa_sct"]
    assert instant.codes == {**base.codes, "local_instrument": ("INST",)}
    assert instant.addresses == base.addresses
    completed = with_defaults(pv.batch(), instant)
    kind = completed.groups[0].type
    assert kind == PaymentType(service_level=Code(value="SEPA"), local_instrument=Code(value="INST"))
    assert completed.groups[0].charges == "SLEV"


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"versoins": []}, "versoins"),
        ({"name": "x"}, "versions"),
        ({"name": "x", "versions": []}, "versions"),
        ({"name": "x", "versions": ["pain.001.001.99"]}, "pain.001.001.99"),
        ({"name": "x", "versions": ["pain.008.001.08"]}, "transfer"),
        ({"name": "x", "versions": ["pain.001.001.09"], "charset": "latin"}, "latin"),
        ({"name": "x", "versions": ["pain.001.001.09"], "lengths": {"nam": 1}}, "nam"),
        ({"name": "x", "versions": ["pain.001.001.09"], "addresses": [{"forms": ["loose"]}]}, "loose"),
        ({"name": "x", "versions": ["pain.001.001.09"], "addresses": [{}]}, "forms"),
        ({"name": "x", "versions": ["pain.001.001.09"], "required": ["paiment.uetr"]}, "paiment"),
        ({"name": "x", "versions": ["pain.001.001.09"], "maximum": "much"}, "Profile p"),
    ],
)
def test_a_wrong_profile_names_itself_and_the_key(values: dict[str, Any], word: str) -> None:
    with pytest.raises(ProfileError, match=word):
        make("p", values)


def test_fields_that_profiles_require_exist() -> None:
    for profile in profiles().values():
        for path in (*profile.required, *profile.forbidden):
            owner, _, rest = path.partition(".")
            value: Any = {"group": pv.group(), "payment": pv.payment()}[owner]
            for name in rest.split("."):
                assert value is None or hasattr(value, name), (profile.code, path)
                value = getattr(value, name, None)
