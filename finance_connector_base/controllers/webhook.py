import json
import time

from werkzeug.exceptions import NotFound

from odoo import SUPERUSER_ID
from odoo.http import Controller, request, route

#: bytes that are read at all; each webhook has its own, smaller limit
LARGEST = 8 << 20
#: what Odoo reads as a form, so that the bytes that were signed would be gone
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class WebhookController(Controller):
    """Where other systems deliver events."""

    @route(
        "/finance/webhook/<string:slug>",
        type="http",
        auth="none",
        methods=["POST"],
        csrf=False,
        save_session=False,
        max_content_length=LARGEST,
        readonly=False,
    )
    def deliver(self, slug, **parameters):
        """Take in one delivery. Unknown addresses and drafts answer alike."""
        call = request.httprequest
        # su: a sender has no user; what may be done is what its signature proves
        env = request.env(user=SUPERUSER_ID, su=True)
        webhook = env["finance.webhook"]._of_slug(slug)
        if not webhook:
            raise NotFound()
        # as a scheduled action of the company would: nothing is shared with a session
        webhook = webhook.with_company(webhook.company_id).with_context(
            allowed_company_ids=webhook.company_id.ids, lang="en_US"
        )
        if call.mimetype in _FORMS and webhook._is_ping(parameters):
            return self._answer(webhook._pinged())
        if call.mimetype in _FORMS or call.headers.get("Content-Encoding", "identity").lower() != "identity":
            return self._answer(webhook._refused("media_type", call.remote_addr))
        headers = {name.lower(): value for name, value in call.headers.items()}
        return self._answer(webhook._receive(headers, call.get_data(), call.remote_addr, time.time()))

    def _answer(self, answer):
        headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]
        if answer.retry_after is not None:
            headers.append(("Retry-After", str(answer.retry_after)))
        return request.make_response(json.dumps({"status": answer.word}), headers=headers, status=answer.status)
