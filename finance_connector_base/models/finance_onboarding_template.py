import json

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class FinanceOnboardingTemplate(models.Model):
    """How a kind of outside system is connected, as data: proposed values, flows and a checklist."""

    _name = "finance.onboarding.template"
    _description = "Onboarding Template"
    _order = "sequence, name"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    subject = fields.Selection(
        [("bank", "Bank"), ("platform", "Platform"), ("company", "Company")], required=True, default="bank"
    )
    description = fields.Text(translate=True)
    adapter = fields.Selection(selection="_selection_adapter", string="Kind", required=True)
    connection_values = fields.Text(default="{}", required=True, help="Proposed values of the connection, as JSON.")
    flow_values = fields.Text(default="[]", required=True, help="Flows to make, as a JSON list of values.")
    item_ids = fields.One2many("finance.onboarding.template.item", "template_id", string="Checklist", copy=True)

    @api.model
    def _selection_adapter(self):
        return self.env["finance.connection"]._fields["adapter"]._description_selection(self.env)

    @api.constrains("connection_values", "flow_values")
    def _check_values(self):
        for template in self:
            values, flows = template._values()
            if not isinstance(values, dict) or not isinstance(flows, list):
                raise ValidationError(self.env._("The values are a JSON object, the flows a JSON list of objects."))
            unknown = {name for flow in flows for name in flow if name not in self.env["finance.flow"]._fields}
            unknown |= {name for name in values if name not in self.env["finance.connection"]._fields}
            if unknown:
                raise ValidationError(self.env._("No such fields: %s.", ", ".join(sorted(unknown))))

    def _values(self):
        """:return: (values of the connection, list of values of flows)"""
        self.ensure_one()
        try:
            return json.loads(self.connection_values), json.loads(self.flow_values)
        except ValueError as error:
            raise ValidationError(self.env._("%(name)s: not JSON: %(error)s", name=self.name, error=error)) from error

    def action_use(self):
        """Open the dialog that sets up a connection from this template."""
        self.ensure_one()
        self.check_access("read")
        return {
            **self.env["ir.actions.actions"]._for_xml_id("finance_connector_base.finance_onboarding_wizard_action"),
            "context": {"default_template_id": self.id},
        }
