"""BAI2 cash management reports, also in the Australian (NAI) way of writing them.

specs/mt940_ofx_bai2.md section C. A statement is one account record (03) of one group (02). The
control totals (49, 98, 99) are verified: a file that is not what it says it is is refused. Counts of
records are compared too, but banks count them differently: they are told as a warning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import BinaryIO, cast

from ..model import FormatError, StatementEvent
from ..text_lines import TextLines
from ..text_values import Invalid, compact, currency_code
from .account import AccountReader
from .blocks import OnLines
from .records import Record, cents, is_count, records, short_day

_HEAD = re.compile(r"01,[^,/\r\n]{0,40},[^,/\r\n]{0,40}[,/]")
_DEFAULT_CURRENCY = "USD"


class Bai2:
    """BAI2, from 01 to 99."""

    code = "bai2"
    name = "BAI2"

    def identify(self, head: bytes, filename: str) -> bool:
        """Say whether the file begins with a file header record."""
        text = head.decode("latin-1").removeprefix("\xef\xbb\xbf").lstrip()
        return _HEAD.match(text) is not None and re.search(r"(?:^|[\r\n/])\s*(?:02|88),", text) is not None

    def parse(self, stream: BinaryIO) -> Iterator[StatementEvent]:
        """Stream the statements of a file.

        :raise FormatError: a record or a field is not valid, a control total differs, the file ends too early
        """
        return _Run(TextLines(cast(BinaryIO, OnLines(stream)))).events()


class _Run:
    """One pass over one file: file, group, account."""

    def __init__(self, text: TextLines) -> None:
        self._text = text
        self._file = ""
        self._open = ""  # the deepest record that is open: "", 01, 02 or 03
        self._group_currency: str | None = None
        self._group_date: date | None = None
        self._interim = False
        self._account: AccountReader | None = None
        self._totals = {"03": 0, "02": 0, "01": 0}
        self._counts = {"03": 0, "02": 0, "01": 0}
        self._members = {"02": 0, "01": 0}
        self._seen: dict[tuple[str, date | None], int] = {}
        self._found = 0
        self._warned: dict[str, int] = {}
        self._nai = False
        self._stated = 0

    def events(self) -> Iterator[StatementEvent]:
        where = 0
        code = ""
        try:
            for record in records(self._text):
                where, code = record.line, record.code
                yield from self._record(record)
        except Invalid as error:
            raise FormatError(
                error.code, error.message, place=f"line {error.line or where}, record {code or '?'}", value=error.value
            ) from None
        if self._open:
            raise FormatError("truncated", "The file ends before its record 99", place="end of file")
        if not self._found:
            raise FormatError("statement_missing", "The file holds no account")

    def _record(self, record: Record) -> Iterator[StatementEvent]:
        code = record.code
        expected = {
            "01": ("",),
            "02": ("01",),
            "03": ("02",),
            "16": ("03",),
            "49": ("03",),
            "98": ("02",),
            "99": ("01",),
        }
        if self._open not in expected[code]:
            raise Invalid("record_order", f"A record {code} cannot stand here", code)
        for level in self._counts:
            self._counts[level] += record.physical
        if code == "01":
            self._begin_file(record)
        elif code == "02":
            self._begin_group(record)
        elif code == "03":
            self._begin_account(record)
            account = self._account
            assert account is not None
            self._members["02"] += 1
            yield account.start(self._interim, self._group_date, self._identification(account))
        elif code == "16":
            assert self._account is not None
            yield from self._account.entry(record, self._group_date)
        elif code == "49":
            assert self._account is not None
            self._check(record, "03", self._account.control)
            self._totals["02"] += self._account.stated
            yield self._account.end(self._warnings())
            self._account = None
            self._open = "02"
        elif code == "98":
            self._check(record, "02", self._totals["02"])
            self._totals["01"] += self._stated
            self._members["01"] += 1
            self._open = "01"
        else:
            self._check(record, "01", self._totals["01"])
            self._open = ""

    def _begin_file(self, record: Record) -> None:
        sender, receiver, day, _time, number = (record.take() or "" for _ in range(5))
        self._file = "-".join(part for part in (sender or receiver, day, number) if part)
        self._open = "01"
        self._totals["01"] = 0
        self._counts["01"] = record.physical

    def _begin_group(self, record: Record) -> None:
        _receiver, _originator, status, day, _time, currency, modifier = (record.take() or "" for _ in range(7))
        if status in ("2", "4"):
            raise Invalid(
                "group_status",
                "The group deletes what was sent before" if status == "2" else "The group is a test",
                status,
            )
        if status not in ("1", "3", ""):
            raise Invalid("group_status", "There is no such group status", status)
        if status == "3":
            self._warn("group_correction")
        self._group_date = short_day(day) if day else None
        if self._group_date is None:
            raise Invalid("date_missing", "The group tells no date")
        self._group_currency = currency_code(currency) if currency else None
        self._interim = modifier == "3"
        self._open = "02"
        self._totals["02"] = self._members["02"] = 0
        self._counts["02"] = record.physical

    def _begin_account(self, record: Record) -> None:
        number = compact(record.take() or "")
        if not number.strip("0"):
            number = ""  # a person says whose it is
        text = record.take()
        currency = currency_code(text) if text else self._group_currency
        if currency is None:
            self._warn("currency_assumed")
            currency = _DEFAULT_CURRENCY
        self._account = AccountReader(number, currency, record, self._warn)
        self._nai = self._nai or self._account.in_pairs
        self._found += 1
        self._open = "03"
        self._counts["03"] = record.physical

    def _identification(self, account: AccountReader) -> str:
        """Name the statement; an account can come again in one file, even for the same day."""
        key = (account.number, self._group_date)
        self._seen[key] = self._seen.get(key, 0) + 1
        again = f"/{self._seen[key]}" if self._seen[key] > 1 else ""
        return f"{self._file}{again}"

    def _check(self, record: Record, level: str, counted: int) -> None:
        """Compare a trailer with what was read."""
        text = record.take()
        stated = cents(text, signed=True) if text else counted
        self._stated = stated
        if level == "03" and self._account is not None:
            self._account.stated = stated
        if stated != counted:
            raise Invalid(
                "control_total", f"The control total is {stated}, but the amounts add up to {counted}", str(stated)
            )
        numbers = []
        while (text := record.take()) is not None:
            numbers.append(text)
        count = numbers[-1] if numbers and level == "03" else numbers[1] if len(numbers) > 1 else ""
        if self._nai or not is_count(count):
            return  # the Australian way has other figures there
        if int(count) != self._counts[level]:
            self._warn("record_count_differs")
        members = numbers[0] if len(numbers) > 1 else ""
        if level in self._members and is_count(members) and int(members) != self._members[level]:
            self._warn("member_count_differs")

    def _warn(self, code: str) -> None:
        self._warned[code] = self._warned.get(code, 0) + 1

    def _warnings(self) -> tuple[tuple[str, str], ...]:
        found = tuple((code, f"{count} times") for code, count in self._warned.items())
        self._warned = {}
        return (*found, *self._text.warnings())
