"""SAF-T 2.0 as the OECD has published it: header, master files and general ledger entries, of any country.

Source: the schema of the OECD, version 2.00, in its edition of June 2012 (Guidance for the Standard Audit File - Tax,
version 2.0). What it leaves to the country (lists of accounts, of taxes, of types) has no list of values here either.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .saft import Writer
from .saft_facts import Account, Entry, Line, Party, TaxInfo
from .saft_text import CODE, MIDDLE1, MIDDLE2, SHORT, identifier, named, put

#: group of an account -> its type; the schema names none for equity, which stands with what is owed
TYPES = {"asset": "Asset", "liability": "Liability", "equity": "Liability", "income": "Sale", "expense": "Expense"}


class Oecd(Writer):
    code = "oecd_200"
    name = "SAF-T, OECD 2.0"
    namespace = "urn:OECD:StandardAuditFile-Taxation/2.00"
    version = "2.00"
    tax = ("TAX", "Taxes")
    tax_code = CODE
    lengths = (MIDDLE2, MIDDLE2, MIDDLE1, SHORT)
    needed = frozenset({"City", "PostalCode", "Telephone"})

    def _header_end(self, root: Any) -> None:
        put(root, "TaxAccountingBasis", "Invoice Accounting")

    def _account_kind(self, one: Any, account: Account) -> None:
        if account.code and not account.category:
            put(one, "StandardAccountID", identifier(account.code, MIDDLE1, "StandardAccountID"))
        elif account.code:
            put(one, "GroupingCategory", identifier(account.category, MIDDLE1, "GroupingCategory"))
            put(one, "GroupingCode", identifier(account.code, MIDDLE1, "GroupingCode"))
        put(one, "AccountType", TYPES.get(account.group, "Other"))

    def _party_end(self, one: Any, party: Party) -> None:
        """One balance: of several accounts together, and then no account is named."""
        if len(party.balances) == 1:
            put(one, "AccountID", party.balances[0][0])
        if party.balances:
            self._sides(one, "Opening", sum((opening for _, opening, _ in party.balances), Decimal(0)), party.id)
            self._sides(one, "Closing", sum((closing for _, _, closing in party.balances), Decimal(0)), party.id)

    def _entry_kind(self, root: Any, entry: Entry) -> None:
        put(root, "TransactionType", named(entry.kind, SHORT))

    def _line_source(self, root: Any, line: Line) -> None:
        if line.reference:
            put(root, "SourceDocumentID", named(line.reference, MIDDLE1))

    def _share(self, parent: Any, amount: Decimal, line: Line, where: str) -> None:
        self._sum(parent, "AnalysisAmount", _on_side(amount, line), where)

    def _tax_amount(self, parent: Any, tax: TaxInfo, line: Line, where: str) -> None:
        self._sum(parent, "TaxAmount", _on_side(tax.amount, line), where)


def _on_side(amount: Decimal, line: Line) -> Decimal:
    """:return: the amount as seen from the side of its line, on which it is positive"""
    return amount if line.amount >= 0 else -amount
