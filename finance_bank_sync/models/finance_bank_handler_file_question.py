from odoo import api, models

from odoo.addons.finance_connector_base.engine.errors import MalformedError

from ..formats.model import Answers, AskingFormat


class FinanceBankHandlerFile(models.AbstractModel):
    """Files that may be read in two ways: a person is asked, and the answer is kept with the message."""

    _inherit = "finance.bank.handler.file"

    @api.model
    def _told(self, message, statement_format):
        """:return: the format, with what is known about the file where its reader may need that"""
        if not isinstance(statement_format, AskingFormat):
            return statement_format
        return statement_format.told(
            name=message.subject or "", received=message.create_date.date(), answers=Answers(**message._bank_answers())
        )

    @api.model
    def _asked(self, message, question):
        """:return: the error that holds the file until :meth:`_told` knows the answer"""
        return MalformedError(
            self.env._("%(file)s may be read in two ways: %(question)s", file=message.subject, question=question),
            reason="bank_file_unclear",
            params={"asks": question.asks, "readings": dict(question.readings), "place": question.place},
        )

    @api.model
    def _fix_action(self, exception):
        """EXTENDS: the dialog that asks."""
        if exception.reason_code != "bank_file_unclear":
            return super()._fix_action(exception)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What the file means"),
            "res_model": "finance.bank.question.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_exception_id": exception.id},
        }
