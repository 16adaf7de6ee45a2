"""A small camt.053 to take apart in tests: valid, balanced, every part replaceable."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from odoo.addons.finance_bank_sync.formats import Camt053, FormatError
from odoo.addons.finance_bank_sync.formats.model import Entry, StatementEnd, StatementStart

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

ENTRY = """\
<Ntry>
<Amt Ccy="EUR">100.00</Amt>
<CdtDbtInd>CRDT</CdtDbtInd>
<Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2025-11-12</Dt></BookgDt>
<ValDt><Dt>2025-11-12</Dt></ValDt>
<AcctSvcrRef>REF-1</AcctSvcrRef>
<BkTxCd><Prtry><Cd>NTRF+166</Cd></Prtry></BkTxCd>
<NtryDtls>
<TxDtls>
<Refs><EndToEndId>E2E-1</EndToEndId></Refs>
<Amt Ccy="EUR">100.00</Amt>
<CdtDbtInd>CRDT</CdtDbtInd>
<RltdPties><Dbtr><Pty><Nm>Rosa Lindner</Nm></Pty></Dbtr></RltdPties>
<RmtInf><Ustrd>INV/2025/0001</Ustrd></RmtInf>
</TxDtls>
</NtryDtls>
</Ntry>
"""


def balance(code: str, amount: str) -> str:
    """One booked balance, a credit."""
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount}</Amt>'
        "<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2025-11-12</Dt></Dt></Bal>\n"
    )


def statement(entries: str = ENTRY, *, opening: str = "0.00", closing: str = "100.00", account: str = "") -> str:
    """One ``Stmt``."""
    account = account or "<Acct><Id><IBAN>DE84999400100123456789</IBAN></Id><Ccy>EUR</Ccy></Acct>\n"
    return (
        "<Stmt>\n<Id>S-1</Id>\n<CreDtTm>2025-11-12T20:00:00</CreDtTm>\n"
        + account
        + balance("OPBD", opening)
        + balance("CLBD", closing)
        + entries
        + "</Stmt>\n"
    )


def document(statements: str | None = None, *, namespace: str = NAMESPACE, declaration: str = DECLARATION) -> str:
    """A whole file."""
    attribute = f' xmlns="{namespace}"' if namespace else ""
    return (
        f"{declaration}<Document{attribute}>\n<BkToCstmrStmt>\n"
        "<GrpHdr><MsgId>M-1</MsgId><CreDtTm>2025-11-12T20:00:00</CreDtTm></GrpHdr>\n"
        + (statement() if statements is None else statements)
        + "</BkToCstmrStmt>\n</Document>\n"
    )


def changed(old: str, new: str, text: str | None = None) -> str:
    """The small file with one thing replaced, which must be there."""
    text = document() if text is None else text
    assert text.count(old) >= 1, old
    return text.replace(old, new, 1)


def parse(text: str | bytes) -> list[Any]:
    """All events of a file."""
    return list(stream(text))


def stream(text: str | bytes) -> Iterator[Any]:
    """The events of a file, one by one."""
    return Camt053().parse(io.BytesIO(text.encode() if isinstance(text, str) else text))


def entries(text: str | bytes) -> list[Entry]:
    """The entries of a file."""
    return [event for event in parse(text) if isinstance(event, Entry)]


def entry(text: str | bytes) -> Entry:
    """The only entry of a file."""
    (only,) = entries(text)
    return only


def start(text: str | bytes) -> StatementStart:
    """The first statement header of a file."""
    return next(event for event in parse(text) if isinstance(event, StatementStart))


def warnings(text: str | bytes) -> list[tuple[str, str]]:
    """All lenient readings of a file."""
    return [warning for event in parse(text) if isinstance(event, StatementEnd) for warning in event.warnings]


def error(text: str | bytes) -> FormatError:
    """The refusal of a file."""
    try:
        parse(text)
    except FormatError as refused:
        return refused
    raise AssertionError("the file was read")
