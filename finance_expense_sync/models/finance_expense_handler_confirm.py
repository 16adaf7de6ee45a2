from datetime import date
from decimal import Decimal

from odoo import api, fields, models

from odoo.addons.finance_connector_base.engine.errors import RejectedError, TransientError
from odoo.addons.finance_connector_base.engine.outcome import Done, Held

from ..platforms.contract import Outcome


class FinanceExpenseHandlerConfirm(models.AbstractModel):
    """Tells a platform what became of a report (E-17); the same key in every attempt."""

    _name = "finance.expense.handler.confirm"
    _inherit = "finance.handler"
    _description = "Confirmation of an Expense Report"

    _calls_out = True
    _held_blocks = False

    @api.model
    def _adapter(self, connection):
        """:return: who tells: the adapter of a platform, or, where files come and go, the writer of files"""
        adapter = connection._adapter()
        if "expenses" in adapter._supports:
            return adapter
        goes_out = "send_files" in adapter._supports and (
            connection.sudo().folder_out or connection.sudo().sftp_out  # sudo: where files go is no secret here
        )
        return self.env["finance.expense.csv"] if goes_out else adapter

    @api.model
    def _call(self, message):
        data = message.sudo().data  # sudo: content of messages is read by the engine alone
        outcome = Outcome(
            external_id=data["external_id"],
            handle=data.get("handle"),
            result=data["result"],
            # the message is the attempt's identity: the same however often it is worked
            key=f"fin-{message.id}",
            number=data.get("number"),
            day=date.fromisoformat(data["day"]) if data.get("day") else None,
            amount=Decimal(data["amount"]) if data.get("amount") else None,
            currency=data.get("currency"),
            company=data.get("company"),
            text=data.get("text"),
            link=data.get("link"),
            receiver=data.get("receiver"),
            lines=tuple((line, text) for line, text in data.get("lines", ())),
        )
        connection = message.connection_id
        return self._adapter(connection)._expense_confirm(connection, outcome)

    @api.model
    def _settle(self, message, answer):
        data = message.sudo().data  # sudo: as above
        report = self.env["finance.expense.report"].browse(data["report_id"])
        if answer.taken:
            self.env["finance.expense.confirmation"]._told(report, data["result"])
            return Done(result={"told": data["result"]})
        if answer.repeat:
            raise TransientError(answer.text or self.env._("The platform asks to be told again later."))
        if answer.gone:
            return Held(
                reason="expense_recalled",
                detail=self.env._(
                    "The report was recalled or corrected on the platform after it was booked here. Its next revision "
                    "corrects the entry."
                ),
                params={"report_id": report.id},
                documents=((report._name, report.id),),
            )
        raise RejectedError(
            answer.text or self.env._("The platform refuses it (%s).", answer.code or "?"),
            reason="expense_not_told",
            params={"report_id": report.id},
        )


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[("finance.expense.handler.confirm", "Tell an expense platform")],
        ondelete={"finance.expense.handler.confirm": "cascade"},
    )
