import re
import time

from odoo.http import request, route

from odoo.addons.finance_connector_base.controllers.api import ApiController


class MeasuredApiController(ApiController):
    """The interface for programs, with the time each request takes (M-01)."""

    @route()
    def answer(self, path=""):
        """Answer, and note how long it took."""
        started = time.perf_counter()
        answer = super().answer(path)
        call = request.httprequest
        request.env["finance.api.call"]._note(
            self._named(f"/{path}", call.method),
            call.method if call.method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS") else "OTHER",
            answer.status_code,
            (time.perf_counter() - started) * 1000,
            self._correlation(call),
        )
        return answer

    def _named(self, path, method):
        """:return: name of the endpoint, never what was asked for: programs may ask for anything"""
        for endpoint in request.env["finance.api"]._endpoints().values():
            pattern = re.sub(r"\\\{(\w+)\\\}", r"[^/]+", re.escape(endpoint.path))
            if endpoint.method == method.replace("HEAD", "GET") and re.fullmatch(pattern, path):
                return endpoint.name
        return "other"
