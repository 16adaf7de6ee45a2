from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..const import FETCH
from ..platforms.dimensions import read_fields

#: minutes between two questions
EVERY = 60


class FinanceConnection(models.Model):
    """What a connection with an expense platform needs besides its address."""

    _inherit = "finance.connection"

    is_expense_platform = fields.Boolean(compute="_compute_is_expense_platform")
    has_expense_events = fields.Boolean(compute="_compute_is_expense_platform")
    expense_fields = fields.Text(
        string="Fields of the platform",
        tracking=True,
        help="What fields of the platform say, one line each: cost_center = allocationCustom4, entryOrgUnit4. The "
        "first that says something counts; fields that are not named are not read. On the left: cost_center, project, "
        "any other dimension, entity (the company) or category (in place of the type of expense).",
    )

    @api.depends("adapter")
    def _compute_is_expense_platform(self):
        known = self.env.registry.descendants(["finance.adapter"], "_inherit")
        for connection in self:
            adapter = self.env[connection.adapter] if connection.adapter in known else self.env["finance.adapter"]
            connection.is_expense_platform = "expenses" in adapter._supports and adapter._uses_http
            connection.has_expense_events = bool(adapter._expense_event_defaults())

    @api.constrains("expense_fields")
    def _check_expense_fields(self):
        for connection in self:
            try:
                read_fields(connection.expense_fields or "")
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "%(name)s: write fields of the platform like cost_center = allocationCustom4 (%(place)s).",
                        name=connection.name,
                        place=error,
                    )
                ) from error

    def _expense_fields(self):
        """:return: dimension -> fields of the platform, see :mod:`..platforms.dimensions`"""
        return read_fields(self.sudo().expense_fields or "")  # sudo: engine code runs for any role; it is no secret

    def _expense_asks(self):
        """Have a flow that asks by itself; :return: it"""
        flow = self._expense_flow(FETCH)
        if not flow.fetch_interval:
            # sudo: who tests a connection need not be allowed to configure flows
            flow.sudo().fetch_interval = EVERY
        return flow

    def action_expense_events(self):
        """Open the address at which the platform tells what is new; a new one is filled in and left to be saved."""
        self.ensure_one()
        self._check_admin()
        defaults = self._adapter()._expense_event_defaults()
        if not defaults:
            raise UserError(self.env._("%s tells nothing by webhook.", self.name))
        flow = self._expense_asks()
        webhook = self.webhook_ids.filtered(lambda one: one.flow_id == flow)[:1]
        values = {
            "name": self.env._("Events of %s", self.name),
            "connection_id": self.id,
            "flow_id": flow.id,
            **defaults,
        }
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Events of the platform"),
            "res_model": "finance.webhook",
            "view_mode": "form",
            "views": [(False, "form")],
            "res_id": webhook.id,
            "context": {} if webhook else {f"default_{name}": value for name, value in values.items()},
        }


class FinanceAdapter(models.AbstractModel):
    _inherit = "finance.adapter"

    @api.model
    def _expense_event_defaults(self):
        """:return: dict of what a webhook of this platform is filled in with; empty: it tells nothing"""
        return {}
