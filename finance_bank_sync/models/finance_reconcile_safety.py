from odoo import api, models


class FinanceReconcileSafety(models.AbstractModel):
    """Decides whether reconciliations of bank lines may be copied in this database at all."""

    _name = "finance.reconcile.safety"
    _inherit = "finance.payment.ledger.bulk.safety"
    _description = "Safety of Copied Reconciliations"

    # entries and bank lines are not copied here; what reconciling makes of them is looked at column by column
    _copied = (
        "account.move",
        "account.move.line",
        "account.bank.statement.line",
        "account.partial.reconcile",
        "account.full.reconcile",
    )
    _own_references = frozenset(
        {
            ("account_move_line", "full_reconcile_id"),
            ("account_partial_reconcile", "full_reconcile_id"),
        }
    )

    @api.model
    def _obstacle(self, company):
        # OVERRIDE: that entries are hashed changes nothing about their reconciliation
        strangers = self._overriding_modules() - self._trusted_modules()
        if strangers:
            return f"{', '.join(sorted(strangers))} changes how items are reconciled"
        if not self._is_decimal(company.sudo().currency_id):  # sudo: as core reads it for branches
            return "a currency is not rounded to decimals"
        return None
