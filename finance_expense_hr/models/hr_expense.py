from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.finance_expense_sync.const import MANAGER
from odoo.addons.finance_expense_sync.models.windows import window_of

from .finance_expense_twins import ALIKE

#: what may let a report go on, or changes what a charge is claimed by
CHANGES = frozenset(
    {"approval_state", "account_move_id", "date", "total_amount_currency", "currency_id", "employee_id"}
)


class HrExpense(models.Model):
    """An expense entered in Odoo, beside those of platforms."""

    _inherit = "hr.expense"

    finance_is_distinct = fields.Boolean(
        string="Not the one on the platform",
        readonly=True,
        copy=False,
        help="Somebody has said that it is another one than what looks like it on an expense platform.",
    )
    finance_twins = fields.Char(string="Looks like", compute="_compute_finance_twins")
    finance_claim_ids = fields.One2many(
        "finance.card.claim", "hr_expense_id", string="Card transactions", readonly=True, copy=False
    )

    @api.depends("employee_id", "date", "total_amount_currency", "currency_id", "state", "finance_is_distinct")
    def _compute_finance_twins(self):
        twins = self.env["finance.expense.twins"]
        for expense in self:
            is_open = expense.state in ("draft", "submitted", "approved")
            # sudo: whoever enters an expense need not see reports; told is what they are called
            lines = twins._on_platforms(expense._origin.sudo()) if is_open and expense._origin.id else False
            expense.finance_twins = lines.report_id._finance_called() if lines else False

    def _finance_name(self):
        """:return: what it is called where others read of it"""
        return self.env._("expense %s", self.id)

    def _finance_partners(self):
        """:return: contacts under which platforms may know its employee"""
        employee = self.employee_id.sudo()  # sudo: only to compare
        return employee.work_contact_id | employee.user_id.partner_id

    # -- booked once ---------------------------------------------------------------------------

    def _check_can_create_move(self):
        """EXTENDS: what is on a platform, too, is decided by a person first."""
        self._check_finance_twins()
        return super()._check_can_create_move()

    def _prepare_move_vals(self):
        """EXTENDS: every way of posting comes here."""
        self._check_finance_twins()
        return super()._prepare_move_vals()

    def _check_finance_twins(self):
        twins = self.env["finance.expense.twins"]
        mine = self.sudo()  # sudo: as above
        # a report of the same employee that is booked at this moment is seen, or sees these
        self.env["finance.expense.meeting"]._people((one.company_id, one._finance_partners()) for one in mine)
        for expense in mine:
            lines = twins._on_platforms(expense)
            if lines:
                raise UserError(
                    self.env._(
                        "%(expense)s looks like what was claimed on an expense platform in %(reports)s: same employee "
                        "and amount, %(day)s. Refuse it, return the other one to the claimant, or have an expense "
                        "manager say that they are two.",
                        expense=expense.display_name,
                        reports=lines.report_id._finance_called(),
                        day=lines[0].date,
                    )
                )

    def action_finance_distinct(self):
        """Say that it is another expense than what looks like it on a platform."""
        self.env["finance.message"]._check_role(MANAGER)
        self.check_access("read")
        mine = self.env.user.partner_id
        for expense in self:
            if not self.env.su and mine in expense._finance_partners():
                raise AccessError(self.env._("Nobody decides about an own expense."))
            if not expense.finance_twins:
                raise UserError(self.env._("%s does not look like an expense of a platform.", expense.display_name))
            lines = self.env["finance.expense.twins"]._on_platforms(expense.sudo())  # sudo: the role was checked
            reports = lines.report_id
            expense.sudo().finance_is_distinct = True  # sudo: the role was checked
            self.env["finance.audit"]._record(
                "expense.distinct", expense.sudo(), reason=", ".join(reports.mapped("external_id"))
            )
            expense.sudo().message_post(  # sudo: as above
                body=self.env._("It is another expense than those of %s.", reports._finance_called()),
                author_id=mine.id,
            )
            reports._finance_go_on()

    def action_view_finance_twins(self):
        """Show the reports of platforms in which it seems to be."""
        self.ensure_one()
        self.check_access("read")
        self.env["finance.expense.report"].check_access("read")
        lines = self.env["finance.expense.twins"]._on_platforms(self.sudo())  # sudo: which; the list asks for the right
        return window_of(lines.report_id, self.env._("Expense Reports"))

    # -- what follows --------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        expenses = super().create(vals_list)
        expenses._finance_follow({"account_move_id"})
        return expenses

    def write(self, vals):
        changed = CHANGES & vals.keys()
        # what looks like it before need not do so any more
        waiting = self._finance_waiting() if changed and vals.get("approval_state") != "approved" else None
        result = super().write(vals)
        if changed:
            self._finance_follow(changed, waiting)
        return result

    def unlink(self):
        waiting = self._finance_waiting()
        result = super().unlink()
        waiting._finance_go_on()
        return result

    def _finance_waiting(self):
        """:return: reports that are held because of them"""
        twins = self.env["finance.expense.twins"]
        # sudo: whoever changes an expense need not see reports
        reports = self.env["finance.expense.report"].sudo()
        for expense in self.sudo():
            reports |= twins._on_platforms(expense).report_id
        return reports.filtered(lambda report: report.state == "exception" and report.reason_code == ALIKE)

    def _finance_follow(self, changed, waiting=None):
        """Let go on what waited for the change, and have the cards looked at."""
        if waiting:
            waiting._finance_go_on()
        if not any(expense.payment_mode == "company_account" for expense in self):
            return
        matcher = self.env["finance.card.matcher"]
        if "approval_state" in changed:
            # sudo: as above
            cards = self.sudo().finance_claim_ids.transaction_id
            matcher._note(cards)
        matcher._again()
