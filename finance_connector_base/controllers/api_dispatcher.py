import uuid

import psycopg2
from werkzeug.exceptions import HTTPException

from odoo.exceptions import AccessDenied, ConcurrencyError
from odoo.http import Dispatcher

from ..api.problem import MEDIA_TYPE, Problem

#: statuses that Odoo's or Werkzeug's own layers answer -> what a program is told
_CODES = {400: "malformed", 404: "not_found", 405: "method", 406: "not_acceptable", 413: "too_large", 415: "media_type"}


class ApiDispatcher(Dispatcher):
    """Leads requests to the interface: reads no form, and tells every failure as a problem, also those of Odoo's own
    layers (too large, a conflict that did not go away), which would be pages of HTML elsewhere.
    """

    routing_type = "finance_api"
    mimetypes = ("application/json",)

    @classmethod
    def is_compatible_with(cls, request):
        # what is read is decided with the key known
        return True

    def dispatch(self, endpoint, args):
        """Call the endpoint with the parts of the path alone."""
        self.request.params = dict(args)
        return self.request.registry["ir.http"]._dispatch(endpoint)

    def handle_error(self, exc):
        """:return: the answer to a request that failed outside of the controller"""
        problem = as_told(exc)
        headers = [
            ("Content-Type", MEDIA_TYPE),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            *problem.headers.items(),
        ]
        return self.request.make_response(problem.write(uuid.uuid4().hex), headers=headers, status=problem.status)


def as_told(exc):
    """:return: the problem that an exception is told as"""
    if isinstance(exc, Problem):
        return exc
    if isinstance(exc, psycopg2.OperationalError | ConcurrencyError):
        detail = "Others were changing the same. Repeat the request."
        return Problem("unavailable", detail, headers={"Retry-After": "1"})
    if isinstance(exc, AccessDenied):
        return Problem("not_allowed")
    if isinstance(exc, HTTPException) and exc.code in _CODES:
        return Problem(_CODES[exc.code])
    return Problem("internal", "Ask for it again later, naming the instance.")
