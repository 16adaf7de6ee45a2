from werkzeug.exceptions import NotFound

from odoo.exceptions import AccessError
from odoo.http import Controller, request, route


class PayloadController(Controller):
    """Download of the original bytes of a message."""

    @route("/finance/message/<int:message_id>/payload", type="http", auth="user", methods=["GET"], readonly=False)
    def download(self, message_id):
        """Send the bytes as they were received, to whoever gave a reason for it a moment ago.

        Missing and forbidden answer alike, so that ids of other companies cannot be probed.
        """
        message = request.env["finance.message"].browse(message_id)
        try:
            disclosure = (
                message.exists() and message.has_access("read") and request.env["finance.disclosure"]._of(message)
            )
        except AccessError:
            disclosure = None
        # sudo: the right to the message was just checked, payloads have no rights of their own
        payload = message.sudo().payload_id if disclosure else None
        if not payload:
            raise NotFound()
        disclosure._note_download()
        request.env["finance.audit"]._record(
            "payload.downloaded",
            message,
            reason=disclosure.reason,
            after={"sha256": payload.sha256, "disclosure": disclosure.id},
            correlation_id=message.correlation_id,
        )
        headers = [
            ("Content-Type", "application/octet-stream"),
            ("Content-Length", str(payload.size)),
            ("Content-Disposition", f'attachment; filename="message-{message.id}.bin"'),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return request.make_response(payload._open(), headers=headers)
