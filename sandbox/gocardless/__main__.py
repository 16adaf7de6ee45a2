"""Run the stand-in: ``python -m sandbox.gocardless``.

The control port takes:

    GET /             calls of the token address, calls of accounts, requisitions
    PUT /settings     fields of sandbox.gocardless.system.Service or of its bank
    POST /account, /book, /announce, /settle    the books, see sandbox.berlingroup
    POST /end-tokens  all access tokens are over; POST /end-consents {"status": "EX"}; POST /new-day
    PUT /chaos, DELETE /chaos, POST /refuse, POST /accept, POST /reset
"""

from __future__ import annotations

from typing import Any

from sandbox.aggregator import run
from sandbox.control import ControlError
from sandbox.gocardless.system import PREFIX, Service


def command(service: Service, method: str, path: str, body: Any) -> Any:
    """What happens at the service."""
    match method, path:
        case "POST", "/end-tokens":
            service.end_tokens()
        case "POST", "/end-consents":
            service.end_consents(**body)
        case "POST", "/new-day":
            service.new_day()
        case _:
            raise ControlError(f"no such command: {method} {path}")


if __name__ == "__main__":
    raise SystemExit(run("gocardless", "GoCardless Bank Account Data.", PREFIX, Service, command))
