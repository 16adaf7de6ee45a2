from odoo import api, fields, models
from odoo.exceptions import UserError


class FinanceMappingImpacted(models.AbstractModel):
    """A change of mappings whose impact is looked at before it is approved."""

    _name = "finance.mapping.impacted"
    _description = "Change with an Impact"

    #: field of ``finance.mapping.impact`` that names the change
    _impact_field = None

    impact_days = fields.Integer(string="Look back (days)", default=90, aggregator=None, copy=False)
    impact_id = fields.Many2one("finance.mapping.impact", compute="_compute_impact", string="Latest look")
    impact = fields.Html(compute="_compute_impact", string="What was found", sanitize=False)
    impact_at = fields.Datetime(compute="_compute_impact", string="Impact as of")
    impact_state = fields.Char(compute="_compute_impact", string="State of the look")
    impact_progress = fields.Float(compute="_compute_impact", string="Looked at (%)", aggregator=None)
    is_impact_outdated = fields.Boolean(compute="_compute_impact")

    @api.depends("state", "write_date")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_impact(self):
        looks = self.env["finance.mapping.impact"].search([(self._impact_field, "in", self.ids)], order="id")
        latest = {look[self._impact_field].id: look for look in looks}
        for change in self:
            look = latest.get(change.id, looks.browse())
            change.impact_id = look
            change.impact = look.result
            change.impact_at = look.started_at
            change.impact_state = look.state
            change.impact_progress = look.progress
            change.is_impact_outdated = look.is_outdated

    def _impact_seen_again(self):
        self.invalidate_recordset([name for name, field in self._fields.items() if field.compute == "_compute_impact"])
        self.impact_id.invalidate_recordset(["is_outdated"])

    def _impact_lines(self):
        """:return: the mappings that the change brings"""
        raise NotImplementedError(self._name)

    def _impact_leaving(self):
        """:return: dict mapping -> first day on which it does not count any more, ``date.min``: none that it did"""
        return {
            line.replaces_id: line._governed_takes_over(line.replaces_id)
            for line in self._impact_lines()
            if line.replaces_id
        }

    def action_preview_impact(self):
        """Look at the messages of the last days; what was found is kept with the change."""
        self._check_governor()
        for change in self:
            if change.state not in ("draft", "proposed"):
                raise UserError(self.env._("Only a draft or proposal has an impact to come."))
            if any(not line.res_id for line in change._impact_lines()):
                raise UserError(self.env._("Choose the Odoo record first."))
            self.env["finance.mapping.impact"]._start(change)
        self._impact_seen_again()
        return True

    def action_refresh_impact(self):
        """Show how far the look has come."""
        self.check_access("read")
        self._impact_seen_again()
        return True

    def action_cancel_impact(self):
        """End a look that is under way; what it has found so far stays."""
        self._check_governor()
        self.impact_id._cancel()
        self._impact_seen_again()
        return True
