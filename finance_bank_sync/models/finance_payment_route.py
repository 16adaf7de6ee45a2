from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..payments import profile, routing


class FinancePaymentRoute(models.Model):
    """Which own account, format and channel a payment takes; the first that fits and is available (K-25)."""

    _name = "finance.payment.route"
    _description = "Payment Route"
    _order = "sequence, id"

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    direction = fields.Selection([("transfer", "We pay"), ("debit", "We collect")], default="transfer", required=True)
    currency_id = fields.Many2one("res.currency", help="Empty: all.")
    country_ids = fields.Many2many("res.country", string="Country of the payee's bank", help="Empty: all.")
    urgency = fields.Selection([("normal", "Normal"), ("urgent", "Urgent"), ("instant", "Instant")], help="Empty: all.")
    amount_from = fields.Monetary(string="From")
    amount_to = fields.Monetary(string="Up to", help="Nothing: no limit.")
    journal_id = fields.Many2one(
        "account.journal",
        string="Own account",
        required=True,
        domain="[('type', '=', 'bank'), ('company_id', '=', company_id)]",
        check_company=True,
    )
    profile = fields.Selection(selection="_selection_profile", required=True, default="sepa_sct")
    version = fields.Char(string="Version of the message", help="Empty: the one that the bank prefers.")
    flow_id = fields.Many2one(
        "finance.flow", string="Leaves by", check_company=True, help="Empty: handed to the bank by a person."
    )
    obstacle = fields.Char(string="Cannot be used now", compute="_compute_obstacle")

    @api.model
    def _selection_profile(self):
        return [(code, one.name) for code, one in profile.profiles().items()]

    @api.constrains("amount_from", "amount_to")
    def _check_amounts(self):
        for route in self:
            if route.amount_from < 0 or (route.amount_to and route.amount_to < route.amount_from):
                raise ValidationError(self.env._("%s: the amounts go from the smaller to the larger one.", route.name))

    @api.constrains("flow_id")
    def _check_flow(self):
        for route in self.filtered("flow_id"):
            if route.flow_id.direction != "out":
                raise ValidationError(self.env._("%s: nothing leaves by this flow; choose one that sends.", route.name))

    @api.depends("flow_id.paused", "flow_id.connection_id.state", "journal_id.active")
    def _compute_obstacle(self):
        for route in self:
            # sudo: whoever pays need not be allowed to see how a connection does
            route.obstacle = route.sudo()._obstacle_in_words()

    def _obstacle_in_words(self):
        """:return: why nothing can leave by this route now, or False"""
        self.ensure_one()
        flow = self.flow_id
        if not self.journal_id.active:
            return self.env._("%s is archived.", self.journal_id.name)
        if not flow:
            return False
        connection = flow.connection_id
        if not flow.active or flow.paused or flow.draining:
            return self.env._("%s is paused.", flow.name)
        if connection.state != "active":
            return self.env._("%s is not active.", connection.name)
        if flow.is_stopped:
            return self.env._("%s is under an emergency stop.", flow.name)
        if connection.auth_needed:
            return self.env._("%s needs new credentials.", connection.name)
        open_circuits = self.env["finance.circuit"].search_count(
            [("connection_id", "=", connection.id), ("state", "=", "open")], limit=1
        )
        return self.env._("%s does not answer.", connection.name) if open_circuits else False

    @api.model
    def _routes_of(self, company, direction="transfer", journal=None):
        """The routes of a company as :class:`~..payments.routing.Route`, in the order in which they are asked.

        :param journal: only those from this own account
        """
        domain = [("company_id", "=", company.id), ("direction", "=", direction)]
        if journal:
            domain.append(("journal_id", "=", journal.id))
        return [
            routing.Route(
                id=route.id,
                currency=route.currency_id.name or None,
                countries=frozenset(route.country_ids.mapped("code")),
                urgency=route.urgency or None,
                amount_from=Decimal(repr(route.amount_from)),
                amount_to=Decimal(repr(route.amount_to)) if route.amount_to else None,
                # asked now: a stop or a circuit is not a field of the route. sudo: as above
                obstacle=route.sudo()._obstacle_in_words() or None,
            )
            for route in self.search(domain)
        ]
