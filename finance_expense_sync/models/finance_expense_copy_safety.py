from odoo import api, models

from odoo.addons.finance_connector_base.models.finance_copy_safety import ENTRY_POINTS


class FinanceExpenseCopySafety(models.AbstractModel):
    """Decides whether entries of expenses may be copied in this database, and sees to what follows from them."""

    _name = "finance.expense.copy.safety"
    _inherit = "finance.copy.safety"
    _description = "Safety of Copied Entries of Expenses"

    _entry_points = (*ENTRY_POINTS, "_compute_name", "_prepare_analytic_lines", "_get_violated_lock_dates")
    _own_references = frozenset(
        {
            ("account_move_line", "move_id"),
            ("account_move_line_account_tax_rel", "account_move_line_id"),
            ("account_account_tag_account_move_line_rel", "account_move_line_id"),
            # made by core itself, of copies too
            ("account_analytic_line", "move_line_id"),
        }
    )

    @api.model
    def _trusted_modules(self):
        # EXTENDS: that of banks looks at lines of banks; ours counts postings
        return super()._trusted_modules() | {"finance_expense_sync", "finance_bank_sync"}

    @api.model
    def _obstacle(self, company, journals):
        """:return: why entries of these journals are left to the ORM, or None"""
        strangers = self._overriding_modules() - self._trusted_modules()
        if strangers:
            return f"{', '.join(sorted(strangers))} changes how entries are made"
        if any(journal.restrict_mode_hash_table or not journal.active for journal in journals):
            return "the entries of a journal are hashed, or it is archived"
        if company.account_storno:
            return "corrections are negative amounts"
        if not self._is_decimal(company.currency_id):
            return "a currency is not rounded to decimals"
        # sudo: as core reads them
        models_of_analytic = self.env["account.analytic.distribution.model"].sudo()
        if models_of_analytic.search_count([("company_id", "in", [*company.parent_ids.ids, False])], limit=1):
            return "analytic distributions follow from models"
        if self.env["finance.flow"]._sending_entries(company.id):
            return "entries are sent on when they are posted"
        return None

    @api.model
    def _follow_up(self, moves, items):
        """What posting does besides the rows.

        :param moves: copied entries; ``items`` their lines
        """
        self._rank(items)
        analytic = items.filtered("analytic_distribution")
        if analytic:
            analytic._create_analytic_lines()
        changes = self.env["finance.credit.change"]
        for copied in (moves, items):
            changes._note(copied._table, copied.ids)
        self.env["finance.document"]._posted(moves)

    @api.model
    def _rank(self, items):
        """Who is owed becomes a vendor, who owes a customer, as core counts them: once for each entry."""
        ranks = {"asset_receivable": "customer_rank", "liability_payable": "supplier_rank"}
        counts = {}
        for kind, rank in ranks.items():
            mine = items.filtered(lambda item, kind=kind: item.partner_id and item.account_id.account_type == kind)
            for partner, found in mine.grouped("partner_id").items():
                counts[partner, rank] = len(found.move_id)
        for (partner, rank), count in counts.items():
            (partner | partner.commercial_partner_id)._increase_rank(rank, count)
