from odoo import fields, models


class FinanceMessageDocument(models.Model):
    """Links a message to a record it made or changed, for tracing in both directions."""

    _name = "finance.message.document"
    _description = "Document of a Message"
    _log_access = False
    _rec_name = "res_model"

    message_id = fields.Many2one("finance.message", required=True, ondelete="restrict", index=True, readonly=True)
    company_id = fields.Many2one(related="message_id.company_id")
    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", required=True, readonly=True)

    _unique_link = models.UniqueIndex("(message_id, res_model, res_id)")
    _by_document = models.Index("(res_model, res_id)")
