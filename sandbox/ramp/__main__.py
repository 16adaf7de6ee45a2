"""Run the stand-in: ``python -m sandbox.ramp``.

The control port takes:

    GET /               objects, syncs, coding lists, requests with their statuses, calls of the token address
    PUT /settings       fields of sandbox.ramp.system.Platform, of its limit, its files or its authorisation server
    POST /transaction   a card transaction; fields of ours beside those of the example
    POST /reimbursement the same for money of an employee
    PUT /object         {"kind": "transactions", "id": ..., changes}
    POST /user, /department
    POST /event         {"kind": "transactions.ready_to_sync", "id": ...}: headers and body of a signed webhook
    POST /verification  {"webhook": id}: headers and body of the first delivery of a webhook, with its challenge
    POST /expire-tokens access tokens are over at once
    PUT /chaos, DELETE /chaos, POST /refuse, POST /accept, POST /reset
"""

from __future__ import annotations

from typing import Any

from sandbox import stand
from sandbox.ramp.system import PREFIX, Platform


def command(platform: Platform, method: str, path: str, body: Any) -> Any:
    """What happens at the platform."""
    match method, path:
        case "PUT", "/settings":
            return platform.configure(body)
        case "POST", "/transaction":
            return platform.add_transaction(**body)
        case "POST", "/reimbursement":
            return platform.add_reimbursement(**body)
        case "PUT", "/object":
            return platform.change(**body)
        case "POST", "/user":
            return platform.add_user(**body)
        case "POST", "/department":
            return platform.add_department(**body)
        case "POST", "/event":
            return platform.event(**body)
        case "POST", "/verification":
            return platform.verification(**body)
        case "POST", "/expire-tokens":
            return platform.oauth.expire_tokens()
    raise stand.unknown(method, path)


if __name__ == "__main__":
    options = stand.parser("ramp", "Ramp.").parse_args()
    raise SystemExit(stand.run("ramp", options, Platform, command, prefix=PREFIX))
