import json

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine import routing


class FinanceRoutingCase(models.Model):
    """A test case of a routing table: facts, and the row that must decide them."""

    _name = "finance.routing.case"
    _description = "Test Case of a Routing Table"
    _inherit = ["finance.governed.line"]
    _order = "id"
    _allow_sudo_commands = False
    _governed_parent = "routing_id"

    routing_id = fields.Many2one("finance.routing", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="routing_id.company_id", store=True, index=True)
    name = fields.Char(required=True)
    facts = fields.Text(required=True, default="{}", help='As JSON, e.g. {"currency": "EUR", "amount": 150}')
    row_name = fields.Char(string="Row that must decide", required=True)
    result = fields.Char(compute="_compute_result")
    passed = fields.Boolean(compute="_compute_result")

    @api.constrains("facts")
    def _check_facts(self):
        for case in self:
            if not isinstance(case._given(), dict):
                raise ValidationError(
                    self.env._('The facts of %s are no JSON object such as {"currency": "EUR"}.', case.name)
                )

    def _given(self):
        try:
            return json.loads(self.facts or "")
        except ValueError:
            return None

    @api.depends("facts", "row_name", "routing_id.row_ids.condition", "routing_id.row_ids.sequence")
    def _compute_result(self):
        for case in self:
            given = case._given()
            try:
                decision = routing.decide(case.routing_id._rows(), given if isinstance(given, dict) else {})
            except routing.TableError:
                case.result, case.passed = self.env._("no row decides"), False
                continue
            case.result = decision.lines()[-1]
            case.passed = decision.row.name == case.row_name

    def _told(self):
        return f"{self.name}: {self.facts} => {self.row_name}"
