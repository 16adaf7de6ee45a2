from odoo import api, fields, models

from odoo.addons.finance_connector_base.engine.errors import MalformedError
from odoo.addons.finance_connector_base.engine.outcome import Done

from ..const import REPORT
from ..platforms import csv_file

#: longest file that is read
MOST_BYTES = 64 << 20


class FinanceExpenseHandlerFile(models.AbstractModel):
    """Files of expense reports, from a folder, an SFTP server or a person: one message goes on for each report."""

    _name = "finance.expense.handler.file"
    _inherit = "finance.handler"
    _description = "File of Expense Reports"
    _takes_files = True
    _held_blocks = False

    @api.model
    def _handle(self, message):
        if not message.payload_id:
            raise MalformedError(self.env._("The message carries no file."), reason="expense_file_broken")
        with message.payload_id._open() as stream:
            content = stream.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise MalformedError(self.env._("%s is too large.", message.subject), reason="expense_file_broken")
        handler = self.env["finance.expense.handler.report"]
        try:
            envelopes = [
                handler._envelope(
                    message,
                    external_id,
                    revision,
                    self.env["finance.payload"]._store(
                        part, company=message.company_id, name=external_id, content_type="text/csv"
                    ),
                    reader="finance.expense.csv",
                )
                for external_id, revision, part in csv_file.split(content)
            ]
        except csv_file.CsvError as error:
            raise MalformedError(
                self.env._("%(file)s: %(why)s", file=message.subject, why=error), reason="expense_file_broken"
            ) from None
        taken = self.env["finance.message"]._enqueue(message.connection_id._expense_flow(REPORT), envelopes)
        return Done(result={"reports": len(taken), "known_already": len(taken.filtered("duplicate_of_id"))})


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[("finance.expense.handler.file", "Read files of expense reports")],
        ondelete={"finance.expense.handler.file": "cascade"},
    )

    @api.model_create_multi
    def create(self, vals_list):
        """EXTENDS: what a platform hands out goes on in a second flow; it is there from the beginning."""
        flows = super().create(vals_list)
        for flow in flows:
            if flow.handler in ("finance.expense.handler.file", "finance.expense.handler.fetch"):
                flow.connection_id._expense_flow(REPORT)
        return flows
