"""ISO 20022 bank-to-customer statement, camt.053.001.02 to .14 (specs/camt.md).

One pass over the file: the XML entrance gives entry after entry, and each is read, given out
and freed before the next. The elements mean the same in every version; where
versions differ (BIC and BICFI, texts and choices, wrapped parties, charges) the element that is
there decides and not the version number, because banks mix them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, cast

from odoo.addons.finance_connector_base.safe import SafetyError
from odoo.addons.finance_connector_base.safe.xml import Element, Step
from odoo.addons.finance_connector_base.safe.xml_repeats import RepeatingRecordReader

from ..model import INTERIM, NOTIFICATION, FormatError, StatementEvent
from .header import GroupHeader
from .place import line_of, path_of, short
from .statement import Names, StatementReader
from .values import LOCAL, Broken, descend

#: a namespace of these messages, also the legacy ones with a bank association's suffix
_NAMESPACE = re.compile(r"""xmlns(?::[\w.-]+)?\s*=\s*["'][^"'<>]*?(camt\.05[234])\b""", re.ASCII)


class CamtFormat:
    """What camt.052, 053 and 054 share; they differ in the names of four elements."""

    code: str
    name: str
    names: Names

    def identify(self, head: bytes, filename: str) -> bool:
        """Say whether the namespace, or without one the message element, is this message's."""
        text = _readable(head[:8192])
        if not text.lstrip().startswith("<"):
            return False
        namespaces = _NAMESPACE.findall(text)
        if namespaces:
            return self.code in namespaces
        return re.search(rf"<(?:[\w.-]+:)?{self.names.message}[\s/>]", text) is not None

    def parse(self, stream: BinaryIO) -> Iterator[StatementEvent]:
        """Stream the statements of a file; it is complete only when the iteration ends.

        :raise FormatError: codes of the XML entrance, and those of :class:`~.values.Broken`
        """
        return _Run(self, stream).events()


class Camt052(CamtFormat):
    """Bank to customer account report: what happened so far today, pending entries included."""

    code = "camt.052"
    name = "ISO 20022 camt.052"
    names = Names(
        message="BkToCstmrAcctRpt",
        statement="Rpt",
        pagination="RptPgntn",
        information="AddtlRptInf",
        purpose=INTERIM,
    )


class Camt053(CamtFormat):
    """Bank to customer statement: the booked entries of an account and a period."""

    code = "camt.053"
    name = "ISO 20022 camt.053"
    names = Names(message="BkToCstmrStmt", statement="Stmt", pagination="StmtPgntn", information="AddtlStmtInf")


class Camt054(CamtFormat):
    """Debit and credit notification: single bookings and the details of collective ones, no balances."""

    code = "camt.054"
    name = "ISO 20022 camt.054"
    names = Names(
        message="BkToCstmrDbtCdtNtfctn",
        statement="Ntfctn",
        pagination="NtfctnPgntn",
        information="AddtlNtfctnInf",
        purpose=NOTIFICATION,
    )


def _readable(head: bytes) -> str:
    """Decode the first bytes of a file well enough to see its markup."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "replace")
    return head.removeprefix(b"\xef\xbb\xbf").decode("latin-1")


class FromMarkup:
    """Leaves out blanks and empty lines before the XML declaration, which XML forbids and some portals write."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._is_first = True

    def read(self, size: int = -1) -> bytes:
        """Read as the stream does."""
        chunk = self._stream.read(size)
        while self._is_first and chunk:
            chunk = chunk.lstrip(b" \t\r\n")
            if chunk:
                self._is_first = False
            else:
                chunk = self._stream.read(size)
        return chunk


class _Run:
    """One pass over one file."""

    def __init__(self, camt: CamtFormat, stream: BinaryIO) -> None:
        self._code = camt.code
        self._names = camt.names
        self._reader = RepeatingRecordReader(
            cast(BinaryIO, FromMarkup(stream)), container=camt.names.statement, record="Ntry", accept=self._is_statement
        )
        self._group = GroupHeader()
        self._statements = 0
        self._notes_told = 0
        self._open: StatementReader | None = None

    def events(self) -> Iterator[StatementEvent]:
        """Yield the events of the file; every failure leaves as a FormatError."""
        try:
            yield from self._read()
        except SafetyError as error:
            raise FormatError(error.code, error.message, place=error.place) from error
        except Broken as error:
            raise self._format_error(error) from error
        if not self._statements:
            raise FormatError("statement_missing", f"The file holds no {self._names.statement}")

    def _read(self) -> Iterator[StatementEvent]:
        for step, element in self._reader:
            statement = element if step is Step.END else element.getparent()
            if self._open is None and statement is not None:
                yield self._start(statement)
            assert self._open is not None
            if step is Step.RECORD:
                yield self._open.entry(element)
                self._reader.release(element)
            elif step is Step.END:
                yield self._end(element)
            elif self._open.read_ahead(element):
                self._reader.released()

    def _is_statement(self, element: Element) -> bool:
        """Tell a statement from an element of that name inside supplementary data."""
        parent = element.getparent()
        return parent is not None and LOCAL[parent.tag] == self._names.message

    def _start(self, element: Element) -> StatementEvent:
        header = descend(element.getparent(), "GrpHdr")
        if header is not None:  # it was freed with the first statement of its message
            self._group = GroupHeader(header)
        self._statements += 1
        self._open = StatementReader(element, self._statements, self._names)
        return self._open.start(self._code, self._group)

    def _end(self, element: Element) -> StatementEvent:
        assert self._open is not None
        end = self._open.end(self._reader.notes[self._notes_told :])
        self._notes_told = len(self._reader.notes)
        self._open = None
        self._reader.release(element)
        return end

    def _format_error(self, error: Broken) -> FormatError:
        if self._open is not None:
            place = self._open.place_of(error.element)
        else:
            place = f"{line_of(error.element)}, {path_of(error.element)}"
        if error.name:
            place += f"/{error.name}"
        return FormatError(error.code, error.message, place=place, value=short(error.value))
