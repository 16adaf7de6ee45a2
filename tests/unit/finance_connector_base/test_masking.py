"""Masking: nobody can copy an account or a card, everybody can still recognise theirs."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from odoo.addons.finance_connector_base.safe import log_masking, masking

LENGTHS = {"DE": 22, "FR": 27, "NL": 18, "GB": 22, "NO": 15, "MT": 31, "BE": 16}
AROUND = st.text(st.characters(codec="utf-8", categories=("Lu", "Ll", "Zs", "Po")), max_size=20)


def with_check_digits(country: str, body: str) -> str:
    turned = f"{body}{country}00"
    digits = "".join(str(int(character, 36)) for character in turned)
    return f"{country}{98 - int(digits) % 97:02d}{body}"


@st.composite
def ibans(draw: st.DrawFn) -> str:
    country, length = draw(st.sampled_from(sorted(LENGTHS.items())))
    body = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=length - 4, max_size=length - 4)
    return with_check_digits(country, draw(body))


IBANS = ibans()


@given(IBANS)
def test_made_up_ibans_are_ibans(iban: str) -> None:
    assert masking.is_iban(iban)


@given(IBANS, st.sampled_from(["", " ", "-", "\u00a0"]), AROUND, AROUND)
def test_b44_an_iban_is_never_readable(iban: str, gap: str, before: str, after: str) -> None:
    # what stands around it may happen to be the same letters
    assume(iban[4:-4] not in "".join(filter(str.isalnum, before + after)))
    written = gap.join(iban[start : start + 4] for start in range(0, len(iban), 4))
    masked = masking.mask_text(f"{before} {written} {after}")
    assert iban[4:-4] not in "".join(filter(str.isalnum, masked))
    assert iban[:4] in masked and iban[-4:] in masked


def luhn(digits: str) -> str:
    for check in "0123456789":
        if masking.is_card(digits + check):
            return digits + check
    raise AssertionError


@given(st.text("0123456789", min_size=12, max_size=18), st.sampled_from(["", " ", "-"]), AROUND)
def test_b44_a_card_number_is_never_readable(digits: str, gap: str, around: str) -> None:
    card = luhn(digits)
    written = gap.join(card[start : start + 4] for start in range(0, len(card), 4))
    masked = masking.mask_text(f"{around} {written} {around}")
    assert card[4:-4] not in masked.replace(" ", "").replace("-", "") or len(set(card)) == 1


@given(st.text("0123456789", min_size=13, max_size=19))
def test_numbers_that_are_no_cards_stay(digits: str) -> None:
    assume(not masking.is_card(digits))
    assert masking.mask_text(f"reference {digits}.") == f"reference {digits}."


@given(IBANS, st.sampled_from(["12", "GB29 ", "AB CD 99", "NWBK 6016"]))
def test_b44_what_follows_an_iban_does_not_save_it(iban: str, following: str) -> None:
    """Payers write "DE89 3704 0044 0532 0130 00 INV 4711": the number ends where its country says."""
    written = " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))
    for text in (f"{written} {following}", f"{written} {iban}", f"IBAN:{iban}/{following}"):
        assert iban[4:-4] not in "".join(filter(str.isalnum, masking.mask_text(text)))


def test_digests_and_references_stay() -> None:
    for text in ("b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9", "RF18539007547034", "DE12345"):
        assert masking.mask_text(text) == text


@given(IBANS)
def test_an_iban_with_a_wrong_check_digit_is_a_word_like_any_other(iban: str) -> None:
    wrong = iban[:2] + f"{(int(iban[2:4]) + 1) % 100:02d}" + iban[4:]
    assume(not masking.is_iban(wrong))
    assert masking.mask_text(wrong) == wrong or masking.is_card("".join(filter(str.isdigit, wrong)))


@given(st.text(max_size=40))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    once = masking.mask_text(text)
    assert masking.mask_text(once) == once


@given(st.text("0123456789AB", max_size=40))
def test_mask_account_shows_eight_characters_at_most(number: str) -> None:
    assert len(masking.mask_account(number)) <= 9


@given(
    st.sets(
        st.sampled_from(["password", "api_token", "clientSecret", "Authorization", "privateKey", "passphrase", "name"]),
        min_size=1,
    )
)
def test_b44_values_of_secret_keys_are_hidden_at_any_depth(keys: set[str]) -> None:
    content = {key: f"value {number}" for number, key in enumerate(sorted(keys))}
    shown = masking.mask_json({"outer": [{"inner": content}]})
    for key, value in content.items():
        assert (value in shown) is (key == "name")
    json.loads(shown)


def test_previews_of_binary_content_name_it() -> None:
    assert masking.printable(b"PK\x03\x04rest").startswith("[binary")
    assert masking.printable(b"a\x00b").startswith("[binary")
    assert masking.printable("grün".encode("latin-1")) == "grün"
    assert masking.printable("grün".encode()[:-2]).startswith("gr")
    assert masking.printable(b"") == ""


# -- classes of data -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Bearer abc.def-1234567", "Authorization: Bearer ••••"),
        ("token eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl ends", "token eyJ•••• ends"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_••••"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n", "-----BEGIN PRIVATE KEY-----••••\n"),
        ("VAT DE123456789, SSN 078-05-1120", "VAT DE…89, SSN 07…20"),
        ("NL123456789B01 and ATU12345678.", "NL…01 and AT…78."),
        ("invoice 2024-11-27 of DE12345678", "invoice 2024-11-27 of DE12345678"),
    ],
)
def test_b44_what_is_recognised_in_any_text(text: str, shown: str) -> None:
    assert masking.mask_text(text) == shown


def test_b44_names_where_they_are_marked() -> None:
    text = "<Dbtr><Nm>Erika Mustermann</Nm></Dbtr><a:Nm>ACME</a:Nm><Ccy>EUR</Ccy>"
    assert masking.mask_names(text) == "<Dbtr><Nm>E… M…</Nm></Dbtr><a:Nm>A…</a:Nm><Ccy>EUR</Ccy>"
    value = {
        "debtor_name": "Erika Mustermann",
        "tax_id": "12345678901",
        "lines": [{"payee": "Max", "filename": "a.xml"}],
    }
    assert json.loads(masking.mask_json(value, names=True)) == {
        "debtor_name": "E… M…",
        "tax_id": "…01",
        "lines": [{"payee": "M…", "filename": "a.xml"}],
    }
    assert "Erika Mustermann" in masking.mask_json(value)


# -- logs ----------------------------------------------------------------------------------

IBAN = "DE89370400440532013000"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    before = logging.getLogRecordFactory()
    log_masking.mask_log_records()
    log_masking.mask_log_records()
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    loggers = [logging.getLogger(name) for name in ("odoo.addons.finance_x.models", "other")]
    for logger in loggers:
        logger.addHandler(handler)
    yield written
    for logger in loggers:
        logger.removeHandler(handler)
    logging.setLogRecordFactory(before)


def test_attack_33_no_account_number_reaches_the_log(lines: io.StringIO) -> None:
    logger = logging.getLogger("odoo.addons.finance_x.models")
    logger.warning("account %s refused, 100%% sure", IBAN)
    logger.warning("50% of " + IBAN)
    try:
        raise ValueError(f"no such account: {IBAN}")
    except ValueError:
        logger.exception("broken")
    text = lines.getvalue()
    assert IBAN not in text
    assert text.count("DE89…3000") >= 3
    assert "100% sure" in text and "50% of" in text and "Traceback" in text


def test_lines_of_others_are_left_alone(lines: io.StringIO) -> None:
    logging.getLogger("other").warning("account %s", IBAN)
    assert IBAN in lines.getvalue()
