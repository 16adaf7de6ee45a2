from odoo import fields, models


class FinanceMessage(models.Model):
    _inherit = "finance.message"

    bank_told = fields.Json(string="Told about the file", readonly=True)

    def _bank_answers(self):
        """:return: what a person told about the file (see ``formats.model.Answers``); a replay knows it too"""
        self.ensure_one()
        return self.bank_told or self.replay_of_id.bank_told or {}

    def _bank_statement(self):
        """:return: the received statements these messages are about"""
        ids = [message.res_id for message in self if message.res_model == "finance.bank.statement"]
        # sudo: statements are written by the engine alone; the right to the message was checked
        return self.env["finance.bank.statement"].sudo().browse(ids).exists()

    def _discard(self, reason):
        """EXTENDS finance_connector_base: the statement of a discarded message needs nobody any more."""
        result = super()._discard(reason)
        self._bank_statement().write({"state": "discarded"})
        return result
