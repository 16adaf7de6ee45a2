"""Every file passes the official schema and says what was meant, whatever the texts are (K-09, K-29, K-30, K-32)."""

from __future__ import annotations

import dataclasses
import io
import itertools
from datetime import date
from decimal import Decimal
from typing import Any

import pain_reader
import payment_values as pv
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from odoo.addons.finance_bank_sync.payments.charset import charset
from odoo.addons.finance_bank_sync.payments.model import (
    DEBIT,
    TRANSFER,
    Account,
    Address,
    Agent,
    Amendment,
    Batch,
    Code,
    Identification,
    Instruction,
    Mandate,
    Money,
    Party,
    PaymentType,
    Regulatory,
    Structured,
)
from odoo.addons.finance_bank_sync.payments.profile import profiles, with_defaults
from odoo.addons.finance_bank_sync.payments.rules import check, has_errors
from odoo.addons.finance_bank_sync.payments.schema import SchemaError, schema, validate
from odoo.addons.finance_bank_sync.payments.transliterate import prepare
from odoo.addons.finance_bank_sync.payments.versions import DIALECTS
from odoo.addons.finance_bank_sync.payments.writer import CannotWrite, render, write
from odoo.addons.finance_bank_sync.payments.xml_text import escape, leaf

ADDRESS = Address(street="Musterstraße", building="12a", postcode="10115", town="Berlin", country="DE")
EVERYTHING = pv.payment(
    instruction_id="I-1",
    amount=Money(amount=Decimal("1234.5"), currency="EUR"),
    counterparty=Party(
        name="A & B <C> \"D\" 'E'",
        address=dataclasses.replace(ADDRESS, lines=("Hinterhaus",), subdivision="BE", department="Buchhaltung"),
        bic="DEUTDEFFXXX",
        identifications=(Identification(number="DE123", scheme=Code(value="TXID"), issuer="Finanzamt"),),
        country_of_residence="DE",
    ),
    agent=Agent(bic="DEUTDEFFXXX", name="Bank", address=ADDRESS),
    intermediary=Agent(clearing_system="USABA", clearing_member="021000021"),
    ultimate_debtor=Party(name="Daughter"),
    ultimate_creditor=Party(name="Child", identifications=(Identification(number="P1"),), is_person=True),
    type=PaymentType(
        priority="HIGH",
        service_level=Code(value="URGP"),
        local_instrument=Code(value="OWN", is_proprietary=True),
        category_purpose=Code(value="SUPP"),
    ),
    charges="SHAR",
    purpose=Code(value="GDDS"),
    remittance=("Text ä", "more"),
    structured=(
        Structured(reference_type=Code(value="SCOR"), reference="RF18539007547034"),
        Structured(
            document_type=Code(value="CREN"),
            document_number="C-1",
            document_date=date(2026, 1, 2),
            document_amount=Money(amount=Decimal("-3.00"), currency="EUR"),
            message="less",
        ),
    ),
    instructions=(Instruction(code="PHOB", words="+49 30 1"), Instruction(words="please")),
    regulatory=(Regulatory(side="DEBT", authority_name="NB", authority_country="FR", code="100", information="goods"),),
)
AMENDED = Mandate(
    reference="M-2",
    signed_on=date(2024, 2, 29),
    amendment=Amendment(
        original_mandate="M-1",
        original_creditor_name="Old name",
        original_creditor_id=pv.CREDITOR,
        original_iban=pv.IBANS[0],
    ),
)


