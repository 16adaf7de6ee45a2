from odoo import api, fields, models


class HrEmployee(models.Model):
    _inherit = "hr.employee"

    finance_expense_count = fields.Integer(
        string="Expenses on platforms", compute="_compute_finance_expense_count", groups="hr.group_hr_user"
    )

    def _finance_contacts(self):
        return self.sudo().work_contact_id | self.sudo().user_id.partner_id  # sudo: only to compare

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_finance_expense_count(self):
        lines = self.env["finance.expense.line"]
        may_read = lines.has_access("read")
        for employee in self:
            partners = employee._finance_contacts() if may_read else None
            employee.finance_expense_count = (
                lines.search_count([("report_id.partner_id", "in", partners.ids)]) if partners else 0
            )

    def action_view_finance_expenses(self):
        """Show what the employee has claimed on expense platforms."""
        self.ensure_one()
        self.check_access("read")
        self.env["finance.expense.line"].check_access("read")
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("finance_expense_sync.finance_expense_line_action"),
            "domain": [("report_id.partner_id", "in", self._finance_contacts().ids)],
        }
