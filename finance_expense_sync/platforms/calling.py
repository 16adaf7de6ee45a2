"""The part of the HTTP client that clients of platforms need."""

from __future__ import annotations

from typing import Any, Protocol

from odoo.addons.finance_connector_base.transports.http_endpoint import Answer


class Caller(Protocol):
    """Makes calls, see ``finance_connector_base/transports/http.py``."""

    def request(self, method: str, path: str = "", **options: Any) -> Answer:
        """Make one call; a status that is not expected is an error."""
        ...
