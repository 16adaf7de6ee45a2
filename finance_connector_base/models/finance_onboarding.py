from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import ADMIN


class FinanceOnboarding(models.Model):
    """The way of one connection from a template to going live: a checklist with sign-offs."""

    _name = "finance.onboarding"
    _description = "Onboarding"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _rec_name = "connection_id"
    _allow_sudo_commands = False

    template_id = fields.Many2one("finance.onboarding.template", readonly=True, required=True, ondelete="restrict")
    connection_id = fields.Many2one("finance.connection", readonly=True, required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    user_id = fields.Many2one("res.users", string="Set up by", readonly=True, required=True)
    state = fields.Selection(
        [("open", "Under way"), ("done", "Finished")], readonly=True, default="open", required=True, tracking=True
    )
    connection_state = fields.Selection(related="connection_id.state", string="Connection is")
    check_ok = fields.Boolean(related="connection_id.check_ok", string="Test passed")
    environment = fields.Selection(related="connection_id.environment")
    item_ids = fields.One2many("finance.onboarding.item", "onboarding_id", string="Checklist")
    progress = fields.Integer(string="Done (%)", compute="_compute_progress", aggregator=None)
    next_item = fields.Char(string="Next", compute="_compute_progress")

    @api.depends("item_ids.is_done")
    def _compute_progress(self):
        for onboarding in self:
            items = onboarding.item_ids
            left = items.filtered(lambda item: not item.is_done)
            onboarding.progress = 100 * (len(items) - len(left)) // len(items) if items else 100
            onboarding.next_item = left[:1].name

    def _left_before_live(self):
        """:return: the items that keep the connection from going live"""
        return self.item_ids.filtered(lambda item: item.before_live and not item.is_done)

    def action_test(self):
        """Test the connection."""
        self.ensure_one()
        self.check_access("read")
        return self.connection_id.action_test()

    def action_activate(self):
        """Go live; refused while something of the checklist is left."""
        self.ensure_one()
        self.check_access("read")
        self.connection_id.action_activate()

    def action_finish(self):
        """Close the checklist for good."""
        self.ensure_one()
        self.env["finance.message"]._check_role(ADMIN)
        self.check_access("read")
        left = self.item_ids.filtered(lambda item: not item.is_done)
        if left or self.connection_id.state == "draft":
            raise UserError(
                self.env._(
                    "Not finished yet: %s.", ", ".join(left.mapped("name")) or self.env._("the connection is not live")
                )
            )
        self.sudo().state = "done"  # sudo: changed by this step alone, the role was checked
        self.env["finance.audit"]._record("onboarding.finished", self, after={"connection": self.connection_id.name})

    def action_view_connection(self):
        """Open the connection."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.connection_id.name,
            "res_model": "finance.connection",
            "view_mode": "form",
            "res_id": self.connection_id.id,
        }

    @api.model
    def _begin(self, template, values):
        """Make connection, flows and checklist from a template.

        :param dict values: of the connection; they go before those of the template
        :return: the onboarding
        """
        self.env["finance.message"]._check_role(ADMIN)
        proposed, flows = template._values()
        connection = self.env["finance.connection"].create({**proposed, "adapter": template.adapter, **values})
        # with the rights of the user: a template gives nobody more than they have
        self.env["finance.flow"].create([{**flow, "connection_id": connection.id} for flow in flows])
        # sudo: rows are made here alone, the role was checked
        onboarding = self.sudo().create(
            {"template_id": template.id, "connection_id": connection.id, "user_id": self.env.uid}
        )
        onboarding.env["finance.onboarding.item"].create(
            [{**item._copied(), "onboarding_id": onboarding.id} for item in template.item_ids]
        )
        self.env["finance.audit"]._record("onboarding.begun", onboarding, after={"template": template.name})
        return onboarding.sudo(False)