def full(version: str) -> Batch:
    """A batch with every field that the version has."""
    dialect = DIALECTS[version]
    payment = EVERYTHING
    if not dialect.is_first:
        new = dict(building_name="Turm", floor="3", po_box="Postfach 1", room="12", town_location="Mitte", district="X")
        party = dataclasses.replace(
            payment.counterparty, lei=pv.LEI, address=dataclasses.replace(payment.counterparty.address, **new)
        )
        agent = dataclasses.replace(payment.agent, lei=pv.LEI)
        payment = dataclasses.replace(payment, uetr=pv.UETR, counterparty=party, agent=agent)
    extra: dict[str, Any] = {
        "agent": Agent(bic="DEUTDEFF"),
        "batch_booking": True,
        "ultimate_party": Party(name="Mother"),
        "type": PaymentType(service_level=Code(value="SEPA")),
    }
    if dialect.direction == DEBIT:
        words = (Instruction(words="please"),)
        one = dataclasses.replace(payment, intermediary=None, instructions=words, mandate=AMENDED)
        new_account = Mandate(reference="M-3", signed_on=date(2025, 1, 2), amendment=Amendment(is_new_account=True))
        two = pv.payment(2, mandate=new_account)
        return pv.debit(one, two, sequence="FRST", **extra)
    return pv.batch(pv.group(payment, pv.payment(2), **extra), pv.group(pv.payment(3), id="GROUP-2", charges="SLEV"))


@pytest.mark.parametrize("version", DIALECTS)
def test_every_field_of_every_version_passes_the_schema_and_comes_back(version: str) -> None:
    batch = full(version)
    data = render(batch, version)
    assert validate(io.BytesIO(data), version) == sum(len(tuple(group.payments)) for group in batch.groups)
    etree.XMLSchema.assertValid(schema(version), etree.fromstring(data))
    assert pain_reader.read(data) == batch


@pytest.mark.parametrize("version", DIALECTS)
def test_the_text_is_what_a_serializer_of_trees_writes(version: str) -> None:
    """The hand-made XML and lxml agree on every byte that means something."""
    data = render(full(version), version)
    tree = etree.fromstring(data, etree.XMLParser(remove_blank_text=True))
    assert etree.canonicalize(data.decode().partition("\n")[2]).replace("\n", "") == etree.canonicalize(tree)
    stream = io.BytesIO()
    with etree.xmlfile(stream, encoding="UTF-8") as xml:
        _copy(tree, xml)
    assert etree.canonicalize(stream.getvalue().decode()) == etree.canonicalize(tree)


def _copy(element: Any, xml: Any) -> None:
    with xml.element(element.tag, dict(element.attrib), nsmap=element.nsmap):
        if element.text:
            xml.write(element.text)
        for child in element:
            _copy(child, xml)


def test_the_same_batch_gives_the_same_bytes() -> None:
    first, second = io.BytesIO(), io.BytesIO()
    told = write(first, full("pain.001.001.09"), "pain.001.001.09")
    assert write(second, full("pain.001.001.09"), "pain.001.001.09") == told
    assert first.getvalue() == second.getvalue()
    assert (told.count, told.total, told.size) == (3, Decimal("1234.5") + 102 + 103, len(first.getvalue()))
    # banks have refused single quotes in the declaration and a namespace that is not the first attribute
    assert first.getvalue().startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:')


def test_amounts_have_the_places_of_their_currency() -> None:
    money = [Money(amount=Decimal(amount), currency=currency) for amount, currency in
             (("1E+3", "JPY"), ("5", "EUR"), ("0.1", "KWD"), ("7.50", "CHF"))]  # fmt: skip
    batch = pv.batch(pv.group(*(pv.payment(n, amount=one) for n, one in enumerate(money))))
    data = render(batch, "pain.001.001.09")
    for text in (b'"JPY">1000<', b'"EUR">5.00<', b'"KWD">0.100<', b'"CHF">7.50<', b"<CtrlSum>1012.60</CtrlSum>"):
        assert text in data
    validate(io.BytesIO(data), "pain.001.001.09")


