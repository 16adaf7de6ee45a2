from odoo import api, fields, models
from odoo.exceptions import ValidationError


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

    @api.constrains("approvals", "user_ids")
    def _check_enough_people(self):
        for rule in self:
            if rule.user_ids and len(rule.user_ids) < rule.approvals:
                raise ValidationError(
                    self.env._(
                        "%(rule)s asks for %(count)s approvals by %(people)s people: nobody could ever approve.",
                        rule=rule.name,
                        count=rule.approvals,
                        people=len(rule.user_ids),
                    )
                )

    def _fits(self, facts):
        """:param facts: of ``finance.payment.order._approval_facts()``"""
        self.ensure_one()
        return bool(
            self.direction == facts["direction"]
            and (not self.journal_ids or facts["journal"] in self.journal_ids)
            and (not self.currency_id or self.currency_id == facts["currency"])
            and facts["total"] >= self.amount_from
            and facts["largest"] >= self.payment_from
            and (facts["new_accounts"] or not self.only_new_accounts)
        )
