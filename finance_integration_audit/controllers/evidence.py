from werkzeug.exceptions import NotFound
from werkzeug.wsgi import FileWrapper

from odoo.exceptions import AccessError
from odoo.http import Controller, request, route

#: bytes that are sent at a time: lines may be as long as the file
PIECE = 1 << 16


class EvidenceController(Controller):
    """Download of bundles of evidence."""

    @route("/finance/evidence/<int:bundle_id>", type="http", auth="user", methods=["GET"], readonly=False)
    def download(self, bundle_id):
        """Send the file piece by piece. Missing and forbidden answer alike: ids of other companies are not told."""
        bundle = request.env["finance.evidence.bundle"].browse(bundle_id)
        try:
            payload = bundle.exists() and bundle._hand_out()
        except AccessError:
            payload = None
        if not payload:
            raise NotFound()
        headers = [
            ("Content-Type", payload.content_type),
            ("Content-Length", str(payload.size)),
            ("Content-Disposition", f'attachment; filename="{payload.name}"'),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return request.make_response(FileWrapper(payload._open(), PIECE), headers=headers)
