"""BAI2 files read by two readers that share nothing say the same (K-02).

The files come from a writer of this test, which breaks lines and chooses funds types as it likes, from
the package's own writer, and, where ``FIN_SAMPLES`` names a folder, from the world.
"""

from __future__ import annotations

import os
import random
import re
from datetime import date, time, timedelta
from pathlib import Path

import bai2_other
import pytest
from bai2 import bai2 as other
from bai2 import models
from bai2.constants import FundsType, GroupStatus, TypeCodeLevel, TypeCodes, TypeCodeTransaction
from bai2.exceptions import IntegrityException

from odoo.addons.finance_bank_sync.formats.bai2.account import is_debit
from odoo.addons.finance_bank_sync.formats.model import FormatError

SAMPLES = os.environ.get("FIN_SAMPLES", "")
FILES = sorted(Path(SAMPLES, "bai2").iterdir()) if SAMPLES else []
#: files that the writer below writes
WRITTEN = 500

#: codes of single bookings whose direction the package knows, but for the text without a booking
DETAILS = [
    code
    for code in TypeCodes.values()
    if code.level is TypeCodeLevel.detail
    and code.transaction in (TypeCodeTransaction.credit, TypeCodeTransaction.debit)
]  # fmt: skip
CURRENCIES = ("", "USD", "EUR", "JPY", "KWD")
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"


