from odoo import api, models


class FinanceExpenseReimbursement(models.AbstractModel):
    """Sees when an employee was paid, by whatever pays (E-04): what the entry owes is reconciled."""

    _name = "finance.expense.reimbursement"
    _description = "Reimbursement of Expenses"

    @api.model
    def _look(self, moves):
        """Look at the reports of entries whose open items have just changed."""
        # sudo: whoever reconciles need not see expense reports
        postings = self.env["finance.expense.posting"].sudo()
        rows = postings.search([("move_id", "in", moves.ids), ("kind", "=", "posted")])
        for report in rows.report_id.filtered(lambda report: report.state in ("posted", "paid")):
            self._settle(report)

    @api.model
    def _owed(self, report):
        """:return: items of the employee in the entries that count"""
        taken_back = report.posting_ids.reverses_id
        rows = report.posting_ids.filtered(lambda row: row.kind == "posted" and row not in taken_back)
        return rows.move_id.line_ids.filtered(
            lambda line: line.partner_id == report.partner_id and line.account_id.account_type == "liability_payable"
        )

    @api.model
    def _settle(self, report):
        owed = self._owed(report)
        is_paid = bool(owed) and all(owed.mapped("reconciled"))
        if is_paid == (report.state == "paid"):
            return
        if not is_paid:
            report.write({"state": "posted", "paid_at": False})
            return
        report.write({"state": "paid", "paid_at": self.env.cr.now()})
        payers = (owed.matched_debit_ids.debit_move_id | owed.matched_credit_ids.credit_move_id).move_id
        last = payers.sorted(lambda move: (move.date, move.id))[-1:]
        self.env["finance.expense.confirmation"]._tell(
            report,
            "paid",
            key=str(report.revision),
            number=last.name,
            day=str(last.date) if last else None,
            amount=str(abs(round(sum(owed.mapped("amount_currency")), report.currency_id.decimal_places))),
            receiver=report.employee_code,
        )


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        """EXTENDS account: what pays an expense report is told to its platform."""
        partials = super().create(vals_list)
        self.env["finance.expense.reimbursement"]._look((partials.debit_move_id | partials.credit_move_id).move_id)
        return partials

    def unlink(self):
        """EXTENDS account: what was paid may be open again."""
        if not self:  # with each change of a journal item, core deletes what there mostly is not
            return super().unlink()
        moves = (self.debit_move_id | self.credit_move_id).move_id
        result = super().unlink()
        self.env["finance.expense.reimbursement"]._look(moves.exists())
        return result
