"""A camt file without what a bank writes anew each time it is asked for it (K-03)."""

import io
import re

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.formats.rewritten import camt_digest

FILE = (
    '<?xml version="1.0"?><Document xmlns="x"><BkToCstmrStmt><GrpHdr><MsgId>{id}</MsgId>'
    "<CreDtTm>2026-03-31T{time}</CreDtTm></GrpHdr><Stmt><Id>{name}</Id><CreDtTm>2026-03-31T{time}</CreDtTm>"
    "<Acct><Id><IBAN>DE1</IBAN></Id></Acct><Ntry><Amt>{amount}</Amt><NtryDtls><TxDtls><Refs><MsgId>{ref}</MsgId></Refs>"
    "</TxDtls></NtryDtls></Ntry>{rest}</Stmt></BkToCstmrStmt></Document>"
)
USUAL = {"id": "A", "time": "06:00:00", "name": "S", "amount": "1.00", "ref": "R", "rest": ""}


def digest(**changed: str) -> str | None:
    return camt_digest(io.BytesIO(FILE.format(**{**USUAL, **changed}).encode()))


def test_message_id_and_time_of_creation_do_not_count() -> None:
    assert digest() == digest(id="B", time="07:31:00") == digest(id="")


def test_everything_else_counts() -> None:
    changes = [{}, {"name": "T"}, {"amount": "1.01"}, {"ref": "Q"}, {"rest": " "}, {"rest": "<Ntry/>" * 20_000}]
    assert len({digest(**one) for one in changes}) == len(changes)


def test_prefixes_and_long_files() -> None:
    rest = "<Ntry/>" * 400_000
    assert digest(rest=rest, id="B") == digest(rest=rest)
    texts = [FILE.format(**{**USUAL, "id": name}) for name in "AB"]
    prefixed = [text.replace("</", "~").replace("<", "<c:").replace("~", "</c:").encode() for text in texts]
    assert camt_digest(io.BytesIO(prefixed[0])) == camt_digest(io.BytesIO(prefixed[1])) != digest()


def test_without_a_header_there_is_no_answer() -> None:
    assert camt_digest(io.BytesIO(b"")) is None
    assert camt_digest(io.BytesIO(FILE.format(**USUAL).encode("utf-16"))) is None


@given(st.integers(0, len(FILE.format(**USUAL)) - 1), st.sampled_from("aZ0 <"))
def test_a_changed_letter_outside_of_the_two_counts(place: int, letter: str) -> None:
    text = FILE.format(**USUAL)
    changed = text[:place] + letter + text[place + 1 :]
    ignored = [range(found.start(), found.end()) for found in re.finditer(r"(?<=<MsgId>)A|2026-03-31T06:00:00", text)]
    if changed != text and not any(place in one for one in ignored):
        assert camt_digest(io.BytesIO(changed.encode())) != digest()
