from werkzeug.exceptions import NotFound

from odoo.exceptions import AccessError
from odoo.http import Controller, request, route


class PaymentWordController(Controller):
    """Download of what a person has shown when they said what became of a payment."""

    @route("/finance/payment/word/<int:word_id>/evidence", type="http", auth="user", methods=["GET"], readonly=False)
    def evidence(self, word_id):
        """Send it to who decides or audits; missing and forbidden answer alike."""
        word = request.env["finance.payment.word"].browse(word_id).exists()
        try:
            word._check_may_see_evidence()
        except (AccessError, ValueError):
            raise NotFound() from None
        payload = word.sudo().evidence_id  # sudo: whoever may have it was checked
        if not payload:
            raise NotFound()
        word.order_id._audit("payment.evidence_downloaded")
        headers = [
            ("Content-Type", "application/octet-stream"),
            ("Content-Disposition", f'attachment; filename="evidence-{word.id}"'),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return request.make_response(payload._open(), headers=headers)
