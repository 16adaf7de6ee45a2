"""SAF-T Financial of Norway, 1.30, which was made from SAF-T 2.0 of the OECD.

Source: the schema and its example (github.com/Skatteetaten/saf-t).
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from lxml import etree

from .saft import Writer
from .saft_facts import Account, Entry, Line, Party, SaftError, Tax, TaxInfo
from .saft_text import LONG, MIDDLE1, MIDDLE2, SHORT, identifier, named, put, side


class Norway(Writer):
    code = "no_130"
    name = "SAF-T Financial, Norway 1.30"
    namespace = "urn:StandardAuditFile-Taxation-Financial:NO"
    version = "1.30"
    label = "SAF-T Financial"
    tax = ("MVA", "Merverdiavgift")
    tax_code = MIDDLE2
    lengths = (LONG, LONG, LONG, MIDDLE2)

    def _country(self) -> str:
        return "NO"

    def _header_end(self, root: Any) -> None:
        put(root, "TaxAccountingBasis", "A")
        put(root, "UserID", named(self._head.user, LONG))

    def _account_kind(self, one: Any, account: Account) -> None:
        if not account.code or not account.category:
            raise SaftError(f"Account {account.id} belongs to no group of the list. Enter it under Groupings.")
        put(one, "GroupingCategory", identifier(account.category, LONG, "GroupingCategory"))
        put(one, "GroupingCode", identifier(account.code, MIDDLE1, "GroupingCode"))
        put(one, "AccountType", "GL")

    def _party_end(self, one: Any, party: Party) -> None:
        for account, opening, closing in party.balances:
            balance = etree.SubElement(one, "BalanceAccount")
            put(balance, "AccountID", account)
            self._sides(balance, "Opening", opening, party.id)
            self._sides(balance, "Closing", closing, party.id)

    def _tax_end(self, one: Any, tax: Tax) -> None:
        standard = tax.standard or "NA"
        if not re.fullmatch("[0-9anAN]{1,2}", standard):
            raise SaftError(f"Tax {tax.id}: {standard} is no standard tax code.")
        put(one, "StandardTaxCode", standard)
        put(one, "BaseRate", "100")

    def _entry_kind(self, root: Any, entry: Entry) -> None:
        put(root, "VoucherType", named(entry.voucher, MIDDLE2))
        put(root, "TransactionType", named(entry.kind, SHORT))

    def _entry_dates(self, root: Any, entry: Entry) -> None:
        if entry.modified:
            put(root, "ModificationDate", entry.modified.isoformat())

    def _line_end(self, root: Any, line: Line) -> None:
        if line.reference:
            put(root, "ReferenceNumber", named(line.reference, MIDDLE1))
        if line.due:
            put(root, "DueDate", line.due.isoformat())

    def _share(self, parent: Any, amount: Decimal, line: Line, where: str) -> None:
        self._sum(parent, f"{side(amount)}AnalysisAmount", abs(amount), where)

    def _tax_country(self, one: Any) -> None:
        put(one, "Country", self._country())

    def _tax_amount(self, parent: Any, tax: TaxInfo, line: Line, where: str) -> None:
        self._sum(parent, f"{side(tax.amount)}TaxAmount", abs(tax.amount), where)
