import json

from odoo.http import Controller, request, route

from ..events.asyncapi import document


class EventController(Controller):
    """What events mean, for whoever reads them: no fact of this database is in it."""

    @route("/finance/events/asyncapi.json", type="http", auth="none", methods=["GET"], save_session=False)
    def document(self):
        """Give all types with their contracts."""
        return self._made(document(request.env["finance.event"]._types()), "application/json")

    @route(
        "/finance/events/schemas/<string:name>/<int:version>",
        type="http",
        auth="none",
        methods=["GET"],
        save_session=False,
    )
    def schema(self, name, version):
        """Give the JSON Schema of one type."""
        found = request.env["finance.event"]._types().get(name)
        if not found or found.version != version:
            return request.not_found()
        return self._made(found.schema(), "application/schema+json")

    def _made(self, content, kind):
        headers = [
            ("Content-Type", kind),
            ("Cache-Control", "public, max-age=3600"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return request.make_response(json.dumps(content), headers=headers)
