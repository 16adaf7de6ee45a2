from werkzeug.exceptions import NotFound

from odoo.exceptions import AccessError
from odoo.http import Controller, request, route

from ..const import RELEASER

#: the file is in the hands of people: before, it must not leave, and an order without a flow alone does so
_OUT = ("sending", "sent", "unknown", "accepted", "settled", "rejected", "returned")


class PaymentFileController(Controller):
    """Download of the file of a payment order that is handed to the bank by a person."""

    @route("/finance/payment/<int:order_id>/file", type="http", auth="user", methods=["GET"], readonly=False)
    def download(self, order_id):
        """Send the bytes that were approved, to a releaser who took them; missing and forbidden answer alike."""
        order = request.env["finance.payment.order"].browse(order_id)
        try:
            may = order.exists() and request.env.user.has_group(RELEASER) and order.has_access("read")
            may = may and order.state in _OUT and not order.flow_id
        except AccessError:
            may = False
        if not may:
            raise NotFound()
        order._audit("payment.file_downloaded")
        stream = order._file()
        headers = [
            ("Content-Type", "application/octet-stream"),
            ("Content-Disposition", f'attachment; filename="{order.name}.xml"'),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return request.make_response(stream, headers=headers)
