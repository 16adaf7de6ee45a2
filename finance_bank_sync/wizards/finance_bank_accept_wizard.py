from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.finance_connector_base.const import OPERATOR

#: causes a person may take responsibility for
ACCEPTABLE = ("bank_proof_failed", "bank_gap", "bank_control_differs", "bank_currency_untold")


class FinanceBankAcceptWizard(models.TransientModel):
    """A person takes responsibility for a statement that does not prove; the reason is kept."""

    _name = "finance.bank.accept.wizard"
    _description = "Accept a Statement"

    # related as the user: whoever may open a wizard must not read other companies' records through it
    statement_id = fields.Many2one("finance.bank.statement", required=True, readonly=True)
    exception_id = fields.Many2one("finance.exception", readonly=True)
    detail = fields.Text(related="exception_id.detail", related_sudo=False, string="What is wrong")
    reason = fields.Char(required=True)

    def action_confirm(self):
        """Accept exactly what is held against the statement, and let its message go on."""
        self.ensure_one()
        self.env["finance.message"]._check_role(OPERATOR)
        self.env["finance.bank.statement"]._check_accountant()
        self.statement_id.check_access("read")
        # sudo: statements are written by nobody; role and company were checked
        statement = self.statement_id.sudo()
        message = statement.message_id
        exception = message.exception_ids.filtered(lambda e: e.state == "open" and e.reason_code in ACCEPTABLE)
        if message.state != "held" or not exception:
            raise UserError(self.env._("There is nothing to accept: the statement is not held for its balances."))
        if self.exception_id and self.exception_id != exception:
            raise UserError(self.env._("Something else is held against the statement by now. Look again."))
        difference = (exception.params or {}).get("difference")
        statement.write(
            {
                "accepted_by_id": self.env.uid,
                "accepted_reason": self.reason,
                "accepted_differences": {**(statement.accepted_differences or {}), exception.reason_code: difference},
            }
        )
        self.env["finance.audit"]._record(
            "bank.statement.accepted",
            statement,
            reason=self.reason,
            after={"cause": exception.reason_code, "difference": difference, "proof": statement.proof},
            correlation_id=statement.correlation_id,
        )
        self.statement_id.message_id.action_retry()
        return {"type": "ir.actions.act_window_close"}