@settings(pv.relaxed, max_examples=80)
@given(
    st.sampled_from([("JPY", 0), ("EUR", 2), ("KWD", 3)]),
    st.lists(st.lists(st.integers(1, 10**12), min_size=1, max_size=5), min_size=1, max_size=4),
    st.sampled_from(profiles()["generic_transfer"].versions),
)
def test_what_a_file_adds_up_is_what_was_ordered(money: tuple[str, int], units: list[list[int]], version: str) -> None:
    """Number and sum of the file and of each group, told by the file and added up out of it, in 0, 2 and 3 places."""
    currency, places = money
    ordered = [[Decimal(unit).scaleb(-places) for unit in group] for group in units]
    numbers = itertools.count(1)
    batch = pv.batch(
        *(
            pv.group(
                *(pv.payment(next(numbers), amount=Money(amount=one, currency=currency)) for one in group),
                id=f"GROUP-{place}",
            )
            for place, group in enumerate(ordered)
        )
    )
    stream = io.BytesIO()
    told = write(stream, batch, version)
    root = etree.fromstring(stream.getvalue())
    assert (told.count, told.total) == (sum(map(len, ordered)), sum(map(sum, ordered)))
    assert _control(root.find(".//{*}GrpHdr")) == (told.count, told.total)
    groups = root.findall(".//{*}PmtInf")
    assert [_control(group) for group in groups] == [(len(group), sum(group)) for group in ordered]
    for group, amounts in zip(groups, ordered, strict=True):
        texts = [one.text or "" for one in group.iter("{*}InstdAmt")]
        assert [Decimal(text) for text in texts] == amounts, "none rounded, none missing, in their order"
        assert {len(text.partition(".")[2]) for text in texts} == {places}


def _control(node: Any) -> tuple[int, Decimal]:
    return int(node.findtext("{*}NbOfTxs")), Decimal(node.findtext("{*}CtrlSum"))


def test_nothing_is_left_out_silently_because_a_version_is_old() -> None:
    for change in ({"uetr": pv.UETR}, {"counterparty": Party(name="A", lei=pv.LEI)},
                   {"counterparty": Party(name="A", address=Address(floor="1", town="B", country="DE"))}):  # fmt: skip
        batch = pv.batch(pv.group(pv.payment(**change)))
        with pytest.raises(CannotWrite):
            render(batch, "pain.001.001.03")
        violations = check(batch, profiles()["generic_transfer"], version="pain.001.001.03")
        assert "version_lacks" in {one.code for one in violations}
        assert not has_errors(check(batch, profiles()["generic_transfer"], version="pain.001.001.09"))
    with pytest.raises(CannotWrite):
        render(pv.batch(), "pain.008.001.08")


@pytest.mark.parametrize("text", ["a\x00b", "a\nb", "\ud800", "\ufffe", "\x85"])
def test_characters_that_no_file_can_hold_are_never_written(text: str) -> None:
    with pytest.raises(CannotWrite):
        escape(text)


@settings(deadline=None)
@given(st.text())
def test_escaping_is_that_of_xml(text: str) -> None:
    try:
        written = leaf("a", text)
    except CannotWrite:
        return
    assert (etree.fromstring(written).text or "") == text


# -- the schema is asked -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        (b"<EndToEndId>E2E-1</EndToEndId>", b"", "EndToEndId"),
        (b"<IBAN>DE", b"<IBAN>d", "IBAN"),
        (b"<PmtMtd>TRF</PmtMtd>", b"<PmtMtd>XXX</PmtMtd>", "PmtMtd"),
        (b'Ccy="EUR"', b'Ccy="eur"', "Ccy"),
        (b"</PmtInf>", b"<More/></PmtInf>", "More"),
        (b"pain.001.001.09", b"pain.001.001.03", "Document"),
    ],
)
def test_the_validation_refuses(old: bytes, new: bytes, word: str) -> None:
    data = render(pv.batch(), "pain.001.001.09")
    assert old in data
    with pytest.raises(SchemaError, match=word):
        validate(io.BytesIO(data.replace(old, new)), "pain.001.001.09")


