from contextlib import suppress

from ..engine.errors import FinanceError
from ..transports.oauth2 import Tokens
from .system_case import SystemCase


class Oauth2Case(SystemCase):
    """Connections that log in by OAuth 2.0 at the sandbox's authorisation server."""

    def setUp(self):
        super().setUp()
        self.configure(needs_token=True)
        self.tokens = self.env["finance.oauth2.token"]

    def configure(self, **values):
        self.system.control("PUT", "/system", values)

    def spoil(self, mode, **values):
        self.misbehave(path="/token", mode=mode, **values)

    def calls(self):
        """:return: the grants that the token address was asked for"""
        return self.system.control("GET")["token_calls"]

    def oauth_connection(self, auth="client_credentials", kind="plain", **values):
        base = self.address(kind)
        connection = self.http_connection(
            kind,
            **{
                "http_auth": auth,
                "oauth_address": f"{base}/token",
                "oauth_page": f"{base}/authorize",
                "oauth_client": "odoo",
                **values,
            },
        )
        self.env["finance.secret"]._put(connection, "client_secret", "sandbox-secret")
        self.env.flush_all()
        return connection

    def authorised(self, **values):
        """:return: a connection that a person has authorised"""
        connection = self.oauth_connection("authorization_code", **values)
        self.give(connection)
        return connection

    def give(self, connection):
        told = self.system.control("POST", "/grant")
        given = Tokens(access=told["access_token"], refresh=told["refresh_token"], lifetime=told["expires_in"])
        self.env["finance.oauth2.request"]._kept(connection, self.env.user, given)
        self.env["finance.oauth2.request"]._told(connection, self.env.user)
        self.env.flush_all()

    def age(self, connection, seconds=3600):
        """Let so much time pass for the connection's tokens."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE finance_oauth2_token SET obtained_at = obtained_at - %(s)s * interval '1 s',"
            " expires_at = expires_at - %(s)s * interval '1 s', retry_at = retry_at - %(s)s * interval '1 s'"
            " WHERE connection_id = %(c)s",
            {"s": seconds, "c": connection.id},
        )
        self.env.invalidate_all()

    def get(self, connection, path="items"):
        """Call as an adapter does; :return: the answer as JSON"""
        with self.enter_registry_test_mode(), connection._http() as client:
            return client.get(path).json()

    def refusal(self, connection, kind=FinanceError):
        """:return: the error that a call ends with"""
        # assertRaises would undo what the renewal has committed
        try:
            self.get(connection)
        except kind as error:
            return error
        raise AssertionError("the call went through")

    def tried(self, connection):
        with suppress(FinanceError):
            self.get(connection)

    def token_of(self, connection):
        self.env.invalidate_all()
        return self.tokens.search([("connection_id", "=", connection.id)])
