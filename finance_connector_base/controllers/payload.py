from werkzeug.exceptions import NotFound
from werkzeug.wsgi import FileWrapper

from odoo.exceptions import AccessError
from odoo.http import Controller, request, route

#: bytes that are sent at a time: lines may be as long as the file
PIECE = 1 << 16


class PayloadController(Controller):
    """Download of the original bytes of a message."""

    @route("/finance/message/<int:message_id>/payload", type="http", auth="user", methods=["GET"], readonly=False)
    def download(self, message_id):
        """Send the bytes as they were received, to whoever gave a reason for it a moment ago.

        Missing and forbidden answer alike, so that ids of other companies cannot be probed.
        """
        return self._download(message_id, "payload_id", "payload.downloaded", f"message-{message_id}.bin")

    @route("/finance/message/<int:message_id>/evidence", type="http", auth="user", methods=["GET"], readonly=False)
    def download_evidence(self, message_id):
        """Send what proves a delivery by hand, by the same rule as the original."""
        return self._download(message_id, "evidence_id", "evidence.downloaded", f"evidence-{message_id}.bin")

    def _download(self, message_id, field, event, name):
        message = request.env["finance.message"].browse(message_id)
        try:
            disclosure = (
                message.exists() and message.has_access("read") and request.env["finance.disclosure"]._of(message)
            )
        except AccessError:
            disclosure = None
        # sudo: the right to the message was just checked, payloads have no rights of their own
        payload = message.sudo()[field] if disclosure else None
        if not payload:
            raise NotFound()
        disclosure._note_download()
        request.env["finance.audit"]._record(
            event,
            message,
            reason=disclosure.reason,
            after={"sha256": payload.sha256, "disclosure": disclosure.id},
            correlation_id=message.correlation_id,
        )
        headers = [
            ("Content-Type", "application/octet-stream"),
            ("Content-Length", str(payload.size)),
            ("Content-Disposition", f'attachment; filename="{name}"'),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return request.make_response(FileWrapper(payload._open(), PIECE), headers=headers)
