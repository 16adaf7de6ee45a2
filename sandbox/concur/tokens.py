"""Concur's authorisation server: company tokens, refresh tokens that change, and where to call from now on."""

from __future__ import annotations

import json
from typing import Any

from sandbox.http.messages import Request, Response, as_json
from sandbox.http.oauth2 import AuthorisationServer, Family


class Tokens(AuthorisationServer):
    """Answers ``POST /oauth2/v0/token``. ``geolocation`` comes with every token; empty: it is left out."""

    def __init__(self) -> None:
        super().__init__()
        self.client_id, self.client_secret = "concur-app", "concur-secret"
        self.methods = ["post"]
        self.company_uuid = "070fde04-3e0c-4716-89fd-6026ae292ed0"
        #: good for one use
        self.request_token = "at-request-1"
        self.geolocation = ""

    def grant(self, family: Family | None = None, *, with_refresh: bool = True) -> dict[str, Any]:
        told = super().grant(family, with_refresh=with_refresh)
        # as text, and with what nobody asked for
        told |= {"expires_in": str(told["expires_in"]), "scope": "FISVC openid", "id_token": "e30.e30.e30"}
        return {**told, **({"geolocation": self.geolocation} if self.geolocation else {})}

    def token(self, request: Request) -> Response:
        form = request.form()
        if form.get("grant_type") != "password":
            return super().token(request)
        self.token_calls.append("password")
        fits = (form.get("username"), form.get("password")) == (self.company_uuid, self.request_token)
        if not self._is_client(request, form):
            response = as_json(401, {"code": 61, "error": "invalid_client", "error_description": "unknown client"})
        elif not fits or form.get("credtype") != "authtoken" or not self.request_token:
            response = as_json(400, {"code": 5, "error": "invalid_grant", "error_description": "Incorrect credentials"})
        else:
            self.request_token = ""
            response = as_json(200, self.grant())
        self.answers.append(json.loads(response.body).get("error", "granted"))
        return response