def test_a_cut_file_and_an_unknown_version_are_refused() -> None:
    data = render(pv.batch(), "pain.001.001.09")
    for size in range(len(data) - 1):
        with pytest.raises(SchemaError):
            validate(io.BytesIO(data[:size]), "pain.001.001.09")
    with pytest.raises(SchemaError):
        validate(io.BytesIO(data + b"<More/>"), "pain.001.001.09")
    with pytest.raises(SchemaError, match=r"pain\.001\.001\.99"):
        schema("pain.001.001.99")


# -- anything ------------------------------------------------------------------------------


def _hold(batch: Batch, code: str, version: str) -> None:
    """What has no error gives a file that the schema takes, and it says everything that was meant."""
    profile = profiles()[code]
    prepared, _changes = prepare(with_defaults(batch, profile), charset(profile.charset))
    if has_errors(check(prepared, profile, version=version)):
        return
    data = render(prepared, version)
    validate(io.BytesIO(data), version)
    assert pain_reader.read(data) == _as_told(prepared)


def _as_told(value: Any) -> Any:
    """What says nothing does not come back: an empty type, the kind of numbers of somebody who has none."""
    if isinstance(value, tuple):
        return tuple(map(_as_told, value))
    if not dataclasses.is_dataclass(value):
        return value
    made = {field.name: _as_told(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if made.get("type") == PaymentType():
        made["type"] = None
    if isinstance(value, Party) and not value.identifications:
        made["is_person"] = False
    return dataclasses.replace(value, **made)


WAYS = [(one.direction, (one.code, version)) for one in profiles().values() for version in one.versions]
TRANSFERS = [how for direction, how in WAYS if direction == TRANSFER]
DEBITS = [how for direction, how in WAYS if direction == DEBIT]


@settings(pv.relaxed, max_examples=200)
@given(pv.batches(), st.sampled_from(TRANSFERS))
def test_any_transfer_without_errors_is_a_valid_file_without_loss(batch: Batch, how: tuple[str, str]) -> None:
    _hold(batch, *how)


@settings(pv.relaxed, max_examples=120)
@given(pv.batches(DEBIT), st.sampled_from(DEBITS))
def test_any_debit_without_errors_is_a_valid_file_without_loss(batch: Batch, how: tuple[str, str]) -> None:
    _hold(batch, *how)


@settings(pv.relaxed, max_examples=100)
@given(pv.anything, pv.anything, st.sampled_from(TRANSFERS))
def test_any_name_and_text_passes_or_is_an_error(name: str, text: str, how: tuple[str, str]) -> None:
    batch = pv.batch(pv.group(pv.payment(counterparty=Party(name=name), remittance=(text,) if text else ())))
    _hold(batch, *how)


def test_most_of_what_is_made_up_has_no_error() -> None:
    """Else the tests above would prove nothing."""
    for code, version in (*TRANSFERS, *DEBITS):
        profile = profiles()[code]
        batch = pv.debit() if profile.direction == DEBIT else pv.batch()
        if code == "cross_border":
            payment = pv.payment(
                uetr=pv.UETR, counterparty=Party(name="A", address=ADDRESS), agent=Agent(bic="DEUTDEFF")
            )
            batch = pv.batch(pv.group(payment, agent=Agent(bic="DEUTDEFF")))
        elif code.endswith("_domestic") and profile.currencies in (("GBP",), ("USD",)):
            is_uk = code.startswith("uk")
            payment = pv.payment(
                amount=Money(amount=Decimal("10.00"), currency=profile.currencies[0]),
                account=Account(number="55779911"),
                agent=Agent(
                    clearing_system="GBDSC" if is_uk else "USABA", clearing_member="200301" if is_uk else "021000021"
                ),
            )
            batch = pv.batch(pv.group(payment, agent=Agent(bic="DEUTDEFF")))
        prepared, _changes = prepare(with_defaults(batch, profile), charset(profile.charset))
        assert check(prepared, profile, version=version) == (), (code, version)
