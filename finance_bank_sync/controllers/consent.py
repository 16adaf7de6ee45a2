from werkzeug.exceptions import NotFound

from odoo.http import Controller, request, route

from odoo.addons.finance_connector_base.const import ADMIN

from ..models.finance_bank_consent import RETURN, SESSION


class ConsentController(Controller):
    """Where a person comes back to from the bank, with a yes or a no."""

    @route(RETURN, type="http", auth="user", methods=["GET"], readonly=False)
    def come_back(self, **answer):
        """Ask the bank what became of the consent; nothing of the address decides that."""
        if not request.env.user.has_group(ADMIN):
            raise NotFound()
        given = {name: value for name, value in answer.items() if isinstance(value, str) and len(value) <= 4096}
        in_session = dict(request.session.get(SESSION) or {})
        consent, why = request.env["finance.bank.consent"]._come_back(given, in_session)
        if consent:
            in_session.pop(str(consent.id), None)
            request.session[SESSION] = in_session
        path = "/odoo/finance-connections"
        back = f"{path}/{consent.connection_id.id}" if consent else path
        if why is None:
            response = request.redirect(back, code=303)
        else:
            response = request.render("finance_bank_sync.consent_failed", {"why": why, "back": back}, status=400)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response
