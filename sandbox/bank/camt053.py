"""Statements as camt.053.001.02 to .13 files, streamed (camt spec sections 1 to 3 and 10).

Memory does not grow with the number of entries: the header is written first, then one entry after the other. The
header needs the totals, which every :class:`~sandbox.bank.model.Statement` knows beforehand.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import BinaryIO

from lxml import etree

from sandbox.bank.camt_entry import Element, add, add_amount, direction, entry, maybe, plain
from sandbox.bank.camt_version import Dialect
from sandbox.bank.model import Page, Statement, Totals


def write(stream: BinaryIO, statements: Iterable[Statement], dialect: Dialect, *, message_id: str = "") -> None:
    """Write one file with the statements; the message takes its id and time from the first one."""
    items = list(statements)
    stream.write(b'<?xml version="1.0" encoding="UTF-8"?>\n')
    with etree.xmlfile(stream, encoding="utf-8") as xml:
        root = f"{{{dialect.namespace}}}Document"
        with xml.element(root, nsmap={None: dialect.namespace}), xml.element(f"{{{dialect.namespace}}}BkToCstmrStmt"):
            xml.write(_group_header(items[0], dialect, message_id), pretty_print=dialect.pretty)
            for statement in items:
                with xml.element(f"{{{dialect.namespace}}}Stmt"):
                    for element in _header(statement, dialect):
                        xml.write(element, pretty_print=dialect.pretty)
                    for booking in statement.bookings:
                        xml.write(entry(booking, statement.account, dialect), pretty_print=dialect.pretty)
                    if statement.note:
                        xml.write(_leaf("AddtlStmtInf", statement.note), pretty_print=dialect.pretty)
    stream.write(b"\n")


def render(statements: Iterable[Statement], dialect: Dialect, *, message_id: str = "") -> bytes:
    """The file as bytes, for statements that are small."""
    stream = io.BytesIO()
    write(stream, statements, dialect, message_id=message_id)
    return stream.getvalue()


def _leaf(tag: str, text: str) -> Element:
    node = etree.Element(tag)
    node.text = text
    return node


def _group_header(statement: Statement, dialect: Dialect, message_id: str) -> Element:
    node = etree.Element("GrpHdr")
    page = f"-{statement.page.number}" if statement.page else ""
    add(node, "MsgId", message_id or f"M{statement.identification}{page}"[:35])
    add(node, "CreDtTm", statement.created_at.isoformat())
    if not dialect.statement_pages:
        _page(node, "MsgPgntn", statement.page or Page(number=1, last=True))
    return node


def _page(node: Element, tag: str, page: Page) -> None:
    parent = add(node, tag)
    add(parent, "PgNb", str(page.number))
    add(parent, "LastPgInd", "true" if page.last else "false")


def _header(statement: Statement, dialect: Dialect) -> list[Element]:
    """Everything of a statement before its entries."""
    node = etree.Element("Stmt")
    add(node, "Id", statement.identification)
    if dialect.statement_pages and statement.page:
        _page(node, "StmtPgntn", statement.page)
    if statement.electronic_sequence is not None:
        add(node, "ElctrncSeqNb", str(statement.electronic_sequence))
    if statement.legal_sequence is not None:
        add(node, "LglSeqNb", str(statement.legal_sequence))
    add(node, "CreDtTm", statement.created_at.isoformat())
    zone = statement.created_at.strftime("%z")
    offset = f"{zone[:3]}:{zone[3:]}" if zone else ""
    period = add(node, "FrToDt")
    add(period, "FrDtTm", f"{statement.from_date.isoformat()}T00:00:00{offset}")
    add(period, "ToDtTm", f"{statement.to_date.isoformat()}T23:59:59{offset}")
    _account(node, statement, dialect)
    _balances(node, statement, dialect)
    _summary(node, statement.totals, dialect)
    return list(node)


def _account(node: Element, statement: Statement, dialect: Dialect) -> None:
    account = add(node, "Acct")
    add(account, "Id/IBAN", statement.account.iban)
    add(account, "Ccy", statement.account.currency)
    add(account, "Ownr/Nm", statement.account.owner)
    add(account, f"Svcr/FinInstnId/{dialect.bic_tag}", statement.account.bic)


def _balances(node: Element, statement: Statement, dialect: Dialect) -> None:
    """Opening and closing; between the pages of a statement they are intermediate (``SubTp`` ``INTM``)."""
    page = statement.page
    currency = statement.account.currency
    first = page is None or page.number == 1
    opening_day = statement.from_date
    if first and dialect.opening_code == "PRCD":
        opening_day -= timedelta(days=1)
    opening_code = dialect.opening_code if first else "OPBD"
    _balance(node, opening_code, statement.opening, currency, opening_day, intermediate=not first)
    last = page is None or page.last
    _balance(node, "CLBD", statement.closing, currency, statement.to_date, intermediate=not last)
    if last:
        _balance(node, "CLAV", statement.closing, currency, statement.to_date)


def _balance(
    node: Element, code: str, amount: Decimal, currency: str, day: date, *, intermediate: bool = False
) -> None:
    balance = add(node, "Bal")
    kind = add(balance, "Tp")
    add(kind, "CdOrPrtry/Cd", code)
    maybe(kind, "SubTp/Cd", "INTM" if intermediate else None)
    add_amount(balance, "Amt", amount, currency)
    add(balance, "CdtDbtInd", direction(amount))
    add(balance, "Dt/Dt", day.isoformat())


def _summary(node: Element, totals: Totals, dialect: Dialect) -> None:
    summary = add(node, "TxsSummry")
    everything = add(summary, "TtlNtries")
    add(everything, "NbOfNtries", str(totals.credit_count + totals.debit_count))
    add(everything, "Sum", plain(totals.credit_sum + totals.debit_sum))
    if dialect.net_total_group:
        net = add(everything, "TtlNetNtry")
        add(net, "Amt", plain(totals.net))
        add(net, "CdtDbtInd", direction(totals.net))
    else:
        add(everything, "TtlNetNtryAmt", plain(totals.net))
        add(everything, "CdtDbtInd", direction(totals.net))
    for tag, count, amount in (
        ("TtlCdtNtries", totals.credit_count, totals.credit_sum),
        ("TtlDbtNtries", totals.debit_count, totals.debit_sum),
    ):
        part = add(summary, tag)
        add(part, "NbOfNtries", str(count))
        add(part, "Sum", plain(amount))
