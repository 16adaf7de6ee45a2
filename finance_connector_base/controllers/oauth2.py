from werkzeug.exceptions import NotFound

from odoo.http import Controller, request, route

from ..const import ADMIN
from ..models.finance_oauth2_request import SESSION


class Oauth2Controller(Controller):
    """Where a person comes back to after having said yes (or no) at the other side."""

    @route("/finance/oauth2/callback", type="http", auth="user", methods=["GET"], readonly=False)
    def callback(self, **answer):
        """Use the answer and go to the connection; nothing of the answer decides where to."""
        if not request.env.user.has_group(ADMIN):
            raise NotFound()
        given = {name: answer.get(name) or "" for name in ("state", "code", "error", "iss")}
        in_session = dict(request.session.get(SESSION) or {})
        connection, error = request.env["finance.oauth2.request"]._finish(given, in_session)
        if connection:
            in_session.pop(str(connection.id), None)
            request.session[SESSION] = in_session
        if error is None:
            response = request.redirect(self._form(connection), code=303)
        else:
            response = request.render(
                "finance_connector_base.oauth2_failed",
                {"why": error.detail, "back": self._form(connection)},
                status=400,
            )
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    def _form(self, connection):
        path = "/odoo/finance-connections"
        return f"{path}/{connection.id}" if connection else path
