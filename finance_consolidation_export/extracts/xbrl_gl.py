"""XBRL Global Ledger (2015-03-25): a package as a trial balance that audit tools and authorities read.

One instance with two entries: what was brought forward into the fiscal year, and what the year has moved since. Each
has debits equal to credits; together they are the closing balances. Amounts are in the currency of the company, with
the signs of its books, whatever the group's chart turns. Partner, movement and dimensions are sub-accounts.

The elements and their order follow the published description of the modules COR, BUS and MUC. It is tested for being
well formed and for its structure; the taxonomy's own schemas are not part of the repository.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO

from lxml import etree

from ..balances.neutral import Balance, Head
from .layout import LayoutError, Written

VERSION = "2015-03-25"
XBRLI = "http://www.xbrl.org/2003/instance"
LINK = "http://www.xbrl.org/2003/linkbase"
XLINK = "http://www.w3.org/1999/xlink"
COR, BUS, MUC = (f"http://www.xbrl.org/int/gl/{module}/{VERSION}" for module in ("cor", "bus", "muc"))
#: of the whole palette; a reader that has the taxonomy finds its own copy by this name
SCHEMA = f"http://www.xbrl.org/int/gl/plt/{VERSION}/gl-plt-{VERSION}.xsd"
#: who names companies: the standard of legal entity identifiers, else this module
LEI, OWN = "http://standards.iso.org/iso/17442", "urn:finance-consolidation:entity"
#: ids of the context and of the unit of what is counted
NOW, NUMBER = "closing", "number"
NAMES: dict[str | None, str] = {
    "xbrli": XBRLI,
    "link": LINK,
    "xlink": XLINK,
    "iso4217": "http://www.xbrl.org/2003/iso4217",
    "gl-cor": COR,
    "gl-bus": BUS,
    "gl-muc": MUC,
}
#: kind of an account of the group -> ``mainAccountType``
TYPES = {"asset": "asset", "liability": "liability", "equity": "equity", "income": "income", "expense": "expense"}


def write(head: Head, rows: Iterable[Balance], dimensions: Sequence[str], stream: BinaryIO) -> Written:
    """Write a package.

    The balances are kept: both entries are made of them.

    :param dimensions: codes of the members of balances, in their order
    :raise LayoutError: debits and credits of an entry are not equal; what was written then is no file
    """
    return _Writer(head, list(rows), dimensions).write(stream)


def fiscal_start(head: Head) -> date:
    """:return: first day of the month in which the fiscal year has begun"""
    months = head.last.year * 12 + head.last.month - head.period
    return date(months // 12, months % 12 + 1, 1)


def readable(content: bytes, most: int) -> str:
    """:return: the first lines of a file of this module, one element a line"""
    # text has its own brackets escaped
    lines = content.decode().replace("><", ">\n<").splitlines()
    return "\n".join(lines[:most] + ["..."] * (len(lines) > most))


class _Writer:
    def __init__(self, head: Head, rows: list[Balance], dimensions: Sequence[str]) -> None:
        self._head, self._rows, self._dimensions = head, rows, dimensions
        self._number = 0

    def write(self, stream: BinaryIO) -> Written:
        opening = [(row, row.sign * row.opening) for row in self._rows]
        moved = [(row, amount) for row in self._rows for amount in (row.sign * row.debit, -row.sign * row.credit)]
        with etree.xmlfile(stream, encoding="UTF-8") as file:
            file.write_declaration()
            with file.element(_name(XBRLI, "xbrl"), nsmap=NAMES):
                self._frame(file)
                with file.element(_name(COR, "accountingEntries")):
                    self._document_info(file)
                    self._entity(file)
                    self._entry(file, "opening", fiscal_start(self._head), "balance-brought-forward", opening)
                    self._entry(file, "movement", self._head.last, "standard", moved)
        zero = Decimal(0)
        sums = {
            "debit": sum((row.debit for row in self._rows), zero),
            "credit": sum((row.credit for row in self._rows), zero),
            "balance": sum((row.closing for row in self._rows), zero),
            "amount_group": sum((row.amount_group or zero for row in self._rows), zero),
        }
        return Written(rows=len(self._rows), sums=sums)

    # -- frame ---------------------------------------------------------------------------------

    def _frame(self, file: Any) -> None:
        """Say where the taxonomy is, whose figures these are and of when, and what they are counted in."""
        head = self._head
        with file.element(_name(LINK, "schemaRef"), {_name(XLINK, "type"): "simple", _name(XLINK, "href"): SCHEMA}):
            pass
        with file.element(_name(XBRLI, "context"), {"id": NOW}):
            with file.element(_name(XBRLI, "entity")):
                _say(file, XBRLI, "identifier", head.lei or head.entity, scheme=LEI if head.lei else OWN)
            with file.element(_name(XBRLI, "period")):
                _say(file, XBRLI, "instant", head.last.isoformat())
        for unit, measure in ((head.currency, f"iso4217:{head.currency}"), (NUMBER, "xbrli:pure")):
            with file.element(_name(XBRLI, "unit"), {"id": unit}):
                _say(file, XBRLI, "measure", measure)

    def _document_info(self, file: Any) -> None:
        head = self._head
        with file.element(_name(COR, "documentInfo")):
            for space, tag, text in (
                (COR, "entriesType", "trialbalance"),
                (COR, "uniqueID", head.batch),
                (COR, "creationDate", head.generated[:10]),
                (BUS, "creator", head.source),
                (COR, "periodCoveredStart", fiscal_start(head).isoformat()),
                (COR, "periodCoveredEnd", head.last.isoformat()),
                (MUC, "defaultCurrency", f"iso4217:{head.currency}"),
            ):
                _fact(file, space, tag, text)

    def _entity(self, file: Any) -> None:
        identifiers = [(self._head.entity, "Entity of the group")]
        if self._head.lei:
            identifiers.append((self._head.lei, "LEI"))
        with file.element(_name(COR, "entityInformation")):
            for code, about in identifiers:
                with file.element(_name(BUS, "organizationIdentifiers")):
                    _fact(file, BUS, "organizationIdentifier", code)
                    _fact(file, BUS, "organizationDescription", about)

    # -- entries -------------------------------------------------------------------------------

    def _entry(
        self, file: Any, name: str, day: date, qualifier: str, amounts: Sequence[tuple[Balance, Decimal]]
    ) -> None:
        told = [(row, amount) for row, amount in amounts if amount]
        total = sum((amount for _row, amount in told), Decimal(0))
        if total:
            raise LayoutError(f"{name}: debits and credits differ by {total}.")
        if not told:
            return
        with file.element(_name(COR, "entryHeader")):
            _fact(file, COR, "entryNumber", f"{self._head.batch}-{name}")
            _fact(file, COR, "qualifierEntry", qualifier)
            for row, amount in told:
                self._number += 1
                self._detail(file, row, amount, day)

    def _detail(self, file: Any, row: Balance, amount: Decimal, day: date) -> None:
        currency = self._head.currency
        decimals = max(0, -int(amount.as_tuple().exponent))
        with file.element(_name(COR, "entryDetail")):
            _fact(file, COR, "lineNumber", str(self._number))
            self._account(file, row)
            _fact(file, COR, "amount", format(abs(amount), "f"), unitRef=currency, decimals=str(decimals))
            _fact(file, MUC, "amountCurrency", f"iso4217:{currency}")
            _fact(file, COR, "debitCreditCode", "D" if amount > 0 else "C")
            _fact(file, COR, "postingDate", day.isoformat())

    def _account(self, file: Any, row: Balance) -> None:
        with file.element(_name(COR, "account")):
            _fact(file, COR, "accountMainID", row.account)
            _fact(file, COR, "accountMainDescription", row.name)
            if row.kind in TYPES:
                _fact(file, COR, "mainAccountType", TYPES[row.kind])
            for kind, member in self._members(row):
                with file.element(_name(COR, "accountSub")):
                    _fact(file, COR, "accountSubID", member)
                    _fact(file, COR, "accountSubType", kind)

    def _members(self, row: Balance) -> Iterator[tuple[str, str]]:
        named = (("partner", row.partner), ("movement", row.movement))
        for kind, member in (*named, *zip(self._dimensions, row.members, strict=False)):
            if member:
                yield kind, member


def _name(space: str, tag: str) -> str:
    return f"{{{space}}}{tag}"


def _say(file: Any, space: str, tag: str, text: str, **attributes: str) -> None:
    with file.element(_name(space, tag), attributes):
        # what XML cannot carry is in nothing that people enter in a form, but may be in a file that was loaded
        file.write("".join(one if one >= " " or one in "\t\n" else " " for one in text))


def _fact(file: Any, space: str, tag: str, text: str, **attributes: str) -> None:
    _say(file, space, tag, text, contextRef=NOW, **attributes)
