from odoo import api, models

from odoo.addons.finance_connector_base.models.finance_copy_safety import ENTRY_POINTS as OF_ENTRIES

#: what core calls to create and post a bank line; an override may do something a copied row misses
ENTRY_POINTS = (
    *OF_ENTRIES,
    "_prepare_move_line_default_vals",
    "_synchronize_business_models",
    "_synchronize_from_moves",
    "_synchronize_to_moves",
)
#: rows that belong to a bank line and are written with it
_OWN = {
    ("account_move_line", "move_id"),
    ("account_move_line", "statement_line_id"),
    ("account_move", "statement_line_id"),
    ("account_bank_statement_line", "move_id"),
}


class FinanceBankLedgerBulkSafety(models.AbstractModel):
    """Decides whether bank lines may be copied in this database at all."""

    _name = "finance.bank.ledger.bulk.safety"
    _inherit = "finance.copy.safety"
    _description = "Safety of Copied Bank Lines"

    _copied = ("account.move", "account.move.line", "account.bank.statement.line")
    _entry_points = ENTRY_POINTS
    _own_references = _OWN

    @api.model
    def _trusted_modules(self):
        # EXTENDS: the base marks customers whose receivables change: a new bank line has none, matching it goes
        # through the ORM
        return super()._trusted_modules() | {"finance_bank_sync"}

    @api.model
    def _obstacle(self, journal):
        """:return: why lines of this journal are left to the ORM, or None"""
        strangers = self._overriding_modules() - self._trusted_modules()
        if strangers:
            return f"{', '.join(sorted(strangers))} changes how bank lines are created"
        if journal.restrict_mode_hash_table:
            return "the entries of the journal are hashed"
        currencies = journal.currency_id | journal.company_id.sudo().currency_id  # sudo: as core reads it for branches
        if any(not self._is_decimal(currency) for currency in currencies):
            return "a currency is not rounded to decimals"
        if not journal.default_account_id or not journal.suspense_account_id:
            return "the journal lacks an account"
        return None

    @api.model
    def _complete(self, lines):
        """Let the ORM compute and check what other modules make of these lines."""
        moves = lines.move_id
        self._complete_all(moves, moves.line_ids, lines)
