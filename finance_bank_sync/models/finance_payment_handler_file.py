from dataclasses import replace

from odoo import api, fields, models


class FinanceHandlerPaymentFile(models.AbstractModel):
    """Delivers the stored file of a released order by SFTP or into a folder; the same bytes that were approved.

    The name is that of the message to the bank, so it is used once and no delivery can be taken for another one.
    """

    _name = "finance.handler.payment.file"
    _inherit = ["finance.handler._payment", "finance.handler.file.out"]
    _description = "Deliver Payment Files"

    @api.model
    def _payment_envelope(self, order):
        # EXTENDS
        return replace(super()._payment_envelope(order), data={"file_name": f"{order.message_id_for_bank}.xml"})

    @api.model
    def _payment_problem(self, order):
        # EXTENDS
        connection = order.sudo().flow_id.connection_id  # sudo: whether it can deliver, nothing of its settings
        if "send_files" not in connection._adapter()._supports:
            return self.env._("%s delivers no files.", connection.display_name)
        return super()._payment_problem(order)

    @api.model
    def _settle(self, message, answer):
        # EXTENDS: delivered is sent; what the bank does with it, it says itself
        done = super()._settle(message, answer)
        order = self._payment_order(message)
        order._sent()
        return replace(done, documents=((order._name, order.id),))


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[("finance.handler.payment.file", "Deliver payment files")],
        ondelete={"finance.handler.payment.file": "cascade"},
    )
