"""Notifications (camt.054): the same entries as in a statement, without balances."""

from __future__ import annotations

import io
from collections.abc import Iterable

from lxml import etree

from sandbox.bank.camt_entry import Element, add, entry
from sandbox.bank.camt_version import Dialect
from sandbox.bank.model import Statement


def render(statements: Iterable[Statement], dialect: Dialect) -> bytes:
    """One file with a notification for each account and period."""
    items = list(statements)
    namespace = dialect.namespace.replace("camt.053", "camt.054")
    stream = io.BytesIO()
    stream.write(b'<?xml version="1.0" encoding="UTF-8"?>\n')
    with etree.xmlfile(stream, encoding="utf-8") as xml:
        root = xml.element(f"{{{namespace}}}Document", nsmap={None: namespace})
        with root, xml.element(f"{{{namespace}}}BkToCstmrDbtCdtNtfctn"):
            head = etree.Element("GrpHdr")
            add(head, "MsgId", f"N{items[0].identification}"[:35] if items else "N0")
            add(head, "CreDtTm", (items[0].created_at.isoformat() if items else "2026-01-01T00:00:00"))
            xml.write(head, pretty_print=dialect.pretty)
            for statement in items:
                with xml.element(f"{{{namespace}}}Ntfctn"):
                    for element in _header(statement, dialect):
                        xml.write(element, pretty_print=dialect.pretty)
                    for booking in statement.bookings:
                        xml.write(entry(booking, statement.account, dialect), pretty_print=dialect.pretty)
    stream.write(b"\n")
    return stream.getvalue()


def _header(statement: Statement, dialect: Dialect) -> list[Element]:
    node = etree.Element("Ntfctn")
    add(node, "Id", f"N{statement.identification}"[:35])
    add(node, "CreDtTm", statement.created_at.isoformat())
    account = add(node, "Acct")
    add(account, "Id/IBAN", statement.account.iban)
    add(account, "Ccy", statement.account.currency)
    add(account, "Ownr/Nm", statement.account.owner)
    add(account, f"Svcr/FinInstnId/{dialect.bic_tag}", statement.account.bic)
    return list(node)
