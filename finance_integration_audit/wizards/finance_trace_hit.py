from odoo import fields, models


class FinanceTraceHit(models.TransientModel):
    """One of several records that a reference names."""

    _name = "finance.trace.hit"
    _description = "Record Found by its Reference"

    look_id = fields.Many2one("finance.trace.look", required=True, ondelete="cascade", index=True)
    res_model = fields.Char(readonly=True, required=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True, required=True)
    kind = fields.Char(readonly=True)
    name = fields.Char(readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)

    def action_view_trace(self):
        """Show the trace of this one."""
        self.ensure_one()
        self.env["finance.trace"]._check_reader()
        self.check_access("read")
        return self.env["finance.trace"]._action(self.env[self.res_model].browse(self.res_id))
