import hashlib

from odoo import api, fields, models

from odoo.addons.finance_connector_base.engine.envelope import Envelope
from odoo.addons.finance_connector_base.engine.outcome import Done, Ignored

from ..canonical import Receipt
from ..const import RECEIPT

#: longest receipt that is kept
MOST_BYTES = 25 << 20


class FinanceExpenseHandlerReceipt(models.AbstractModel):
    """Fetches the receipts of a report, one message each, and keeps them with their fingerprints (E-23)."""

    _name = "finance.expense.handler.receipt"
    _inherit = "finance.handler"
    _description = "Receipt of an Expense"

    _calls_out = True
    _held_blocks = False

    @api.model
    def _ask(self, taken):
        """Queue a question for each receipt of reports that is not there yet.

        :param taken: list of (message, :class:`Begun`), of one connection
        """
        envelopes = [
            envelope
            for message, work in taken
            # a file only names them
            if self.env["finance.expense.handler.report"]._reader(message)._name != "finance.expense.csv"
            for envelope in self._envelopes(message, work)
        ]
        if envelopes:
            self.env["finance.message"]._enqueue(taken[0][0].connection_id._expense_flow(RECEIPT), envelopes)

    @api.model
    def _envelopes(self, message, work):
        return [
            Envelope(
                subject=f"{work.document.number or work.document.external_id}/{line.external_id}",
                data={
                    "report_id": work.report.id,
                    "line": line.external_id,
                    "receipt": receipt.model_dump(mode="json", exclude_none=True),
                },
                dedupe_key=f"{work.report.id}:{line.external_id}:{receipt.external_id or self._digest(receipt.url)}",
                parent_id=message.id,
                correlation_id=message.correlation_id,
            )
            for line in work.document.lines
            for receipt in line.receipts
        ]

    @api.model
    def _digest(self, url):
        # what follows the question mark is a signature that is new each time
        return hashlib.sha256((url or "").partition("?")[0].encode()).hexdigest()[:32]

    @api.model
    def _call(self, message):
        receipt = Receipt.model_validate(message.sudo().data["receipt"])  # sudo: content is read by the engine alone
        return message.connection_id._adapter()._expense_receipt(message.connection_id, receipt)

    @api.model
    def _settle(self, message, answer):
        data = message.sudo().data  # sudo: as above
        # sudo: the engine keeps evidence
        report = self.env["finance.expense.report"].sudo().browse(data["report_id"]).exists()
        if not report:
            return Ignored(reason="expense_gone", detail=self.env._("The report is gone."))
        name, content_type, content = answer
        receipt = (
            self.env["finance.expense.receipt"]
            .sudo()
            ._keep(report, data["line"], name, content_type, content, external_id=data["receipt"].get("external_id"))
        )
        return Done(result={"size": len(content)}, documents=((receipt._name, receipt.id),))


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[("finance.expense.handler.receipt", "Fetch receipts of expenses")],
        ondelete={"finance.expense.handler.receipt": "cascade"},
    )
