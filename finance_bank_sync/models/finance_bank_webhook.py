from odoo import api, fields, models
from odoo.exceptions import UserError

#: where the facts of an event stand, by scheme; Plaid gives its events no identity
PATHS = {
    "ibanity": {"identity_path": "data.id", "kind_path": "data.type"},
    "plaid": {"identity_path": False, "kind_path": "join('.', [webhook_type, webhook_code])"},
}


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    has_bank_events = fields.Boolean(compute="_compute_has_bank_events")

    @api.depends("adapter")
    def _compute_has_bank_events(self):
        for connection in self:
            scheme = self.env[connection.adapter]._webhook_scheme if connection.has_bank_reports else ""
            connection.has_bank_events = bool(scheme)

    def action_bank_events(self):
        """Open the address at which the other side tells what is new; a new one is filled in and left to be saved."""
        self.ensure_one()
        self._check_admin()
        scheme = self._adapter()._webhook_scheme if self.has_bank_events else ""
        if not scheme:
            raise UserError(self.env._("%s tells nothing by webhook.", self.name))
        webhook = self.webhook_ids.filtered(lambda one: one.scheme == scheme)[:1]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Events of the bank"),
            "res_model": "finance.webhook",
            "view_mode": "form",
            "views": [(False, "form")],
            "res_id": webhook.id,
            "context": {} if webhook else self._bank_event_defaults(scheme),
        }

    def _bank_event_defaults(self, scheme):
        values = {
            "name": self.env._("Events of %s", self.name),
            "connection_id": self.id,
            "flow_id": self._bank_event_flow().id,
            "scheme": scheme,
            **PATHS[scheme],
        }
        return {f"default_{name}": value for name, value in values.items()}

    def _bank_event_flow(self):
        """:return: the flow that works events, made with its defaults when missing"""
        self.ensure_one()
        connection = self.sudo()  # sudo: whoever may make a webhook need not be allowed to configure flows
        flow = connection.flow_ids.filtered(lambda one: one.handler == "finance.bank.handler.event")[:1]
        return flow or self.env["finance.flow"].sudo().create(
            {
                "name": self.env._("Events of the bank"),
                "connection_id": connection.id,
                "handler": "finance.bank.handler.event",
                "direction": "in",
                "priority": 30,
                "held_blocks": False,
            }
        )
