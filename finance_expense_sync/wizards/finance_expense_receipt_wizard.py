import base64

from odoo import fields, models
from odoo.exceptions import UserError

from ..const import ACCOUNTANT


class FinanceExpenseReceiptWizard(models.TransientModel):
    """Adds a receipt that came another way (e-mail, paper); it is kept with its fingerprint as any other."""

    _name = "finance.expense.receipt.wizard"
    _description = "Add a Receipt"

    report_id = fields.Many2one("finance.expense.report", required=True, readonly=True)
    line_id = fields.Many2one(
        "finance.expense.line", string="Expense", required=True, domain="[('report_id', '=', report_id)]"
    )
    file = fields.Binary(required=True, attachment=False)
    file_name = fields.Char()

    def action_confirm(self):
        """Keep the receipt; what waited for it goes on."""
        self.ensure_one()
        self.report_id._check_decider(ACCOUNTANT)
        if self.line_id.report_id != self.report_id:
            raise UserError(self.env._("Choose an expense of this report."))
        content = base64.b64decode(self.file)
        name = self.file_name or self.env._("Receipt")
        kinds = {"pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg"}
        # sudo: nobody writes receipts directly; the role was checked
        self.env["finance.expense.receipt"].sudo()._keep(
            self.report_id.sudo(),
            self.line_id.external_id,
            name,
            kinds.get(name.rpartition(".")[2].lower(), "application/octet-stream"),
            content,
        )
        return {"type": "ir.actions.act_window_close"}
