from odoo import fields, models
from odoo.exceptions import AccessError

from odoo.addons.finance_connector_base.const import OPERATOR


class FinanceBankAcceptWizard(models.TransientModel):
    """A person takes responsibility for a statement that does not prove; the reason is kept."""

    _name = "finance.bank.accept.wizard"
    _description = "Accept a Statement"

    statement_id = fields.Many2one("finance.bank.statement", required=True, readonly=True)
    exception_id = fields.Many2one("finance.exception", readonly=True)
    detail = fields.Text(related="exception_id.detail", string="What is wrong")
    reason = fields.Char(required=True)

    def action_confirm(self):
        """Accept and let the message go on."""
        self.ensure_one()
        if not self.env.user.has_group("account.group_account_user"):
            raise AccessError(self.env._("Only an accountant may accept a statement that does not prove."))
        self.env["finance.message"]._check_role(OPERATOR)
        self.statement_id.check_access("read")
        # sudo: statements are written by nobody; role and company were checked
        self.statement_id.sudo().write({"accepted_by_id": self.env.uid, "accepted_reason": self.reason})
        self.env["finance.audit"]._record(
            "bank.statement.accepted",
            self.statement_id,
            reason=self.reason,
            after={"proof": self.statement_id.proof, "difference": self.statement_id.difference},
            correlation_id=self.statement_id.correlation_id,
        )
        self.statement_id.message_id.action_retry()
        return {"type": "ir.actions.client", "tag": "soft_reload"}
