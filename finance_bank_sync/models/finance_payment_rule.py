from odoo import fields, models


class FinancePaymentRule(models.Model):
    """How many people approve an order, by entity, account, currency and amount; the strictest rule that fits counts.

    An order that no rule covers needs one approval.
    """

    _name = "finance.payment.rule"
    _description = "Approval Rule of Payments"
    _order = "sequence, id"

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    journal_ids = fields.Many2many("account.journal", string="Own accounts", check_company=True, help="Empty: all.")
    currency_id = fields.Many2one("res.currency", help="Empty: all; amounts are compared in the company's currency.")
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Currency of the amounts")
    direction = fields.Selection([("transfer", "We pay"), ("debit", "We collect")], default="transfer", required=True)
    amount_from = fields.Monetary(
        string="From", currency_field="company_currency_id", help="Total of the order from which on it counts."
    )
    payment_from = fields.Monetary(
        string="Largest payment from", currency_field="company_currency_id", help="One payment from which on it counts."
    )
    only_new_accounts = fields.Boolean(
        string="New or changed accounts only",
        help="Counts for orders with a payee whose account was entered or changed lately.",
    )
    approvals = fields.Integer(required=True, default=1, help="So many different people have to approve.")
    user_ids = fields.Many2many("res.users", string="By", help="Empty: every payment approver.")

    _approvals_positive = models.Constraint("CHECK (approvals > 0)", "At least one person has to approve.")
