"""XBRL Global Ledger (2015-03-25): a package as a trial balance that audit tools and authorities read.

One instance with two entries: what was brought forward into the fiscal year, and what the year has moved since. Each
has debits equal to credits; together they are the closing balances. Amounts are in the currency of the company, with
the signs of its books, whatever the group's chart turns. Partner, movement and dimensions are sub-accounts.

The elements, their order and their lists of values are those of the modules COR, BUS and MUC. The schemas are
not part of the repository; a second reader in the tests has what they say of each element.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO

from lxml import etree

from ..balances.neutral import Balance, Head
from ..balances.spool import BalanceSpool
from .layout import LayoutError, Written

VERSION = "2015-03-25"
XBRLI = "http://www.xbrl.org/2003/instance"
LINK = "http://www.xbrl.org/2003/linkbase"
XLINK = "http://www.w3.org/1999/xlink"
COR, BUS, MUC = (f"http://www.xbrl.org/int/gl/{module}/{VERSION}" for module in ("cor", "bus", "muc"))
#: the published entry point of the palette of these three modules
SCHEMA = f"http://www.xbrl.org/taxonomy/int/gl/{VERSION}/plt/case-c-b-m/gl-plt-all-{VERSION}.xsd"
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


def write(head: Head, rows: Iterable[Balance], dimensions: Sequence[str], stream: BinaryIO | Begin) -> Written:
    """Write a package.

    The balances are kept in a temporary file: both entries are made of them.

    :param dimensions: codes of the members of balances, in their order
    :raise LayoutError: debits and credits of an entry are not equal; nothing was written
    """
    with BalanceSpool() as kept:
        totals = _Totals()
        for row in rows:
            totals.count(row)
            kept.keep(row)
        totals.check()
        _Writer(head, kept, dimensions).write(totals, stream)
        return totals.written


def fiscal_start(head: Head) -> date:
    """:return: first day of the month in which the fiscal year has begun"""
    months = head.last.year * 12 + head.last.month - head.period
    return date(months // 12, months % 12 + 1, 1)


def readable(content: bytes, most: int) -> str:
    """:return: the first lines of a file of this module, one element a line; what is cut off at its end is no matter"""
    # text has its own brackets escaped
    lines = content.decode(errors="ignore").replace("><", ">\n<").splitlines()
    return "\n".join(lines[:most] + ["..."] * (len(lines) > most))


def _opening(row: Balance) -> tuple[Decimal, ...]:
    return (row.sign * row.opening,)


def _moved(row: Balance) -> tuple[Decimal, ...]:
    return row.sign * row.debit, -row.sign * row.credit


#: name of an entry -> amounts that a balance gives to it
ENTRIES = {"opening": _opening, "movement": _moved}


@dataclass(slots=True)
class _Totals:
    """What the entries come to, known before the first is written.

    :param details: name of an entry -> how many details it has
    :param sums: name of an entry -> debits less credits
    """

    written: Written = field(
        default_factory=lambda: Written(sums=dict.fromkeys(("debit", "credit", "balance", "amount_group"), Decimal(0)))
    )
    details: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ENTRIES, 0))
    sums: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(ENTRIES, Decimal(0)))

    def count(self, row: Balance) -> None:
        self.written.rows += 1
        for name, amount in (
            *(("debit", row.debit), ("credit", row.credit), ("balance", row.closing)),
            ("amount_group", row.amount_group or Decimal(0)),
        ):
            self.written.sums[name] += amount
        for name, amounts in ENTRIES.items():
            for amount in filter(None, amounts(row)):
                self.details[name] += 1
                self.sums[name] += amount

    def check(self) -> None:
        """:raise LayoutError: debits and credits of an entry are not equal"""
        for name, total in self.sums.items():
            if total:
                raise LayoutError(f"{name}: debits and credits differ by {total}.")


class Begin(io.RawIOBase):
    """Takes a file and keeps its begin."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.kept = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self.kept += content[: self._most - len(self.kept)]
        return len(content)


class _Writer:
    def __init__(self, head: Head, rows: BalanceSpool, dimensions: Sequence[str]) -> None:
        self._head, self._rows, self._dimensions = head, rows, dimensions
        self._number = 0

    def write(self, totals: _Totals, stream: BinaryIO | Begin) -> None:
        with etree.xmlfile(stream, encoding="UTF-8") as file:
            file.write_declaration()
            with file.element(_name(XBRLI, "xbrl"), nsmap=NAMES):
                self._frame(file)
                with file.element(_name(COR, "accountingEntries")):
                    self._document_info(file)
                    self._entity(file)
                    for name, day, qualifier in (
                        ("opening", fiscal_start(self._head), "balance-brought-forward"),
                        ("movement", self._head.last, "standard"),
                    ):
                        if totals.details[name]:
                            self._entry(file, name, day, qualifier)

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

    def _entry(self, file: Any, name: str, day: date, qualifier: str) -> None:
        with file.element(_name(COR, "entryHeader")):
            _fact(file, COR, "entryNumber", f"{self._head.batch}-{name}")
            _fact(file, COR, "qualifierEntry", qualifier)
            for row in self._rows.balances():
                for amount in filter(None, ENTRIES[name](row)):
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
