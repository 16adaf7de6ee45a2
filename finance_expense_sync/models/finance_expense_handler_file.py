from odoo import api, fields, models

from odoo.addons.finance_connector_base.engine.errors import MalformedError
from odoo.addons.finance_connector_base.engine.outcome import Done

from ..const import REPORT
from ..platforms import csv_file
from ..platforms.csv_rows import CsvError

#: longest file that is read
MOST_BYTES = 64 << 20


class FinanceExpenseHandlerFile(models.AbstractModel):
    """Files of expense reports, from a folder, an SFTP server or a person: one message goes on for each report."""

    _name = "finance.expense.handler.file"
    _inherit = "finance.handler"
    _description = "File of Expense Reports"
    _takes_files = True
    _held_blocks = False

    #: reason of a file that is none
    _broken = "expense_file_broken"
    #: how its result counts what it holds, and the handler of the flow on which that goes on
    _counted, _goes_to = "reports", REPORT

    @api.model
    def _handle(self, message):
        if not message.payload_id:
            raise MalformedError(self.env._("The message carries no file."), reason=self._broken)
        with message.payload_id._open() as stream:
            content = stream.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise MalformedError(self.env._("%s is too large.", message.subject), reason=self._broken)
        try:
            envelopes, said = self._split(message, content)
        except CsvError as error:
            raise MalformedError(
                self.env._("%(file)s: %(why)s", file=message.subject, why=error), reason=self._broken
            ) from None
        taken = self.env["finance.message"]._enqueue(message.connection_id._expense_flow(self._goes_to), envelopes)
        known = len(taken.filtered("duplicate_of_id"))
        return Done(result={self._counted: len(taken), "known_already": known, **said})

    @api.model
    def _split(self, message, content):
        """:return: (envelopes of what a file holds, what else its result says)"""
        handler = self.env["finance.expense.handler.report"]
        envelopes = [
            handler._envelope(
                message, external_id, revision, self._store(message, external_id, part), reader=handler._csv
            )
            for external_id, revision, part in csv_file.split(content)
        ]
        return envelopes, {}

    @api.model
    def _store(self, message, name, part):
        return self.env["finance.payload"]._store(part, company=message.company_id, name=name, content_type="text/csv")


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
