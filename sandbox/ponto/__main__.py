"""Run the stand-in: ``python -m sandbox.ponto``.

The control port takes:

    GET /             requests with their statuses, synchronisations, calls of the token address
    PUT /settings     fields of sandbox.ponto.system.Service or of its bank
    POST /account, /book, /announce, /settle    the books, see sandbox.berlingroup
    POST /fall-behind what is booked from now on is known after a synchronisation only
    POST /event       {"kind": "account.transactionsCreated", "iban": ...}: headers and body of a signed webhook
    POST /change-key  webhooks are signed with another key from now on
    POST /grant       a pair of tokens as after a login
    PUT /chaos, DELETE /chaos, POST /refuse, POST /accept, POST /reset
"""

from __future__ import annotations

from typing import Any

from sandbox.aggregator import run
from sandbox.control import ControlError
from sandbox.ponto.system import PREFIX, Service


def command(service: Service, method: str, path: str, body: Any) -> Any:
    """What happens at the service."""
    match method, path:
        case "POST", "/fall-behind":
            service.fall_behind()
        case "POST", "/event":
            return service.event(**body)
        case "POST", "/change-key":
            service.signer.change_key()
        case "POST", "/grant":
            return service.bank.oauth.grant()
        case _:
            raise ControlError(f"no such command: {method} {path}")


if __name__ == "__main__":
    raise SystemExit(run("ponto", "Ponto Connect.", PREFIX, Service, command))
