"""The part of the HTTP client that clients of platforms need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from odoo.addons.finance_connector_base.transports.http_endpoint import Answer


class Caller(Protocol):
    """Makes calls, see ``finance_connector_base/transports/http.py``."""

    def request(self, method: str, path: str = "", **options: Any) -> Answer:
        """Make one call; a status that is not expected is an error."""
        ...


class Nobody:
    """Proves nothing: for addresses that say by themselves who may read them."""

    def headers(self) -> Mapping[str, str]:
        """:return: no header"""
        return {}

    def renew(self) -> bool:
        """:return: False, there is nothing to renew"""
        return False
