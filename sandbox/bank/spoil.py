"""Files as a bank should not send them, on command.

Every fault has a name, says what a careful reader does with the file, and takes an optional argument. Faults of the
content change the statement before it is written, faults of the file change its bytes afterwards.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sandbox.bank import camt053
from sandbox.bank.camt_version import Dialect
from sandbox.bank.identifiers import make_iban
from sandbox.bank.model import Statement, quantum, totals_of
from sandbox.bank.pages import pages


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A way to spoil a statement; ``make`` returns the bytes of the files that are delivered instead."""

    name: str
    summary: str
    #: what must happen to it: ``held`` (nothing on the ledger), ``posted``, or ``either``; never ignored silently
    outcome: str
    make: Callable[[Statement, Dialect, str], Sequence[bytes]]


def _content(change: Callable[[Statement, str], Statement]) -> Callable[[Statement, Dialect, str], Sequence[bytes]]:
    return lambda statement, dialect, argument: [camt053.render([change(statement, argument)], dialect)]


def _bytes(change: Callable[[bytes, str], bytes]) -> Callable[[Statement, Dialect, str], Sequence[bytes]]:
    return lambda statement, dialect, argument: [change(camt053.render([statement], dialect), argument)]


# --- content --------------------------------------------------------------------------------------


def _wrong_closing(statement: Statement, argument: str) -> Statement:
    return replace(statement, closing=statement.closing + Decimal(argument or "0.01"))


def _wrong_currency(statement: Statement, argument: str) -> Statement:
    currency = argument or ("USD" if statement.account.currency != "USD" else "EUR")
    return replace(statement, account=replace(statement.account, currency=currency))


def _unknown_account(statement: Statement, argument: str) -> Statement:
    iban = argument or make_iban("DE", "100000000000000099")
    return replace(statement, account=replace(statement.account, iban=iban))


def _sequence_gap(statement: Statement, argument: str) -> Statement:
    """As if a statement with one entry had been lost before this one."""
    missing = Decimal(argument or "100.00").quantize(quantum(statement.account.currency))
    return replace(
        statement,
        opening=statement.opening + missing,
        closing=statement.closing + missing,
        electronic_sequence=(statement.electronic_sequence or 0) + 1,
        legal_sequence=(statement.legal_sequence or 0) + 1,
    )


def _duplicated_id(statement: Statement, argument: str) -> Statement:
    return replace(statement, identification=argument or "00001")


def _empty(statement: Statement, argument: str) -> Statement:
    return replace(statement, bookings=(), totals=totals_of(()), closing=statement.opening)


def _flipped_sign(statement: Statement, argument: str) -> Statement:
    bookings = list(statement.bookings)
    index = int(argument or 0)
    bookings[index] = replace(
        bookings[index],
        amount=-bookings[index].amount,
        transactions=tuple(replace(item, amount=-item.amount) for item in bookings[index].transactions),
    )
    return replace(statement, bookings=tuple(bookings))


def _doubled_entry(statement: Statement, argument: str) -> Statement:
    bookings = list(statement.bookings)
    index = int(argument or 0)
    bookings.insert(index, bookings[index])
    return replace(statement, bookings=tuple(bookings))


def _no_balances_agree(statement: Statement, argument: str) -> Statement:
    """Both balances are shifted: the statement proves itself, but does not follow the last one."""
    shift = Decimal(argument or "50.00").quantize(quantum(statement.account.currency))
    return replace(statement, opening=statement.opening + shift, closing=statement.closing + shift)


# --- bytes ----------------------------------------------------------------------------------------


def _truncated(data: bytes, argument: str) -> bytes:
    return data[: int(len(data) * float(argument or "0.5"))]


def _doctype(data: bytes, argument: str) -> bytes:
    head, _, rest = data.partition(b"?>\n")
    entity = b'<!ENTITY who SYSTEM "file:///etc/hostname">'
    rest = re.sub(rb"<Nm>[^<]*</Nm>", b"<Nm>&who;</Nm>", rest, count=1)
    return head + b"?>\n<!DOCTYPE Document [" + entity + b"]>\n" + rest


def _expansion(data: bytes, argument: str) -> bytes:
    head, _, rest = data.partition(b"?>\n")
    levels = int(argument or 9)
    entities = [b'<!ENTITY e0 "lol">']
    entities += [b'<!ENTITY e%d "%s">' % (level, b"&e%d;" % (level - 1) * 10) for level in range(1, levels + 1)]
    rest = re.sub(rb"<Nm>[^<]*</Nm>", b"<Nm>&e%d;</Nm>" % levels, rest, count=1)
    return head + b"?>\n<!DOCTYPE Document [" + b"".join(entities) + b"]>\n" + rest


