from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.base.models.res_bank import sanitize_account_number
from odoo.addons.finance_connector_base.engine.outcome import Held
from odoo.addons.finance_connector_base.safe import masking

from ..formats.account_numbers import iban_of
from ..formats.model import NO_CURRENCY
from ..proof import balance


class FinanceBankHandlerStatement(models.AbstractModel):
    """Whose account a statement is of: its journal, its currency, amounts that its ledger can hold."""

    _inherit = "finance.bank.handler.statement"

    @api.model
    def _find_journal(self, company, number, currency=None):
        """Find the bank journal of exactly this account in exactly this company.

        :param currency: name of the currency of the statement; tells the journals of a
            multi-currency account apart
        :return: one journal, or an empty recordset when there is none or several fit
        """
        if not number:
            return self.env["account.journal"]
        numbers = [sanitize_account_number(known) for known in (number, iban_of(number)) if known]
        # sudo: found by the engine, limited to one company
        journals = (
            self.env["account.journal"]
            .sudo()
            .search(
                [
                    ("company_id", "=", company.id),
                    ("type", "in", ("bank", "cash", "credit")),
                    ("bank_account_id.sanitized_acc_number", "in", numbers),
                ]
            )
        )
        if len(journals) > 1 and currency:
            journals = journals.filtered(lambda j: (j.currency_id or j.company_id.currency_id).name == currency)
        return journals if len(journals) == 1 else journals.browse()

    @api.model
    def _check_journal(self, statement):
        company = statement.company_id
        number = statement.account_number
        if not number:
            return self._check_told_journal(statement)
        journal = self._find_journal(company, number, statement.currency_name) or self._mapped_journal(statement)
        if journal:
            statement.journal_id = journal
            return None
        statement.journal_id = False
        return Held(
            reason="bank_account_unknown",
            error_class="data",
            detail=self.env._(
                "Account %(account)s belongs to no bank journal of %(company)s, or to several in one currency.",
                account=masking.mask_account(number or ""),
                company=company.name,
            ),
            params={"statement_id": statement.id},
            waiting_key=self._account_key(statement),
        )

    @api.model
    def _check_told_journal(self, statement):
        """A file without an account (QIF) is of the journal that a person names, each time: nothing else tells it."""
        if statement.journal_id:
            return None
        return Held(
            reason="bank_account_unknown",
            error_class="data",
            detail=self.env._(
                "The file names no account. Link it to the bank journal of %(company)s that it is of.",
                company=statement.company_id.name,
            ),
            params={"statement_id": statement.id},
        )

    @api.model
    def _mapped_journal(self, statement):
        """:return: the journal an approved mapping names; one of another company or kind does not count"""
        journal = self.env["account.journal"].sudo()  # sudo: found by the engine, limited to one company
        number = statement.account_number
        if not statement.connection_id or not number:
            return journal
        mapping = self.env["finance.mapping"]._lookup(
            statement.connection_id,
            "bank.account",
            {number, sanitize_account_number(number)},
            date=statement.closing_date or fields.Date.today(),
        )
        for found in mapping.values():
            journal = journal.browse(found.res_id).exists()
            if journal.company_id == statement.company_id and journal.type in ("bank", "cash", "credit"):
                return journal
        return journal.browse()

    @api.model
    def _account_key(self, statement):
        number = iban_of(statement.account_number) or statement.account_number
        return self.env["account.journal"]._finance_account_key(statement.company_id.id, number)

    @api.model
    def _check_currency(self, statement):
        journal = statement.journal_id
        expected = (journal.currency_id or journal.company_id.currency_id).name
        found = statement.currency_name or expected
        self.env.cr.execute(
            SQL(
                """
                SELECT DISTINCT currency_name FROM finance_bank_entry
                 WHERE statement_id = %s AND state <> 'not_booked'
                """,
                statement.id,
            )
        )
        currencies = {found} | {row[0] for row in self.env.cr.fetchall()}
        proving = (*balance.OPENING_CODES, balance.CLOSING)
        currencies |= {item["currency"] for item in statement.balances or [] if item["code"] in proving}
        if currencies == {expected}:
            return None
        if NO_CURRENCY in currencies and currencies <= {expected, NO_CURRENCY}:
            return self._check_untold_currency(statement, expected)
        return Held(
            reason="bank_currency_mismatch",
            error_class="data",
            detail=self.env._(
                "The statement is in %(found)s, the journal %(journal)s in %(expected)s.",
                found=", ".join(sorted(currencies - {expected})),
                journal=journal.name,
                expected=expected,
            ),
            params={"statement_id": statement.id},
            waiting_key=self._account_key(statement),
        )

    @api.model
    def _check_untold_currency(self, statement, expected):
        """A file that tells no currency is in the one of its account as soon as a person said so, once an account."""
        if statement._is_accepted("bank_currency_untold", expected) or statement._is_currency_confirmed(expected):
            statement._tell_currency(expected)
            return None
        return Held(
            reason="bank_currency_untold",
            error_class="data",
            detail=self.env._(
                "The file tells no currency. The journal %(journal)s is in %(expected)s.",
                journal=statement.journal_id.name,
                expected=expected,
            ),
            params={"statement_id": statement.id, "difference": expected},
            waiting_key=self._account_key(statement),
        )

    @api.model
    def _check_precision(self, statement):
        """An amount finer than its currency, or too large for Odoo's numbers, would be rounded on the ledger."""
        currency = statement.journal_id.currency_id or statement.company_id.currency_id
        self.env.cr.execute(
            SQL(
                """
                SELECT position, amount::text FROM finance_bank_entry
                 WHERE statement_id = %(id)s AND state <> 'not_booked'
                   AND (amount <> round(amount, %(places)s) OR abs(amount) >= %(limit)s)
                 ORDER BY position LIMIT 1
                """,
                id=statement.id,
                places=currency.decimal_places,
                # doubles keep 15 digits
                limit=Decimal(10) ** (15 - currency.decimal_places),
            )
        )
        row = self.env.cr.fetchone()
        if row is None:
            return None
        return Held(
            reason="bank_amount_precision",
            error_class="data",
            detail=self.env._(
                "Entry %(position)s: %(amount)s cannot be booked exactly in %(currency)s.",
                position=row[0],
                amount=balance.trimmed(Decimal(row[1])),
                currency=currency.name,
            ),
            params={"statement_id": statement.id},
        )
