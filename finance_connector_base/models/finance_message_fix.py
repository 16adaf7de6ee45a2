from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import ADMIN, OPERATOR, STEWARD


class FinanceMessage(models.Model):
    """The open exception of a message, and its fix, wherever somebody comes across the message."""

    _inherit = "finance.message"

    exception_id = fields.Many2one("finance.exception", string="Open exception", compute="_compute_exception_id")
    exception_detail = fields.Text(string="What holds it", compute="_compute_exception_id")
    exception_remedy = fields.Text(string="What to do about it", compute="_compute_exception_id")
    fix_label = fields.Char(string="Fix", compute="_compute_exception_id")

    @api.depends("exception_ids.state")
    def _compute_exception_id(self):
        # sudo: who may read the message may read what holds it; its text is masked
        exceptions = self.env["finance.exception"].sudo()
        still_open = exceptions.search([("message_id", "in", self.ids), ("state", "=", "open")])
        by_message = {exception.message_id.id: exception for exception in still_open}
        for message in self:
            exception = by_message.get(message.id, exceptions)
            message.exception_id = exception
            message.exception_detail = exception.detail
            message.exception_remedy = exception.remedy
            message.fix_label = exception.fix_label

    def action_fix(self):
        """Open what mends the cause of the open exception.

        :raise UserError: there is none, or it has no fix of one click
        """
        self.ensure_one()
        self._check_role(OPERATOR, STEWARD, ADMIN)
        exception = self.env["finance.exception"].browse(self.exception_id.id)
        if not exception:
            raise UserError(self.env._("Nothing holds this message any more."))
        return exception.action_fix()
