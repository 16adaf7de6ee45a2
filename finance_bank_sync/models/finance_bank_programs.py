from decimal import Decimal

from odoo import api, models

from odoo.addons.finance_connector_base.safe import masking

from ..cash.contracts import (
    ENDPOINTS,
    RIGHTS,
    BankAccount,
    BankAccountList,
    Statement,
    StatementEntry,
    StatementEntryList,
    StatementList,
)

#: words of the contract -> states of statements and of entries
STATES = {
    "received": ("staged",),
    "needs_attention": ("held",),
    "on_ledger": ("posted",),
    "provisional": ("provisional",),
    "superseded": ("superseded",),
    "not_used": ("duplicate", "joined", "discarded"),
}
_STATE_OF = {theirs: ours for ours, many in STATES.items() for theirs in many}
_ENTRY_STATES = {
    "staged": "received",
    "posted": "on_ledger",
    "duplicate": "repeated",
    "not_booked": "not_booked",
    "provisional": "provisional",
    "superseded": "superseded",
}


class FinanceApiRight(models.Model):
    _inherit = "finance.api.right"

    @api.model
    def _known(self):
        # EXTENDS
        return {**super()._known(), **RIGHTS}


class FinanceApi(models.AbstractModel):
    """Accounts at banks and their statements, told to programs."""

    _inherit = "finance.api"

    @api.model
    def _endpoints(self):
        # EXTENDS
        return {**super()._endpoints(), **ENDPOINTS}

    @api.model
    def _do_list_bank_accounts(self, query):
        domain = [("company_id", "in", self.env.companies.ids)]
        rows, following = self._page("bank accounts", "finance.bank.position", domain, query, ("id", "id"))
        return BankAccountList(data=[self._bank_account(row) for row in rows], next=following)

    @api.model
    def _bank_account(self, row):
        names = self._names()
        return BankAccount(
            id=names.of("account", row.journal_id.id),
            name=row.journal_id.name,
            company=names.of("company", row.company_id.id),
            bank=row.bank_name or None,
            currency=row.currency_id.name,
            bank_balance=exact(row.bank_balance) if row.has_balance else None,
            available=exact(row.available_balance) if row.has_balance else None,
            told_at=row.moment or None,
            is_stale=bool(row.is_stale),
            ledger_balance=exact(row.ledger_balance),
            position=exact(row.position),
        )

    @api.model
    def _do_list_statements(self, query):
        domain = [("company_id", "in", self.env.companies.ids)]
        if query.account:
            # a name of something else is an account without statements
            domain.append(("journal_id", "=", self._names().read("account", query.account) or 0))
        if query.state:
            domain.append(("state", "in", [theirs for ours in query.state for theirs in STATES[ours]]))
        if query.since:
            domain.append(("closing_date", ">=", query.since))
        rows, following = self._page("statements", "finance.bank.statement", domain, query, ("id", "id"))
        return StatementList(data=[self._statement(row) for row in rows], next=following)

    @api.model
    def _do_get_statement(self, query, id):  # pylint: disable=redefined-builtin  # the name in the path
        return self._statement(self._named("finance.bank.statement", "statement", id))

    @api.model
    def _statement(self, row):
        names = self._names()
        return Statement(
            id=names.of("statement", row.id),
            name=row.name or "",
            account=names.of("account", row.journal_id.id) if row.journal_id else None,
            account_number=masking.mask_account(row.account_number) if row.account_number else None,
            company=names.of("company", row.company_id.id),
            currency=row.currency_name,
            from_date=row.from_date or row.opening_date or None,
            to_date=row.to_date or row.closing_date or None,
            opening=exact(row.opening) if row.has_opening else None,
            closing=exact(row.closing) if row.has_closing else None,
            proof=row.proof or None,
            state=_STATE_OF[row.state],
            received_at=row.create_date,
        )

    @api.model
    def _do_list_statement_entries(self, query, id):  # pylint: disable=redefined-builtin  # the name in the path
        statement = self._named("finance.bank.statement", "statement", id)
        domain = [("statement_id", "=", statement.id)]
        rows, following = self._page(f"entries of {id}", "finance.bank.entry", domain, query, ("id", "id"))
        return StatementEntryList(data=[self._entry(row) for row in rows], next=following)

    @api.model
    def _entry(self, row):
        return StatementEntry(
            id=self._names().of("bankline", row.id),
            booked_on=row.booking_date or None,
            value_on=row.value_date or None,
            amount=exact(row.amount),
            currency=row.currency_name,
            text=row.label or None,
            remittance=row.remittance or None,
            counterparty=row.party_name or None,
            counterparty_account=row.party_account_masked or None,
            end_to_end_id=row.end_to_end_id or None,
            bank_reference=row.bank_reference or None,
            state=_ENTRY_STATES[row.state],
            is_reconciled=bool(row.is_reconciled),
        )


def exact(value):
    """:return: an amount as text: two decimals at least, five at most"""
    number = Decimal(str(round(value or 0.0, 5)))
    text = format(number, "f")
    whole, _point, rest = text.partition(".")
    text = f"{whole}.{rest.ljust(2, '0')}"
    return text.removeprefix("-") if not number else text
