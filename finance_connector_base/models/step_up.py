"""A decision of weight needs the person: at the screen, with the password entered just now."""

from functools import wraps

from odoo.exceptions import AccessError
from odoo.http import request

from odoo.addons.base.models.res_users import check_identity


def step_up(method):
    """Ask for the password before a private method of a button runs; EXTENDS Odoo's ``check_identity``.

    Odoo asks again when the last check of the session is older than ten minutes. Besides, the call has
    to come from the web client with a session of the very user: a program with an API key, JSON-2, XML-RPC
    or somebody else's session decides nothing, also not with the password at hand.

    The method may be called twice (before and after the password was entered), so it checks by itself
    whether there is still something to decide.

    :raise AccessError: it is not a person at the screen who asks
    """
    asks = check_identity(method)

    @wraps(asks)
    def checked(self, *args, **kwargs):
        if request:
            _check_person(self.env)
        return asks(self, *args, **kwargs)

    return checked


def _check_person(env):
    call = request.httprequest
    if (
        request.session.uid != env.uid
        or "Authorization" in call.headers
        # the web client's own calls; /json/2, /jsonrpc and /xmlrpc lie elsewhere
        or not call.path.startswith("/web/")
    ):
        raise AccessError(env._("This is decided by a person who is logged in, not by a program. Use the button."))
