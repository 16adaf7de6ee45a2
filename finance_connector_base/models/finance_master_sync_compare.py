from datetime import timedelta

from odoo import api, fields, models

from .finance_master_sync import WAYS

WAYS["compare"] = ("finance.handler.master.drift", "in")


class FinanceMasterSync(models.Model):
    """Both sides are compared every night, and when somebody asks."""

    _inherit = "finance.master.sync"

    compare = fields.Boolean(tracking=True, help="Both sides are compared every night.")
    next_compare_at = fields.Datetime(readonly=True, copy=False)
    drift_count = fields.Integer(compute="_compute_drift_count", string="Differences")

    def _reaches_out(self):
        return super()._reaches_out() or self.compare

    def _compute_drift_count(self):
        for sync in self:
            sync.drift_count = self.env["finance.master.drift"].search_count(sync._drift_domain())

    def _drift_domain(self):
        self.ensure_one()
        return [("connection_id", "=", self.connection_id.id), ("domain", "=", self.domain), ("state", "=", "open")]

    @api.model
    def _cron_compare(self):
        """Begin the comparisons whose time has come; the queue works them page by page."""
        now = self.env.cr.now()
        due = self.search(
            [("compare", "=", True), "|", ("next_compare_at", "=", False), ("next_compare_at", "<=", now)]
        )
        for sync in due.try_lock_for_update():
            sync._begin_comparison()
            sync.next_compare_at = now + timedelta(days=1)

    def _begin_comparison(self):
        handler = self.env["finance.handler.master.drift"]
        for sync in self:
            handler._enqueue(sync._flow("compare"), sync.domain, run=fields.Datetime.to_string(self.env.cr.now()))

    def action_compare_now(self):
        """Begin a comparison at once."""
        self.env["finance.message"]._check_role(
            "finance_connector_base.finance_group_operator",
            "finance_connector_base.finance_group_mapping_steward",
            "finance_connector_base.finance_group_admin",
        )
        self.check_access("read")
        self.sudo().filtered("compare")._begin_comparison()  # sudo: the role was checked
        return True

    def action_view_drift(self):
        """Show what differs."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.actions"]._for_xml_id("finance_connector_base.finance_master_drift_action")
        return {**action, "domain": self._drift_domain()}
