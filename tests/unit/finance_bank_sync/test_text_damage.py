"""Damaged files of the text formats: a reason with a place, never a crash, never half a statement (faults 41, 60).

``FIN_MUTATIONS=10000 pytest tests/unit/finance_bank_sync/test_text_damage.py`` goes deeper.
"""

from __future__ import annotations

import io
import os
import random
import time
from pathlib import Path

import pytest
from fixed_text import REFUSED
from test_text_golden import FILES

from odoo.addons.finance_bank_sync.formats import (
    AmbiguousFormat,
    Bai2,
    Coda,
    FormatError,
    Ofx,
    Qif,
    StatementFormat,
    Swift,
    UnknownFormat,
    detect,
    known_formats,
)
from odoo.addons.finance_bank_sync.formats.fixed.cfonb120 import Cfonb120
from odoo.addons.finance_bank_sync.formats.fixed.norma43 import Norma43
from odoo.addons.finance_bank_sync.formats.model import Entry, StatementEnd, StatementStart
from odoo.addons.finance_bank_sync.proof import control

READERS: dict[str, StatementFormat] = {
    "mt940": Swift(),
    "ofx": Ofx(),
    "bai2": Bai2(),
    "qif": Qif(),
    "coda": Coda(),
    "norma43": Norma43(),
    "cfonb120": Cfonb120(),
}
MUTATIONS = int(os.environ.get("FIN_MUTATIONS", "300"))
CAMT = sorted((FILES[0].parents[1] / "camt").glob("*.xml"))


def read(reader: StatementFormat, content: bytes) -> list[object]:
    return list(reader.parse(io.BytesIO(content)))


def sound(events: list[object]) -> None:
    """Start, entries, end; finite decimals; every date a date."""
    inside = False
    for event in events:
        if isinstance(event, StatementStart):
            assert not inside
            inside = True
        elif isinstance(event, StatementEnd):
            assert inside
            inside = False
        else:
            assert inside and isinstance(event, Entry)
            assert event.money.amount.is_finite() and len(event.money.currency) == 3
            assert event.booking_date or event.value_date
    assert not inside


def mutated(content: bytes, rng: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(data))
        kind = rng.randrange(7)
        if kind == 0:
            data[at] = rng.randrange(256)
        elif kind == 1:
            del data[at : at + rng.randint(1, 30)]
        elif kind == 2:
            data[at:at] = data[at : at + rng.randint(1, 60)]
        elif kind == 3:
            del data[at:]
        elif kind == 4:
            data[at:at] = bytes(rng.choice(b"0123456789,.-/<>:?+\r\n\x00") for _ in range(rng.randint(1, 5)))
        elif kind == 5:
            lines = data.splitlines(keepends=True)
            index = rng.randrange(len(lines))
            lines[index:index] = [lines[rng.randrange(len(lines))]]
            data = bytearray(b"".join(lines))
        else:
            data[at:at] = rng.choice((b"9" * 40, b"\xff\xfe", b"<" * 20, "ü€".encode(), b"&#0;", b"Infinity", b"NaN"))
        if not data:
            return b" "
    return bytes(data)


