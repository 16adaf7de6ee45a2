"""Run the stand-in: ``python -m sandbox.plaid``.

The control port takes:

    GET /             cursors that were asked for
    PUT /settings     fields of sandbox.plaid.system.Service
    POST /add         {"amount": "12.00", "day": ..., "text": ..., "pending": false, "replaces": ...}: positive goes out
    POST /modify      {"identity": ..., ...fields}; POST /remove {"identity": ...}
    POST /event       {"kind": "TRANSACTIONS.SYNC_UPDATES_AVAILABLE", "error": ""}: headers and body of a signed webhook
    POST /change-key  webhooks are signed with another key from now on
    PUT /chaos, DELETE /chaos, POST /refuse, POST /accept, POST /reset
"""

from __future__ import annotations

from typing import Any

from sandbox.aggregator import run
from sandbox.control import ControlError
from sandbox.plaid.system import PREFIX, Service


def command(service: Service, method: str, path: str, body: Any) -> Any:
    """What happens at the service."""
    match method, path:
        case "POST", "/add":
            return {"id": service.add(**body)}
        case "POST", "/modify":
            service.modify(**body)
        case "POST", "/event":
            return service.event(**body)
        case "POST", "/change-key":
            service.signer.change_key()
        case "POST", "/remove":
            service.remove(**body)
        case _:
            raise ControlError(f"no such command: {method} {path}")


if __name__ == "__main__":
    raise SystemExit(run("plaid", "Plaid's transactions.", PREFIX, Service, command))
