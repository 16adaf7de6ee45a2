from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..engine.difference import as_text, difference


class FinanceChange(models.Model):
    """The change log: every decision on a governed change, with what was before and after (A-17).

    Written by the steps of ``finance.governed``, changed by nobody.
    """

    _name = "finance.change"
    _description = "Governed Change in the Log"
    _order = "id desc"
    _allow_sudo_commands = False

    name = fields.Char(string="What", readonly=True)
    event = fields.Selection(
        [
            ("approved", "Approved"),
            ("rejected", "Rejected"),
            ("withdrawn", "Withdrawn"),
            ("retired", "Retired"),
        ],
        string="Decision",
        readonly=True,
        required=True,
    )
    res_model = fields.Char(readonly=True, required=True, index=True)
    res_id = fields.Many2oneReference(string="Record", model_field="res_model", readonly=True)
    kind = fields.Char(readonly=True)
    version = fields.Integer(readonly=True, aggregator=None)
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    before = fields.Json(readonly=True)
    after = fields.Json(readonly=True)
    difference = fields.Text(string="What changed", readonly=True)
    reason = fields.Text(readonly=True)
    proposed_by_id = fields.Many2one("res.users", readonly=True)
    decided_by_id = fields.Many2one("res.users", string="Decided by", readonly=True)
    decided_at = fields.Datetime(readonly=True, index=True)

    @api.model
    def _log(self, record, event, *, before, after, reason=None):
        """Add a decision, in the transaction that makes it."""
        values = self._log_values(record, event, before, {} if event == "retired" else after)
        # sudo: nobody writes the log, the step has checked the role
        return self.sudo().create({**values, "reason": reason})

    @api.model
    def _log_values(self, record, event, before, after):
        """:return: what is written down about a decision; EXTENDS by modules"""
        return {
            "name": record.display_name,
            "event": event,
            "res_model": record._name,
            "res_id": record.id,
            "kind": record.env["ir.model"]._get(record._name).name,
            "version": record.version,
            "company_id": record._governed_company().id,
            "before": before,
            "after": after,
            "difference": as_text(difference(before, after)),
            "proposed_by_id": record.proposed_by_id.id,
            "decided_by_id": self.env.uid,
            "decided_at": self.env.cr.now(),
        }

    def write(self, vals):
        if self:
            raise AccessError(self.env._("The change log is not edited."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise AccessError(self.env._("The change log is not deleted."))
