from werkzeug.exceptions import NotFound
from werkzeug.wsgi import FileWrapper

from odoo.exceptions import AccessError, UserError
from odoo.http import Controller, content_disposition, request, route

from ..wizards.finance_consolidation_load_wizard import KEPT, LARGEST

#: bytes that are sent at a time
PIECE = 1 << 16


class FinanceGroupFile(Controller):
    """Files of group reporting, sent piece by piece; missing and forbidden answer alike."""

    @route("/finance/group/file/<int:file_id>", type="http", auth="user", methods=["GET"], readonly=True)
    def file(self, file_id):
        """Send the balances of a cut as they were approved."""
        file = self._readable("finance.consolidation.file", file_id)
        # sudo: who may read the file may read its bytes
        return self._send(file.sudo().payload_id._open(), file.name, "text/csv; charset=utf-8")

    @route("/finance/group/file/<int:file_id>/manifest", type="http", auth="user", methods=["GET"], readonly=True)
    def manifest(self, file_id):
        """Send what proves them."""
        file = self._readable("finance.consolidation.file", file_id)
        name = f"{file.name.removesuffix('.csv')}.json"
        return self._send((file.manifest or "").encode(), name, "application/json")

    @route("/finance/group/package/<int:package_id>/draft", type="http", auth="user", methods=["GET"], readonly=False)
    def draft(self, package_id):
        """Send the balances by account as they are."""
        package = self._readable("finance.consolidation.package", package_id)
        if not package.built_at:
            raise NotFound()
        stream, _written = package._file_of(package._base(), package._chain())
        return self._send(stream, f"{package.name}-draft.csv", "text/csv; charset=utf-8")

    @route("/finance/group/layout/file/<int:file_id>", type="http", auth="user", methods=["GET"], readonly=True)
    def layout(self, file_id):
        """Send a package as a layout has it, to the person for whom it was written."""
        file = self._readable("finance.consolidation.layout.file", file_id)
        if file.create_uid != request.env.user or not file.package_id.has_access("read"):
            raise NotFound()
        payload = file.sudo().payload_id  # sudo: who may read the file may read its bytes
        return self._send(payload._open(), file.name, "application/octet-stream")

    @route("/finance/statutory/file/<int:file_id>", type="http", auth="user", methods=["GET"], readonly=True)
    def statutory(self, file_id):
        """Send a file of a statutory extract."""
        file = self._readable("finance.statutory.file", file_id)
        payload = file.sudo().payload_id  # sudo: who may read the file may read its bytes
        return self._send(payload._open(), file.name, payload.content_type)

    @route(
        "/finance/group/load/<int:line_id>/<string:what>",
        type="http",
        auth="user",
        methods=["POST"],
        max_content_length=2 * LARGEST,
    )
    def load(self, line_id, what, ufile=None):
        """Take a file of balances of a company outside, or its manifest, into the dialog that loads them."""
        line = self._readable("finance.consolidation.load.wizard.line", line_id)
        if line.create_uid != request.env.user or what not in KEPT or ufile is None:
            raise NotFound()
        try:
            line._take(what, ufile.filename, ufile.stream)
        except UserError as error:
            return request.make_json_response({"problem": str(error)})
        return request.make_json_response({"name": ufile.filename})

    @route("/finance/group/delivery/<int:delivery_id>/file", type="http", auth="user", methods=["GET"], readonly=True)
    def delivery(self, delivery_id):
        """Send the file of a delivery."""
        delivery = self._readable("finance.consolidation.delivery", delivery_id)
        payload = delivery.sudo().payload_id  # sudo: who reads the delivery may read its file
        if not payload or not delivery.package_id.has_access("read"):
            raise NotFound()
        return self._send(payload._open(), delivery.file_name, payload.content_type)

    def _readable(self, model, record_id):
        record = request.env[model].browse(record_id)
        try:
            may = record.has_access("read") and record.exists()
        except (AccessError, UserError):
            may = False
        if not may:
            raise NotFound()
        return record

    def _send(self, content, name, content_type):
        headers = [
            ("Content-Type", content_type),
            ("Content-Disposition", content_disposition(name)),
            ("X-Content-Type-Options", "nosniff"),
        ]
        if not isinstance(content, bytes):
            # by size: lines may be as long as the file
            content = FileWrapper(content, PIECE)
        return request.make_response(content, headers=headers)
