from odoo import api, fields, models

#: states of an expense in Odoo in which it claims a charge
CLAIMING = ("approved", "posted", "in_payment", "paid")


class FinanceCardClaim(models.Model):
    """A claim is of a line of a report, or of an expense entered in Odoo."""

    _inherit = "finance.card.claim"

    report_id = fields.Many2one(required=False)
    hr_expense_id = fields.Many2one(
        "hr.expense", string="Expense in Odoo", readonly=True, ondelete="cascade", index="btree_not_null"
    )

    _hr_once = models.UniqueIndex(
        "(transaction_id, hr_expense_id) WHERE hr_expense_id IS NOT NULL", "This claim is there already."
    )
    _hr_source = models.Constraint(
        "CHECK(num_nonnulls(report_id, hr_expense_id) = 1)", "A claim is of a report, or of an expense in Odoo."
    )

    @api.depends("report_id", "hr_expense_id")
    def _compute_display_name(self):
        mine = self.filtered("hr_expense_id")
        for claim in mine:
            # sudo: what it is called; opening it asks for the right
            claim.display_name = claim.sudo().hr_expense_id.display_name
        return super(FinanceCardClaim, self - mine)._compute_display_name()

    def _counts(self):
        """EXTENDS: an expense in Odoo claims something once it is approved."""
        mine = self.filtered("hr_expense_id")
        # sudo: the engine
        alive = mine.filtered(lambda claim: claim.state == "confirmed" and claim.sudo().hr_expense_id.state in CLAIMING)
        return super(FinanceCardClaim, self - mine)._counts() | alive

    def _moves(self):
        """EXTENDS: the entries of expenses in Odoo are Odoo's."""
        return super()._moves() | self.sudo().hr_expense_id.account_move_id  # sudo: the engine

    def action_view_report(self):
        """EXTENDS: or the expense."""
        self.ensure_one()
        if not self.hr_expense_id:
            return super().action_view_report()
        self.check_access("read")
        self.env["hr.expense"].check_access("read")
        return self.env["finance.expense.handler.report"]._form_of("hr.expense", self.hr_expense_id.id)
