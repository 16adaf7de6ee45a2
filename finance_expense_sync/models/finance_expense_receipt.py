import hashlib

from odoo import api, fields, models

#: kinds of files that are shown as what they are; anything else is only ever saved
SHOWN = frozenset({"application/pdf", "image/jpeg", "image/png", "image/gif", "image/webp", "image/heic", "image/tiff"})

#: no browser shows it; Odoo looks into the bytes of what has the usual name of unknown files
UNSHOWN = "application/x-download"


class FinanceExpenseReceipt(models.Model):
    """Evidence of an expense, with its fingerprint (E-23)."""

    _name = "finance.expense.receipt"
    _description = "Receipt"
    _order = "report_id, id"
    _allow_sudo_commands = False

    report_id = fields.Many2one("finance.expense.report", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="report_id.company_id", store=True, index=True)
    line_key = fields.Char(string="Line on the platform", readonly=True)
    external_id = fields.Char(readonly=True)
    name = fields.Char(readonly=True)
    attachment_id = fields.Many2one("ir.attachment", readonly=True, ondelete="restrict")
    mimetype = fields.Char(related="attachment_id.mimetype")
    size = fields.Integer(string="Size (bytes)", readonly=True)
    sha256 = fields.Char(string="SHA-256", readonly=True, index=True)
    fetched_at = fields.Datetime(readonly=True)

    _identity = models.UniqueIndex("(report_id, line_key, sha256)", "This receipt is there already.")

    @api.model
    def _keep(self, report, line_key, name, content_type, content, *, external_id=None):
        """Keep a receipt once; the same bytes of the same line are the same receipt.

        :return: its record
        """
        # public: a fingerprint of content, no key in it
        digest = hashlib.sha256(content).hexdigest()
        known = self.search(
            [("report_id", "=", report.id), ("line_key", "=", line_key), ("sha256", "=", digest)], limit=1
        )
        if known:
            return known
        attachment = self.env["ir.attachment"].create(
            {
                "name": name or f"receipt-{digest[:8]}",
                "raw": content,
                "mimetype": content_type if content_type in SHOWN else UNSHOWN,
                "res_model": report._name,
                "res_id": report.id,
                "company_id": report.company_id.id,
            }
        )
        receipt = self.create(
            {
                "report_id": report.id,
                "line_key": line_key,
                "external_id": external_id,
                "name": attachment.name,
                "attachment_id": attachment.id,
                "size": len(content),
                "sha256": digest,
                "fetched_at": self.env.cr.now(),
            }
        )
        if report.reason_code == "receipt_missing":
            self.env["finance.waiting.key"]._fixed([f"expense:{report.connection_id.id}:{report.external_id}"])
        return receipt
