"""Tables read through a profile, for the tests of tables."""

from __future__ import annotations

import io

import pytest

from odoo.addons.finance_bank_sync.formats.model import Entry, FormatError, StatementEnd, StatementStart
from odoo.addons.finance_bank_sync.formats.sheet.guess import guess
from odoo.addons.finance_bank_sync.formats.sheet.profile import SheetProfile
from odoo.addons.finance_bank_sync.formats.sheet.reader import Sheet
from odoo.addons.finance_bank_sync.proof import balance, control

HEAD = "Date,Text,Amount,Balance\n"
PLAIN = SheetProfile(
    name="x",
    account="1",
    currency="EUR",
    columns={"date": "Date", "amount": "Amount", "balance": "Balance", "text": "Text"},
)


class Read:
    """What a table is read as."""

    def __init__(self, profile: SheetProfile, text: str) -> None:
        self.entries: list[Entry] = []
        self.proofs: list[str] = []
        self.starts: list[StatementStart] = []
        self.ends: list[StatementEnd] = []
        totals = control.Totals()
        for event in Sheet(profile).parse(io.BytesIO(text.encode(profile.encoding))):
            if isinstance(event, StatementStart):
                self.starts.append(event)
                totals = control.Totals()
            elif isinstance(event, Entry):
                self.entries.append(event)
                totals.add(event)
            else:
                self.ends.append(event)
                self.proofs.append(control.prove_statement(event.balances, totals).state)

    @property
    def amounts(self) -> list[str]:
        return [str(entry.money.amount) for entry in self.entries]

    @property
    def texts(self) -> list[str | None]:
        return [entry.details[0].remittance for entry in self.entries]

    @property
    def opening(self) -> str | None:
        found = balance.opening(self.ends[0].balances)
        return str(found.money.amount) if found else None


def proposed(text: str, encoding: str = "utf-8") -> SheetProfile:
    found = guess(text.encode(encoding))
    assert found is not None and found.profile.problem() is None, found
    return found.profile


def refused(profile: SheetProfile, text: str) -> tuple[str, str]:
    with pytest.raises(FormatError) as caught:
        Read(profile, text)
    return caught.value.code, caught.value.place