def _umlauts(data: bytes) -> str:
    """The file as text that has at least one character outside ASCII."""
    text = data.decode()
    return re.sub(r"<Nm>[^<]*</Nm>", "<Nm>Käufer und Söhne</Nm>", text) if text.isascii() else text


def _latin1_undeclared(data: bytes, argument: str) -> bytes:
    return _umlauts(data).partition("?>\n")[2].encode("iso-8859-1", "replace")


def _latin1_as_utf8(data: bytes, argument: str) -> bytes:
    return _umlauts(data).encode("iso-8859-1", "replace")


def _byte_order_mark(data: bytes, argument: str) -> bytes:
    return b"\xef\xbb\xbf" + data


def _prefixed(data: bytes, argument: str) -> bytes:
    prefix = (argument or "ns2").encode()
    head, _, rest = data.partition(b"?>\n")
    rest = re.sub(rb"<(/?)([A-Za-z])", rb"<\1" + prefix + rb":\2", rest)
    return head + b"?>\n" + rest.replace(b" xmlns=", b" xmlns:" + prefix + b"=", 1)


def _no_namespace(data: bytes, argument: str) -> bytes:
    return re.sub(rb' xmlns="[^"]*"', b"", data, count=1)


def _zipped(data: bytes, argument: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(argument or "statement.xml", (2026, 1, 1, 0, 0, 0)), data)
    return stream.getvalue()


def _missing_page(statement: Statement, dialect: Dialect, argument: str) -> Sequence[bytes]:
    missing = int(argument or 1)
    parts = [page for page in pages(statement, 3) if page.page and page.page.number != missing]
    return [camt053.render([part], dialect) for part in parts]


def _pages(statement: Statement, dialect: Dialect, argument: str) -> Sequence[bytes]:
    return [camt053.render([part], dialect) for part in pages(statement, int(argument or 3))]


_ALL = (
    Fault(name="truncated", summary="cut at a fraction (0.5)", outcome="held", make=_bytes(_truncated)),
    Fault(
        name="wrong_closing",
        summary="closing balance off by an amount (0.01)",
        outcome="held",
        make=_content(_wrong_closing),
    ),
    Fault(name="missing_page", summary="three pages without one of them (1)", outcome="held", make=_missing_page),
    Fault(name="wrong_currency", summary="account in another currency", outcome="held", make=_content(_wrong_currency)),
    Fault(name="unknown_account", summary="an account nobody knows", outcome="held", make=_content(_unknown_account)),
    Fault(
        name="sequence_gap",
        summary="a statement with one entry (100.00) was lost before this one",
        outcome="held",
        make=_content(_sequence_gap),
    ),
    Fault(
        name="shifted",
        summary="opening and closing off by the same amount (50.00)",
        outcome="held",
        make=_content(_no_balances_agree),
    ),
    Fault(
        name="duplicated_id",
        summary="new content under the id of an older statement",
        outcome="either",
        make=_content(_duplicated_id),
    ),
    Fault(name="doctype", summary="a DOCTYPE with an external entity", outcome="held", make=_bytes(_doctype)),
    Fault(name="expansion", summary="entities that expand to gigabytes", outcome="held", make=_bytes(_expansion)),
    Fault(
        name="latin1_undeclared",
        summary="ISO-8859-1 bytes without a declaration",
        outcome="either",
        make=_bytes(_latin1_undeclared),
    ),
    Fault(
        name="latin1_as_utf8",
        summary="ISO-8859-1 bytes declared as UTF-8",
        outcome="either",
        make=_bytes(_latin1_as_utf8),
    ),
    Fault(name="empty", summary="no entries, opening = closing", outcome="posted", make=_content(_empty)),
    Fault(name="flipped_sign", summary="sign of one entry (0) flipped", outcome="held", make=_content(_flipped_sign)),
    Fault(name="doubled_entry", summary="one entry (0) twice", outcome="held", make=_content(_doubled_entry)),
    Fault(name="byte_order_mark", summary="a BOM before the XML", outcome="posted", make=_bytes(_byte_order_mark)),
    Fault(name="prefixed", summary="a namespace prefix (ns2)", outcome="posted", make=_bytes(_prefixed)),
    Fault(name="no_namespace", summary="no namespace at all", outcome="either", make=_bytes(_no_namespace)),
    Fault(name="zipped", summary="a ZIP archive under the XML name", outcome="posted", make=_bytes(_zipped)),
    Fault(name="pages", summary="complete, but in several files (3)", outcome="posted", make=_pages),
)

#: Every fault by name.
FAULTS = {fault.name: fault for fault in _ALL}


def spoiled(statement: Statement, dialect: Dialect, fault: str, argument: str = "") -> list[bytes]:
    """The file or files of a statement, spoiled by the named fault."""
    return list(FAULTS[fault].make(statement, dialect, argument))
