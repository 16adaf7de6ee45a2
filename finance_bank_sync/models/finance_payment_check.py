from odoo import api, fields, models


class FinancePaymentCheck(models.Model):
    """Which orders need the word of a screening or a verification before they are released (K-26, S-29)."""

    _name = "finance.payment.check"
    _description = "Required Check of Payments"
    _order = "sequence, id"

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    kind = fields.Selection(
        [("screening", "Fraud and sanctions screening"), ("payee", "Verification of the payee")],
        required=True,
        default="screening",
    )
    scope = fields.Selection(
        [("orders", "The orders told here"), ("asked", "Where a rule or a route asks for it")],
        string="Needed for",
        required=True,
        default="orders",
        help="An approval rule or a payment route may ask for it, whatever is told here.",
    )
    flow_id = fields.Many2one(
        "finance.flow",
        string="Asked by",
        required=True,
        check_company=True,
        ondelete="restrict",
        domain="[('handler', '=', 'finance.handler.payment.check'), ('company_id', '=', company_id)]",
    )
    journal_ids = fields.Many2many("account.journal", string="Own accounts", check_company=True, help="Empty: all.")
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    amount_from = fields.Monetary(
        string="From", currency_field="company_currency_id", help="Total of the order from which on it is needed."
    )
    hours_valid = fields.Integer(
        string="Good for (hours)", default=72, required=True, help="An older verdict does not count any more."
    )

    _hours_valid_positive = models.Constraint("CHECK (hours_valid > 0)", "A verdict is good for an hour at least.")

    @api.model
    def _needed_for(self, order):
        """:return: the checks that an order needs"""
        order.ensure_one()
        # sudo: what is required does not depend on who looks
        checks = self.sudo().search([("company_id", "=", order.company_id.id)])
        total = order.currency_id._convert(
            order.sudo().amount, order.company_id.currency_id, order.company_id, order.requested_date
        )
        asked = self._asked_for(order) if checks else checks
        return checks.filtered(
            lambda check: (
                check in asked
                or (
                    check.scope == "orders"
                    and (not check.journal_ids or order.journal_id in check.journal_ids)
                    and total >= check.amount_from
                )
            )
        )

    @api.model
    def _asked_for(self, order):
        """:return: the checks that an approval rule which fits the order asks for, or a route that it leaves by"""
        order = order.sudo()  # sudo: rules and routes hold for whoever may not see them
        asking = [("company_id", "=", order.company_id.id), ("check_ids", "!=", False)]
        rules = order.env["finance.payment.rule"].search(asking)
        if rules:
            facts = order._approval_facts()
            rules = rules.filtered(lambda rule: rule._fits(facts))
        # by the way it leaves, not by a route that is noted somewhere: who enters the same way by hand is asked, too
        routes = order.env["finance.payment.route"].search(
            [
                *asking,
                ("direction", "=", order.direction),
                ("journal_id", "=", order.journal_id.id),
                ("flow_id", "=", order.flow_id.id),
                ("profile", "=", order.profile),
            ]
        )
        return rules.check_ids | routes.check_ids


class FinancePaymentRule(models.Model):
    _inherit = "finance.payment.rule"

    check_ids = fields.Many2many(
        "finance.payment.check",
        string="Required checks",
        check_company=True,
        domain="[('company_id', '=', company_id)]",
        help="An order that the rule fits needs their word, too.",
    )


class FinancePaymentRoute(models.Model):
    _inherit = "finance.payment.route"

    check_ids = fields.Many2many(
        "finance.payment.check",
        string="Required checks",
        check_company=True,
        domain="[('company_id', '=', company_id)]",
        help="An order that leaves this way needs their word, too.",
    )
