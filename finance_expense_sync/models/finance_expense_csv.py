from odoo import api, models

from odoo.addons.finance_connector_base.engine.errors import MalformedError, RejectedError

from ..platforms import csv_file
from ..platforms.contract import Answer


class FinanceExpenseCsv(models.AbstractModel):
    """Reads reports out of files, and answers by files: what any connection that moves files can do."""

    _name = "finance.expense.csv"
    _description = "Expense Reports in CSV Files"

    _expense_told = frozenset({"posted", "failed", "paid"})

    @api.model
    def _expense_read(self, connection, content):
        try:
            return csv_file.read(content)
        except csv_file.CsvError as error:
            raise MalformedError(str(error), reason="expense_malformed") from None

    @api.model
    def _expense_receipt(self, connection, receipt):
        raise RejectedError(
            self.env._("A file names receipts, and does not bring them. Add them to the report by hand."),
            reason="expense_receipt_gone",
        )

    @api.model
    def _expense_confirm(self, connection, outcome):
        """Deliver a file of one line; the same outcome has the same name and content."""
        content = csv_file.write_outcomes(
            [
                {
                    "report_id": outcome.external_id,
                    "result": outcome.result,
                    "number": outcome.number or "",
                    "date": str(outcome.day or ""),
                    "amount": "" if outcome.amount is None else format(outcome.amount, "f"),
                    "currency": outcome.currency or "",
                    "text": outcome.text or "",
                }
            ]
        )
        connection._adapter()._send_file(connection, None, f"expense-{outcome.key}.csv", iter([content]))
        return Answer(external_id=outcome.external_id, taken=True)
