from werkzeug.exceptions import NotFound

from odoo.http import Controller, request, route

from ..const import RELEASER
from ..models.finance_payment_initiation import RETURN, SESSION


class PaymentController(Controller):
    """Where a releaser comes back to from the bank's page."""

    @route(RETURN, type="http", auth="user", methods=["GET"], readonly=False)
    def come_back(self, **answer):
        """Ask the bank what became of the payment; nothing of the address decides that."""
        if not request.env.user.has_group(RELEASER):
            raise NotFound()
        given = {name: value for name, value in answer.items() if isinstance(value, str) and len(value) <= 4096}
        in_session = dict(request.session.get(SESSION) or {})
        order = request.env["finance.payment.initiation"]._come_back(given, in_session)
        for initiation in order.sudo().initiation_ids:  # sudo: its number is forgotten by the session
            in_session.pop(str(initiation.id), None)
            request.session[SESSION] = in_session
        path = "/odoo/action-finance_bank_sync.finance_payment_order_action"
        response = request.redirect(f"{path}/{order.id}" if order else path, code=303)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response
