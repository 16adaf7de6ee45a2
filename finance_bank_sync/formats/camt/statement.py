"""One statement while it is read: header, entries, end."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ..model import STATEMENT, Entry, StatementEnd, StatementStart
from .entry import EntryReader
from .header import GroupHeader, StatementHeader
from .place import line_of, path_of
from .values import LOCAL, Element, Warnings, text_at

#: versions this reader was made for; others are read, with a warning
_VERSIONS = frozenset(f"{version:02d}" for version in range(2, 15))
_VERSION = re.compile(r"camt\.\d{3}\.001\.(\d\d)$", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What camt.052, 053 and 054 call the same things."""

    #: second level of the message
    message: str
    #: third level: one account and period
    statement: str
    #: paging and additional information of the third level
    pagination: str
    information: str
    #: what the message is for (:attr:`.model.StatementStart.purpose`)
    purpose: str = STATEMENT


class StatementReader:
    """Reads one statement; the caller frees each entry after it was read."""

    def __init__(self, element: Element, number: int, names: Names) -> None:
        self.element = element
        self._number = number
        self._names = names
        self._position = 0
        self._entries: EntryReader | None = None
        self._warnings = Warnings(lambda where: self.path_of(where).partition("/")[2])

    def start(self, format_code: str, group: GroupHeader) -> StatementStart:
        """Read what precedes the entries."""
        version = _VERSION.search(self.element.tag.partition("}")[0])
        if version:
            format_code = f"{format_code}.001.{version[1]}"
            if version[1] not in _VERSIONS:
                self._warnings.add("version_unknown", format_code)
        self._header = StatementHeader(self.element, self._names.pagination, self._warnings)
        start = replace(self._header.start(format_code, group), purpose=self._names.purpose)
        is_page = start.is_last_page is False or (start.page_number or 0) > 1
        if not (start.account.iban or start.account.number) and (start.purpose != STATEMENT or is_page):
            # a person can tell whose a statement is, but not which reports and pages belong together
            raise self._header.account_missing()
        self._currency = start.account.currency
        self._entries = EntryReader(start.account, self._header.currency, self._warnings)
        return start

    def entry(self, element: Element) -> Entry:
        """Read the next entry."""
        assert self._entries is not None, "start comes first"
        # balances and control sums that stand between entries are freed with this one
        sibling = element.getprevious() if self._position else None
        while sibling is not None and LOCAL[sibling.tag] != "Ntry":
            self._header.read_control(LOCAL[sibling.tag], sibling)
            sibling = sibling.getprevious()
        entry = self._entries.read(element, self._position + 1)
        if entry.money.currency != self._currency:
            self._warnings.add("entry_currency_differs", element)
        self._position += 1
        return entry

    def read_ahead(self, element: Element) -> bool:
        """Read and free details of the next, incomplete entry; say whether that went."""
        assert self._entries is not None, "start comes first"
        return self._entries.read_ahead(element)

    def end(self, notes: list[tuple[str, str]]) -> StatementEnd:
        """Read what follows the entries.

        :param notes: lenient readings of the XML entrance that were not told yet
        """
        if self._position:
            # what preceded the entries was freed with them
            for child in self.element:
                self._header.read_control(LOCAL[child.tag], child)
        for code, place in notes:
            self._warnings.add(code, place)
        return StatementEnd(
            balances=tuple(self._header.balances),
            summary=self._header.summary,
            additional_information=text_at(self.element, self._names.information),
            warnings=self._warnings.collected(),
        )

    def path_of(self, element: Element) -> str:
        """Return a path such as ``Stmt[1]/Ntry[14]/Amt``."""
        detail = 1 + (self._entries.details_ahead if self._entries else 0)
        return path_of(element, self.element, self._number, self._position + 1, detail)

    def place_of(self, element: Element) -> str:
        """Return line and path."""
        return f"{line_of(element)}, {self.path_of(element)}"
