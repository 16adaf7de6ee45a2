from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.finance_connector_base.models.step_up import step_up

from ..const import RELEASER


class FinancePaymentHandoverWizard(models.TransientModel):
    """Leads through handing the file of an order to the bank: take it, hand it over, say so.

    From the download on the order is being sent: the file is out of the house, and nobody sends it a second time.
    """

    _name = "finance.payment.handover.wizard"
    _description = "Hand the File to the Bank"

    order_id = fields.Many2one("finance.payment.order", required=True, readonly=True, ondelete="cascade")
    state = fields.Selection(related="order_id.state")
    file_sha256 = fields.Char(related="order_id.file_sha256")
    amount = fields.Monetary(related="order_id.amount")
    currency_id = fields.Many2one(related="order_id.currency_id")
    payment_count = fields.Integer(related="order_id.payment_count", string="Payments")
    reference = fields.Char(string="The bank's reference", help="What the bank calls it, e.g. on the receipt.")

    def _check(self):
        self.ensure_one()
        self.order_id._check_group(RELEASER)
        if self.order_id.flow_id:
            raise UserError(self.env._("%s leaves by its connection, not by hand.", self.order_id.display_name))

    def action_download(self):
        """Take the file; with the password."""
        self._check()
        return self._download_verified()

    @step_up
    def _download_verified(self):
        order = self.order_id
        if order.state == "released":
            if not order._still_as_seen():
                return order._result(False)
            order._release_checks()
            order._take_file()
        return {"type": "ir.actions.act_url", "url": f"/finance/payment/{order.id}/file", "target": "download"}

    def action_handed_over(self):
        """The bank has it."""
        self._check()
        if self.order_id.state == "released":
            raise UserError(self.env._("Download the file first: nobody has it yet."))
        self.order_id._lock_state("sending")
        self.order_id._sent(self.reference)
        # what asked about the file is answered
        self.order_id.sudo().activity_ids.action_feedback()  # sudo: activities of colleagues
        return {"type": "ir.actions.act_window_close"}
