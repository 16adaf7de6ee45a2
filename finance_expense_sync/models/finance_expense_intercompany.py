from odoo import fields, models


class FinanceExpenseIntercompany(models.Model):
    """Accounts of what two companies owe each other for expenses, as one of them books it (E-12)."""

    _name = "finance.expense.intercompany"
    _description = "Intercompany Accounts of Expenses"
    _order = "company_id, other_id"
    _rec_name = "other_id"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    other_id = fields.Many2one("res.company", string="Other company", required=True)
    due_from_account_id = fields.Many2one(
        "account.account", string="Due from it", required=True, check_company=True, help="What the other one owes."
    )
    due_to_account_id = fields.Many2one(
        "account.account", string="Due to it", required=True, check_company=True, help="What is owed to the other one."
    )
    journal_id = fields.Many2one("account.journal", required=True, check_company=True)

    _pair = models.UniqueIndex("(company_id, other_id)", "The accounts towards this company are set already.")
    _two = models.Constraint("CHECK (company_id <> other_id)", "It takes two companies.")
