from odoo import api, fields, models


class FinanceMessageTransition(models.Model):
    """Append-only row for every change of state of a message: the readable timeline."""

    _name = "finance.message.transition"
    _description = "Message Transition"
    _order = "id"
    _log_access = False
    _rec_name = "after"

    message_id = fields.Many2one("finance.message", required=True, ondelete="restrict", index=True, readonly=True)
    company_id = fields.Many2one(related="message_id.company_id")
    flow_id = fields.Many2one("finance.flow", readonly=True, ondelete="restrict")
    before = fields.Selection(selection="_selection_state", readonly=True)
    after = fields.Selection(selection="_selection_state", string="What happened", readonly=True)
    at = fields.Datetime(string="When", readonly=True)
    user_id = fields.Many2one("res.users", string="By", readonly=True, ondelete="set null")
    note = fields.Char(readonly=True)
    explanation = fields.Char(compute="_compute_explanation", help="The note, in words when it is the code of a cause.")

    # a checkpoint counts births per flow and time window
    _births = models.Index("(at, flow_id, message_id) WHERE before IS NULL")

    @api.depends("note")
    def _compute_explanation(self):
        names = self.env["finance.reason"]._names(self.mapped("note"))
        for transition in self:
            transition.explanation = names.get(transition.note, transition.note)

    @api.model
    def _selection_state(self):
        return self.env["finance.message"]._fields["state"]._description_selection(self.env)
