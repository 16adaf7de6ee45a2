from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine import conditions, routing


class FinanceRoutingRow(models.Model):
    """One row of a routing table: conditions, and where the case goes."""

    _name = "finance.routing.row"
    _description = "Row of a Routing Table"
    _inherit = ["finance.governed.line"]
    _order = "sequence, id"
    _allow_sudo_commands = False
    _governed_parent = "routing_id"

    routing_id = fields.Many2one("finance.routing", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="routing_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True)
    condition = fields.Text(
        string="Conditions",
        help="All of them must hold, e.g. currency = EUR; amount between 0 and 1000; bank.bic starts with DEUT. "
        "Empty: the default, as the last row.",
    )
    flow_id = fields.Many2one("finance.flow", ondelete="restrict")
    connection_id = fields.Many2one("finance.connection", ondelete="restrict")
    value = fields.Char(help="What comes out when it is neither a flow nor a connection, e.g. the name of a channel.")

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._canonical(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._canonical(vals))

    @api.model
    def _canonical(self, vals):
        if not vals.get("condition"):
            return vals
        try:
            return {**vals, "condition": conditions.canonical(vals["condition"])}
        except conditions.ConditionError as error:
            raise ValidationError(self.env["finance.mapping"]._condition_words(error)) from error

    @api.constrains("flow_id", "connection_id", "routing_id")
    def _check_company(self):
        for row in self:
            company = row.routing_id.company_id
            for target in (row.flow_id, row.connection_id):
                if company and target and target.company_id != company:
                    raise ValidationError(self.env._("Row %s leads to another company.", row.name))

    def _as_row(self):
        return routing.Row(
            id=self.id, name=self.name, conditions=conditions.parse(self.condition or None), outcome=self
        )

    def _told(self):
        """:return: the row as one line, for hashes and differences"""
        outcome = " / ".join(
            f"{record._name} {record.id} {record.name}" for record in (self.flow_id, self.connection_id) if record
        )
        return f"{self.name}: {self.condition or 'default'} => {outcome or ''}{self.value or ''}"
