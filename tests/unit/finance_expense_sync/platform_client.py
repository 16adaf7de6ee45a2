"""The suite's HTTP client before a stand-in that runs in this process."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

from odoo.addons.finance_connector_base.transports.http import Authorization, Client, Endpoint


class Rotating:
    """An authorisation that gets its tokens from a stand-in, and a new one after a refusal."""

    def __init__(self, grant: Any) -> None:
        self._grant = grant
        self._token = grant()["access_token"]

    def headers(self) -> dict[str, str]:
        """:return: the header of the next call"""
        return {"Authorization": f"Bearer {self._token}"}

    def renew(self) -> bool:
        """:return: True, there always is another one"""
        self._token = self._grant()["access_token"]
        return True


def client(url: str, authorization: Authorization | None = None) -> Client:
    """:return: a client that may call this machine without encryption"""
    endpoint = Endpoint(base_url=url, networks=(ip_network("127.0.0.0/8"),), allow_plain=True)
    return Client(endpoint, authorization=authorization)