class Writer:
    """Writes files that keep the standard, each by its seed another one."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)

    def file(self) -> bytes:
        lines, total, groups = ["01,SENDER,RECEIVER,260302,0700,1,,,2/"], 0, self._dice.randint(1, 3)
        for group in range(groups):
            records, amount = self._group(group)
            lines += records
            total += amount
        lines.append(f"99,{total},{groups},{len(lines) + 1}/")
        return ("\n".join(lines) + "\n").encode("latin-1")

    def _amount(self) -> int:
        return self._dice.choice((0, 1, self._dice.randint(1, 99_999), self._dice.randint(1, 10**12)))

    def _day(self) -> str:
        return (date(2001, 1, 1) + timedelta(days=self._dice.randrange(17_000))).strftime("%y%m%d")

    def _word(self) -> str:
        return "".join(self._dice.choices(LETTERS, k=self._dice.choice((0, 1, 8, 16))))

    def _funds(self) -> list[str]:
        """A funds type with what belongs to it."""
        kind = self._dice.choice(["", "0", "1", "2", "Z", "S", "V", "D"])
        if kind == "S":
            return [kind, *(str(self._amount()) for _ in range(3))]
        if kind == "V":
            return [kind, self._day(), self._dice.choice(["", "0000", "1530", "2400"])]
        if kind == "D":
            days = self._dice.randint(0, 3)
            return [kind, str(days), *(part for day in range(days) for part in (str(day), str(self._amount())))]
        return [kind]

    def _group(self, number: int) -> tuple[list[str], int]:
        currency, modifier = self._dice.choice(["", "CAD"]), self._dice.choice(["", "2", "3"])
        head = f"02,RECEIVER,SENDER,1,{self._day()},2400,{currency},{modifier}/"
        accounts = [self._account(number * 10 + at) for at in range(self._dice.randint(1, 3))]
        inner = [line for records, _total in accounts for line in records]
        total = sum(amount for _records, amount in accounts)
        return [head, *inner, f"98,{total},{len(accounts)},{len(inner) + 2}/"], total

    def _account(self, number: int) -> tuple[list[str], int]:
        """The records of an account, and its control total."""
        summaries, total = [], 0
        codes = ["010", "015", "040", "045", "072", "100", "400"]
        for code in self._dice.sample(codes, self._dice.randint(0, len(codes))):
            amount = self._amount() * (self._dice.choice((1, -1)) if code < "100" else 1)
            total += amount
            sign = self._dice.choice(["", "+"]) if amount >= 0 else ""
            summaries.append([code, f"{sign}{amount}", "" if code < "100" else "3", *self._funds()])
        first = [f"{self._dice.randint(1, 10**10)}{number}", self._dice.choice(CURRENCIES)]
        lines = self._continued("03", first, summaries)
        for _ in range(self._dice.randint(0, 6)):
            amount = self._amount()
            total += amount
            lines += self._booking(amount)
        return [*lines, f"49,{total},{len(lines) + 1}/"], total

    def _continued(self, code: str, first: list[str], summaries: list[list[str]]) -> list[str]:
        """One record on one line, or continued before any of its summaries.

        The package tells by the number of commas whether a line ends with a whole summary, and is wrong where
        one field more than a multiple of four stands on it; there no line is ended.
        """
        parts, whole = [first], True
        for summary in summaries:
            if whole and self._dice.random() < 0.5:
                parts.append(summary)
            else:
                parts[-1] = parts[-1] + summary
            whole = (len(parts[-1]) - (2 if len(parts) == 1 else 0)) % 4 != 1
        return [f"{code if at == 0 else '88'},{','.join(part)}/" for at, part in enumerate(parts)]

    def _booking(self, amount: int) -> list[str]:
        fields = ["16", self._dice.choice(DETAILS).code, str(amount), *self._funds(), self._word(), self._word()]
        words = self._dice.choices(["PAYMENT", "INVOICE", "4711", "A,B", "X. Y"], k=self._dice.randint(0, 12))
        texts = [" ".join(words[at : at + 4]) for at in range(0, len(words), 4)]
        first = ",".join([*fields, texts[0] if texts else ""])
        return [first if texts else f"{first}/", *(f"88,{text}" for text in texts[1:])]


def test_k02_generated_files_read_alike() -> None:
    for seed in range(WRITTEN):
        data = Writer(seed).file()
        assert bai2_other.ours(data) == bai2_other.theirs(data), f"seed {seed}"


@pytest.mark.parametrize("level", ["49", "98", "99"])
def test_k02_both_refuse_a_control_total_that_differs(level: str) -> None:
    def another(match: re.Match[str]) -> str:
        return f"{match[1]}{int(match[2]) + 1},"

    for seed in range(WRITTEN // 10):
        text = re.sub(rf"(?m)^({level},)(-?\d+),", another, Writer(seed).file().decode("latin-1"), count=1)
        data = text.encode("latin-1")
        with pytest.raises(IntegrityException):
            bai2_other.theirs(data)
        with pytest.raises(FormatError) as refused:
            bai2_other.ours(data)
        assert refused.value.code == "control_total"


@pytest.mark.parametrize("on_new_line", [False, True])
def test_k02_what_the_other_writer_writes(on_new_line: bool) -> None:
    """Every type code of a single booking that the package knows, with long texts that it breaks."""
    bookings = [
        models.TransactionDetail(
            type_code=code,
            amount=100 + at,
            funds_type=FundsType.value_dated,
            availability={"date": date(2026, 3, 2) + timedelta(days=at % 20), "time": time(12, 30)},
            bank_reference=f"B{at}",
            customer_reference=f"C{at}",
            text=f"{code.code} a text, with commas " * (1 + at % 9),
        )
        for at, code in enumerate(DETAILS)
    ]
    file = models.Bai2File(
        header=models.Bai2FileHeader(
            sender_id="BANK", receiver_id="FIRM", creation_date=date(2026, 3, 3), creation_time=time(7), file_id="1"
        ),
        children=[
            models.Group(
                header=models.GroupHeader(
                    originator_id="BANK", group_status=GroupStatus.update, as_of_date=date(2026, 3, 2), currency="EUR"
                ),
                children=[
                    models.Account(header=models.AccountIdentifier(customer_account_number="000777"), children=bookings)
                ],
            )
        ],
    )
    data = other.write(file, text_on_new_line=on_new_line).encode("latin-1")
    mine = bai2_other.ours(data)
    assert len(mine[0].bookings) == len(DETAILS) > 200
    assert mine == bai2_other.theirs(data)


def test_k02_directions_are_the_same() -> None:
    """The direction of an amount is nowhere but in its type code."""
    assert [
        code.code for code in DETAILS if is_debit(code.code) != (code.transaction is TypeCodeTransaction.debit)
    ] == []


@pytest.mark.skipif(not FILES, reason="FIN_SAMPLES names no folder with files of banks")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_k02_files_of_banks_read_alike(path: Path) -> None:
    """What the package reads, we read, and alike; what it refuses is looked at by the table of golden values."""
    data = path.read_bytes()
    try:
        expected = bai2_other.theirs(data)
    except Exception as error:  # the package raises whatever its fields raise
        pytest.skip(f"the other reader refuses it: {type(error).__name__}")
    assert bai2_other.ours(data) == expected
