from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from odoo.addons.finance_connector_base.const import OPERATOR


class FinanceBankQuestionWizard(models.TransientModel):
    """A person says what a file means that may be read in two ways; it goes on with that answer."""

    _name = "finance.bank.question.wizard"
    _description = "Meaning of a Statement File"

    # related as the user: whoever may open a wizard must not read other companies' records through it
    exception_id = fields.Many2one("finance.exception", required=True, readonly=True)
    detail = fields.Text(related="exception_id.detail", related_sudo=False, string="What is unclear")
    asks = fields.Char(compute="_compute_asks")
    readings = fields.Text(string="It may mean", compute="_compute_asks")
    # no default: it would be taken without a look
    dates = fields.Selection(
        [("dmy", "Day first, as in most countries"), ("mdy", "Month first, as in the United States")],
        string="Dates have the",
    )
    decimal = fields.Selection(
        [(".", "The point is the decimal mark"), (",", "The comma is the decimal mark")], string="Amounts"
    )
    directions = fields.Selection(
        [
            ("types", "Debits went out: a minus sign among them is money that came back"),
            ("signs", "A minus sign went out, everything else came in"),
        ]
    )

    @api.depends("exception_id")
    def _compute_asks(self):
        for wizard in self:
            params = wizard.exception_id.params or {}
            wizard.asks = params.get("asks")
            wizard.readings = "\n".join(wizard._reading(params, answer) for answer in params.get("readings") or {})

    def _reading(self, params, answer):
        value = params["readings"][answer]
        field = self._fields[params["asks"]]
        if params["asks"] == "dates":
            value = format_date(self.env, fields.Date.to_date(value), date_format="d MMMM y")
        return self.env._(
            "%(answer)s: %(value)s (%(place)s)",
            answer=dict(field._description_selection(self.env))[answer],
            value=value,
            place=params.get("place", ""),
        )

    def action_confirm(self):
        """Keep the answer with the message of the file, and let it go on."""
        self.ensure_one()
        self.env["finance.message"]._check_role(OPERATOR)
        self.env["finance.bank.statement"]._check_accountant()
        self.check_access("read")
        exception = self.exception_id
        message = exception.message_id
        message.check_access("read")
        if exception.state != "open" or exception.reason_code != "bank_file_unclear" or message.state != "held":
            raise UserError(self.env._("This file does not wait for an answer any more."))
        answer = self[self.asks]
        if not answer:
            raise UserError(self.env._("Choose what the file means."))
        told = {**message._bank_answers(), self.asks: answer}
        # sudo: messages are written by nobody; role and company were checked
        message.sudo().bank_told = told
        self.env["finance.audit"]._record(
            "bank.file.told", message, after={self.asks: answer}, correlation_id=message.correlation_id
        )
        message.action_retry()
        return {"type": "ir.actions.act_window_close"}
