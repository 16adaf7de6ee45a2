from werkzeug.exceptions import NotFound

from odoo.exceptions import AccessError
from odoo.http import Controller, request, route

GROUPS = ("finance_connector_base.finance_group_operator", "finance_connector_base.finance_group_auditor")


class PayloadController(Controller):
    """Download of the original bytes of a message."""

    @route("/finance/message/<int:message_id>/payload", type="http", auth="user", methods=["GET"], readonly=False)
    def download(self, message_id):
        """Send the bytes as they were received.

        Missing and forbidden answer alike, so that ids of other companies cannot be probed.
        """
        message = request.env["finance.message"].browse(message_id)
        try:
            allowed = (
                any(request.env.user.has_group(group) for group in GROUPS)
                and message.exists()
                and message.has_access("read")
            )
        except AccessError:
            allowed = False
        # sudo: the right to the message was just checked, payloads have no rights of their own
        payload = message.sudo().payload_id if allowed else None
        if not payload:
            raise NotFound()
        request.env["finance.audit"]._record(
            "payload.downloaded", message, after={"sha256": payload.sha256}, correlation_id=message.correlation_id
        )
        headers = [
            ("Content-Type", "application/octet-stream"),
            ("Content-Length", str(payload.size)),
            ("Content-Disposition", f'attachment; filename="message-{message.id}.bin"'),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return request.make_response(payload._open(), headers=headers)