@pytest.mark.parametrize("path", [*FILES, *CAMT], ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_mutations_are_read_or_refused(path: Path) -> None:
    rng = random.Random(path.stem)
    content = path.read_bytes()
    of_its_format = [other for other in (*FILES, *CAMT) if other.parent == path.parent]
    share = -(-MUTATIONS // len(of_its_format))
    for number in range(share):
        data = mutated(content, rng)
        try:
            reader = detect(known_formats(), data[:8192])
        except (UnknownFormat, AmbiguousFormat):
            continue
        try:
            events = read(reader, data)
        except FormatError as error:
            assert error.code and error.message, f"mutation {number}"
            continue
        sound(events)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_cut_anywhere_proves_nothing_wrong(path: Path) -> None:
    """A cut file is refused, or what is left of it is complete statements with the same figures."""
    content = path.read_bytes()
    reader = READERS[path.parent.name]
    whole = ends(read(reader, content))
    for tenth in range(1, 40):
        try:
            events = read(reader, content[: len(content) * tenth // 40])
        except FormatError as error:
            assert error.code, tenth
            continue
        for figures in ends(events):
            proof, _count, total = figures
            assert figures in whole or proof != "proved" or total == 0, tenth


def coda(
    count="000004",
    total="000000000012500",
    sign="0",
    day="020326",
    detail="0",
    closing="000000000012500",
    new="BE68539007547034",
) -> bytes:
    """A statement of one movement of 12.50; the new balance is of the account that is given."""
    account = "BE68539007547034".ljust(34) + "EUR"
    rows = (
        "00000020326999" + "05".ljust(10) + "REF1".ljust(36) + "SNDBBEBBXXX".ljust(67) + "2",
        f"12001{account}0{0:015d}010326" + "Example Company".ljust(61) + "001",
        f"2100010000{'B-1':<21}{sign}000000000012500{day}{detail}0150000{'0Thank you':<54}{day}00101 0",
        f"2200010000{'':53}{'E2E-1':<35}{'':27}0 0",
        f"8001{new.ljust(34) + ('EUR' if new else '   ')}0{closing}020326{'':64}0",
        f"9{'':15}{count}{0:015d}{total}{'':75}2",
    )
    return "".join(f"{row:<128}\r\n" for row in rows).encode()


def ends(events: list[object]) -> list[tuple[str, int, object]]:
    result = []
    totals = control.Totals()
    for event in events:
        if isinstance(event, StatementStart):
            totals = control.Totals()
        elif isinstance(event, Entry):
            totals.add(event)
        elif isinstance(event, StatementEnd):
            result.append((control.prove_statement(event.balances, totals).state, totals.count, totals.booked))
    return result


def test_no_two_formats_claim_a_file() -> None:
    for path in [*FILES, *CAMT]:
        head = path.read_bytes()[:8192]
        assert len([known for known in known_formats() if known.identify(head, path.name)]) == 1, path.name


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"date;amount\n2025-01-01;5\n", b"\x00" * 500, b"%PDF-1.7", b"{}", b"<html></html>"]
)
def test_not_mine(content: bytes) -> None:
    assert [known.code for known in known_formats() if known.identify(content, "x.sta")] == []


def test_k02_coda_whose_new_balance_names_no_account_is_of_the_one_that_the_old_one_names() -> None:
    assert ends(read(Coda(), coda(new=""))) == ends(read(Coda(), coda()))


def test_k02_coda_whose_new_balance_names_another_account_is_read_when_the_balances_agree() -> None:
    found = read(Coda(), coda(new="BE71096123456769"))
    start, end = found[0], found[-1]
    assert isinstance(start, StatementStart) and isinstance(end, StatementEnd)
    assert (ends(found)[0][0], start.account.iban) == ("proved", "BE68539007547034")
    assert end.warnings == (("closing_account_differs", "line 5"),)


def test_k02_coda_of_one_movement() -> None:
    start, entry, end = read(Coda(), coda())
    assert isinstance(start, StatementStart) and isinstance(entry, Entry) and isinstance(end, StatementEnd)
    assert (start.account.iban, start.account.bic, start.identification) == ("BE68539007547034", "SNDBBEBBXXX", "REF1")
    assert (str(entry.money.amount), entry.details[0].references.end_to_end_id) == ("12.50", "E2E-1")
    assert [ends([start, entry, end])[0][0], end.warnings] == ["proved", ()]


def test_k02_a_record_count_alone_refuses_no_statement_whose_figures_agree() -> None:
    """Both totals and both balances are right: what is missing can be text at the most, and that is told."""
    *_rest, end = events = read(Coda(), coda(count="000005"))
    assert isinstance(end, StatementEnd)
    assert [code for code, _place in end.warnings] == ["record_count_differs"]
    assert ends(events)[0][0] == "proved"


def test_k02_a_last_statement_that_announces_another_is_told() -> None:
    *_rest, end = read(Coda(), coda()[:-3] + b"1\r\n")
    assert isinstance(end, StatementEnd)
    assert [code for code, _place in end.warnings] == ["another_statement_announced"]


@pytest.mark.parametrize("code", READERS)
def test_k02_utf_16_is_told_by_its_mark(code: str) -> None:
    """Exports of spreadsheet programs and of some portals."""
    path = next(path for path in FILES if path.parent.name == code)
    reader = READERS[code]
    text = path.read_bytes().decode("utf-8", "replace").encode("ascii", "replace")
    wide = text.decode("ascii").encode("utf-16")
    assert detect(known_formats(), wide[:8192]).code == reader.code
    assert read(reader, wide) == read(reader, text)
    with pytest.raises(FormatError):
        read(reader, wide[:-1])


@pytest.mark.parametrize(
    ("written", "meant"),
    [("-1.234,50", "-1234.50"), ("12,5", "12.5"), ("1,234", "1234"), ("1,234.50", "1234.50"), ("+7,00", "7.00")],
)
def test_k02_qif_amounts_of_both_worlds(written: str, meant: str) -> None:
    _start, entry, _end = read(Qif(), f"!Type:Bank\nD13/2/2025\nT{written}\n^\n".encode())
    assert isinstance(entry, Entry)
    assert str(entry.money.amount) == meant


HOSTILE = {
    "mt940": b":20:A\n:25:1\n:60F:C250101EUR1,\n",
    "ofx": b"<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR",
    "bai2": b"01,A,B,250101,,1,,,2/\n02,B,A,1,250101,,EUR/\n03,1,,010,1,,/\n",
    "qif": b"!Type:Bank\nD1/13/2025\n",
    "coda": b"0000002032699905        1         \n",
    "norma43": b"112100041802000513322603022603062000000001250009783ACEITES\n",
    "cfonb120": b"0120041    01005EUR2 0500013M026  270226" + b" " * 50 + b"0000000012500{\n",
}


@pytest.mark.parametrize("code", HOSTILE)
@pytest.mark.parametrize(
    "filler",
    [b"x" * 3_000_000, b"\n" * 500_000, b"<A>" * 500_000, b":86:" * 400_000, b"88,\n" * 300_000, b"?20" * 500_000,
     b"/REMI/" * 300_000, b"9," * 800_000, b"<!--" * 300_000, b"@@" * 500_000],
    ids=lambda filler: repr(filler[:6]),
)  # fmt: skip
def test_hostile_lengths_end_soon(code: str, filler: bytes) -> None:
    began = time.process_time()
    try:
        sound(read(READERS[code], HOSTILE[code] + filler))
    except FormatError as error:
        assert error.code
    # processor time, with much to spare: what is quadratic takes hours
    assert time.process_time() - began < 60


@pytest.mark.parametrize(
    ("code", "content", "expected"),
    [
        ("mt940", b":20:A\n:25:1\n:60F:C250101EUR1,\n:61:2501010101CNaN,NTRF\n:62F:C250101EUR1,\n-", "line_invalid"),
        ("mt940", b":20:A\n:25:1\n:60F:C250230EUR1,\n:62F:C250101EUR1,\n-", "date_invalid"),
        ("mt940", b":20:A\n:25:1\n:60F:C250101EUR1,\n-", "closing_missing"),
        ("mt940", b":20:A\n:25:1\n:60F:C250101EUR1,\n", "truncated"),
        ("mt940", b":20:A\n:60F:C250101EUR1,\n:62F:C250101EUR1,\n-", "account_missing"),
        ("mt940", b":20:A\n:25:1\n:62F:C250101EUR1,\n-", "opening_missing"),
        ("mt940", b":20:A\n:25:1\n:60F:C250101EUR1,123456\n:62F:C250101EUR1,\n-", "amount_precision"),
        ("mt940", b":20:A\x00B\n:25:1\n", "control_character"),
        ("ofx", b"<OFX><STMTRS><CURDEF>EUR</OFX>", "ofx_syntax"),
        ("ofx", b"<!DOCTYPE OFX [<!ENTITY a 'b'>]><OFX></OFX>", "statement_missing"),
        ("ofx", b"<OFX><!DOCTYPE x></OFX>", "doctype"),
        ("ofx", b"<OFX></OFX>", "statement_missing"),
        ("ofx", b"<OFX>", "truncated"),
        ("bai2", b"01,A,B,250101,,1,,,2/\n02,B,A,4,250101,,EUR/\n99,0,0,3/", "group_status"),
        ("bai2", b"01,A,B,250101,,1,,,2/\n16,195,5,0,,,/", "record_order"),
        ("bai2", b"01,A,B,250101,,1,,,2/\n02,B,A,1,250101,,EUR/\n03,1,,010,5,,/\n49,6,2/", "control_total"),
        ("bai2", b"01,A,B,250101,,1,,,2/\n02,B,A,1,250101,,EUR/\n03,1,,010,5,,/\n16,195,-5,0/", "amount_negative"),
        ("bai2", b"01,A,B,250101,,1,,,2/\n02,B,A,1,250101,,EUR/\n03,1,,010,5,,/\n16,700,5,0/", "type_unknown"),
        (
            "bai2",
            "01,A,B,250101,,1,,,2/\n02,B,A,1,250101,,EUR/\n03,1,,100,5,\u00b2,/\n".encode(),
            "totals_invalid",
        ),
        ("qif", b"!Type:Bank\nD1/2/2025\nT5\n^\n", "date_ambiguous"),
        ("qif", b"!Type:Bank\nD13/2/2025\nT5\n^\nD2/13/2025\nT5\n^\n", "date_invalid"),
        ("qif", b"!Type:Bank\nD13/2/2025\nTfive\n^\n", "amount_invalid"),
        ("qif", b"!Type:Bank\nD13/2/2568\nT5\n^\n", "date_invalid"),  # another calendar
        ("qif", b"!Type:Bank\nD13/2/2025\nT5\n", "truncated"),
        ("coda", coda(total="000000000013000"), "control_total"),
        ("coda", coda(count="000005", closing="000000000012600"), "record_count"),
        ("coda", coda(new="BE71096123456769", closing="000000000012600"), "account_differs"),
        ("coda", coda(sign="2"), "credit_debit_invalid"),
        ("coda", coda(day="310226"), "date_invalid"),
        ("coda", coda(detail="5"), "record_unexpected"),
        ("coda", coda()[:-131], "truncated"),
        ("coda", coda().replace(b"\r\n1", b"\r\n4", 1), "opening_missing"),
        ("coda", coda().replace(b"\r\n22", b"\r\n24", 1), "record_unknown"),
        *REFUSED,
    ],
)  # fmt: skip
def test_refusals_name_code_and_place(code: str, content: bytes, expected: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(READERS[code], content)
    assert caught.value.code == expected
    assert caught.value.place or expected == "statement_missing"
