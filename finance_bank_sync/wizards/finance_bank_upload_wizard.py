from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.finance_connector_base.const import OPERATOR


class FinanceBankUploadWizard(models.TransientModel):
    """Brings statement files by hand; they take the same way as fetched ones."""

    _name = "finance.bank.upload.wizard"
    _description = "Upload Bank Statements"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    attachment_ids = fields.Many2many("ir.attachment", string="Files")

    def action_upload(self):
        """Queue the files and show their messages."""
        self.ensure_one()
        self.env["finance.message"]._check_role(OPERATOR)
        if self.company_id not in self.env.companies:
            raise UserError(self.env._("Choose one of your companies."))
        if not self.attachment_ids:
            raise UserError(self.env._("Choose at least one file: a statement, or a zip with statements."))
        messages = self._receive([(attachment.name, attachment.raw or b"") for attachment in self.attachment_ids])
        # the bytes live with the message now; attachments would keep a second, unguarded copy.
        # One that belongs to a record is that record's.
        self.attachment_ids.filtered(lambda attachment: not attachment.res_id).unlink()
        return messages._bank_upload_action()

    def _receive(self, files):
        return self.env["finance.connection"]._bank_receive(self.company_id, files)


class AccountJournal(models.Model):
    _inherit = "account.journal"

    def create_document_from_attachment(self, attachment_ids):
        """EXTENDS account: files dropped on a bank journal are statements."""
        if self.type not in ("bank", "cash", "credit"):
            return super().create_document_from_attachment(attachment_ids)
        self.env["finance.message"]._check_role(OPERATOR)
        wizard = self.env["finance.bank.upload.wizard"].create(
            {"company_id": self.company_id.id, "attachment_ids": [(6, 0, attachment_ids)]}
        )
        return wizard.action_upload()


class FinanceMessage(models.Model):
    _inherit = "finance.message"

    def _bank_upload_action(self):
        """Show what became of uploaded files."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Uploaded files"),
            "res_model": "finance.message",
            "view_mode": "list,form",
            "search_view_id": [self.env.ref("finance_connector_base.finance_message_view_search_few").id, "search"],
            # looks again by itself until the files are read
            "views": [
                (self.env.ref("finance_connector_base.finance_message_view_list_live").id, "list"),
                (False, "form"),
            ],
            "domain": ["|", ("id", "in", self.ids), ("parent_id", "in", self.ids)],
        }
