"""Open Financial Exchange 1.x and 2.x: bank and card statements (specs/mt940_ofx_bai2.md section B).

A file tells the ledger balance at the time of the download and no opening balance, so it cannot be
proved and is not: nothing is computed backwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import BinaryIO

from ..model import NO_ANSWERS, Answers, FormatError, StatementEnd, StatementEvent
from ..text_values import Invalid
from .days import Days
from .doubts import Doubts
from .signs import Signs
from .statement import Statement
from .tokens import ROOT, Tokens

#: tags that hold tags; every other tag holds a text or nothing, and need not be closed
_AGGREGATES = frozenset(
    "OFX SIGNONMSGSRSV1 SONRS BANKMSGSRSV1 CREDITCARDMSGSRSV1 INVSTMTMSGSRSV1 STMTTRNRS CCSTMTTRNRS INVSTMTTRNRS STATUS"
    " STMTRS CCSTMTRS INVSTMTRS BANKACCTFROM CCACCTFROM BANKACCTTO CCACCTTO BANKTRANLIST BANKTRANLISTP STMTTRN STMTTRNP"
    " INVTRANLIST INVBANKTRAN LEDGERBAL AVAILBAL BALLIST BAL PAYEE CURRENCY ORIGCURRENCY".split()
)
_STATEMENTS = frozenset({"STMTRS", "CCSTMTRS"})
_TRANSACTIONS = frozenset({"STMTTRN", "STMTTRNP"})
_HEADER = re.compile(r"[A-Z]{4,20}:[^<>:]{1,40}")
#: a line of the header, also with the sign of another format, or one of the download itself
_HEADER_LINE = re.compile(r"[A-Z][A-Z-]{2,30}[ \t]*[:=][^<>]{0,120}")
#: what the card statement of an Australian bank is ended by
_ENDED_AS = {"STMTRS": "CCSTMTRS", "STMTTRNRS": "CCSTMTTRNRS"}
_MOST_FIELDS = 200


class Ofx:
    """OFX, QFX and QBO files."""

    code = "ofx"
    name = "OFX / QFX / QBO"

    def __init__(self, answers: Answers = NO_ANSWERS) -> None:
        """Say what a file may not tell."""
        self._answers = answers

    def told(self, *, name: str = "", received: date | None = None, answers: Answers = NO_ANSWERS) -> Ofx:
        """Return a reader that knows what a person answered to its questions."""
        return Ofx(answers)

    def identify(self, head: bytes, filename: str) -> bool:
        """Say whether the file begins with an OFX header or the element."""
        text = head.decode("latin-1").removeprefix("\xef\xbb\xbf").lstrip().upper()
        if text.startswith(("OFXHEADER:", "<?OFX")) or ROOT.match(text):
            return True
        if text.startswith("<?XML"):
            return "<?OFX " in text or ROOT.search(text) is not None
        # some programs write only a few lines of the header, or the download's own before them
        root = ROOT.search(text)
        if root is None:
            return False
        before = text[: root.start()]
        return all(_HEADER.fullmatch(word) for word in before.split()) or all(
            _HEADER_LINE.fullmatch(line.strip()) for line in before.splitlines() if line.strip()
        )

    def parse(self, stream: BinaryIO) -> Iterator[StatementEvent]:
        """Stream the statements of a file.

        :raise FormatError: a tag or a value is missing or not valid, or the file ends too early
        :raise Question: nothing tells the decimal mark of its amounts, the order of dates, or their direction
        """
        doubts = Doubts(self._answers.decimal)
        signs = Signs(stream, self._answers.directions)
        return doubts.settled(_Run(stream, doubts, Days(self._answers.dates), signs).events())


class _Run:
    """One pass over one file."""

    def __init__(self, stream: BinaryIO, doubts: Doubts, days: Days, signs: Signs) -> None:
        self._tokens = Tokens(stream)
        self._doubts = doubts
        self._days = days
        self._signs = signs
        self._stack: list[str] = []
        self._statement: Statement | None = None
        #: texts of the transaction, and of what stands in it as ``PAYEE/NAME``
        self._values: dict[str, str] | None = None
        self._values_depth = 0
        self._began = 0
        self._count = 0
        self._refusals: list[str] = []
        #: line of the first investment statement
        self._investments = 0
        self._complete = False
        #: whether transactions are ended by a tag; some banks end none of them, and no file does both
        self._ends_transactions: bool | None = None
        self._last_status: dict[str, str] = {}

    def events(self) -> Iterator[StatementEvent]:
        """Give the events; what the file holds besides its statements is told with the end of the last one."""
        end: StatementEnd | None = None
        for event in self._events():
            if end is not None:
                yield end
            end = event if isinstance(event, StatementEnd) else None
            if end is None:
                yield event
        if end is not None and self._investments:
            end = replace(end, warnings=(*end.warnings, ("investment_left_out", f"line {self._investments}")))
        if end is not None:
            yield end

    def _events(self) -> Iterator[StatementEvent]:
        for line, name, is_end, text in self._tokens:
            try:
                if name == "PAYEE" and (text if not is_end else self._stack[-1:] != [name]):
                    # some banks write the payee's name where his address belongs, with or without an end tag
                    if not is_end:
                        self._value(name, text)
                elif name in _AGGREGATES:
                    if self._stack and self._stack[-1] in _TRANSACTIONS:
                        yield from self._end_transaction(name, is_end) or ()
                    if is_end:
                        yield from self._close(name) or ()
                    else:
                        self._open(name, line)
                elif not is_end:
                    self._value(name, text)
            except Invalid as error:
                began = self._began if self._values is not None else line
                raise FormatError(
                    error.code,
                    error.message,
                    place=f"line {error.line or began}, {self._path(name)}",
                    value=error.value,
                ) from None
        if not self._complete:
            raise FormatError("truncated", "The file ends before </OFX>", place="end of file")
        if not self._count:
            if self._refusals:
                raise FormatError("bank_error", f"The bank sent no statement: {'; '.join(self._refusals)[:200]}")
            other = "an investment statement, and " if self._investments else ""
            raise FormatError("statement_missing", f"The file holds {other}no bank or card statement")

    def _path(self, name: str) -> str:
        where = f"statement {self._count}, " if self._statement else ""
        number = f"[{self._statement.position + 1}]" if self._statement and self._values is not None else ""
        return f"{where}{'/'.join(self._stack[-2:])}{number}/{name}"

    def _end_transaction(self, name: str, is_end: bool) -> Iterator[StatementEvent] | None:
        """Look at a tag in a transaction, and end the transaction where the tag cannot stand in it.

        A file ends all of its transactions, or none: where it does both, something is missing.
        """
        if is_end and name == self._stack[-1]:
            if self._ends_transactions is False:
                raise Invalid("ofx_syntax", "Not every transaction before this one was ended", name)
            self._ends_transactions = True
            return None
        is_outside = name in self._stack[:-1] if is_end else name in _TRANSACTIONS
        if self._ends_transactions or not is_outside or self._statement is None:
            return None
        self._ends_transactions = False
        self._statement.warn("transaction_without_end")
        return self._close(self._stack[-1])

    def _open(self, name: str, line: int) -> None:
        stack = self._stack
        if self._complete:
            if name != "OFX":
                raise Invalid("ofx_syntax", "Something follows the end of the file's contents", name)
            # downloads that were joined to one file: each is whole
            self._complete, self._ends_transactions = False, None
        if not stack and name != "OFX":
            raise Invalid("ofx_syntax", "The first tag is not <OFX>", name)
        if name in stack:
            raise Invalid("ofx_syntax", f"<{name}> stands inside of another one", name)
        if stack and stack[-1] == "BANKTRANLIST" and name in ("LEDGERBAL", "AVAILBAL") and self._statement is not None:
            # one bank leaves the end of the list out; nothing but its own contents can stand in it
            self._statement.warn("list_without_end")
            stack.pop()
        stack.append(name)
        self._doubts.line = line
        if name == "INVSTMTRS":
            self._investments = self._investments or line
        elif name in _STATEMENTS:
            self._count += 1
            self._statement = Statement(self._count, self._doubts, self._days, self._signs)
        elif name in _TRANSACTIONS and self._statement is not None:
            self._values, self._began, self._values_depth = {}, line, len(stack)
        elif self._statement is not None and name == "LEDGERBAL":
            self._statement.once(name)

    def _close(self, name: str) -> Iterator[StatementEvent] | None:
        stack = self._stack
        if stack and stack[-1] == _ENDED_AS.get(name):
            name = stack[-1]
        if not stack or stack[-1] != name:
            raise Invalid("ofx_syntax", f"</{name}> does not end what was opened last", name)
        statement = self._statement
        event: Iterator[StatementEvent] | None = None
        if statement is not None:
            if name in _TRANSACTIONS and self._values is not None:
                event = iter(list(statement.entry(self._values, pending=name == "STMTTRNP")))
                self._values = None
            elif name in _STATEMENTS:
                event = iter(list(statement.close(self._tokens.warnings())))
                self._statement = None
            elif self._values is None and name in ("LEDGERBAL", "AVAILBAL"):
                statement.balance(name)
        if name == "STATUS":
            self._status()
        stack.pop()
        if not stack:
            self._complete = True
        return event

    def _value(self, name: str, text: str) -> None:
        stack = self._stack
        if not text or not stack:
            return
        if self._values is not None:
            key = name if len(stack) == self._values_depth else f"{stack[-1]}/{name}"
            if key in self._values and key in ("TRNAMT", "DTPOSTED", "FITID"):
                raise Invalid("element_repeated", f"{key} stands there twice", text)
            if len(self._values) >= _MOST_FIELDS:
                raise Invalid("entry_too_large", f"A transaction has more than {_MOST_FIELDS} values")
            self._values[key] = text
        elif stack[-1] == "STATUS":
            self._last_status[name] = text
        elif self._statement is not None:
            self._statement.value(stack[-1], name, text)

    def _status(self) -> None:
        status, self._last_status = self._last_status, {}
        code = status.get("CODE", "0")
        if code.strip("0"):
            self._refusals.append(f"{status.get('SEVERITY', 'ERROR')} {code} {status.get('MESSAGE', '')}".strip())
