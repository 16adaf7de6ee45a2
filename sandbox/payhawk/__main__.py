"""Run the stand-in: ``python -m sandbox.payhawk``.

The control port takes:

    GET /               expenses, notes on them, coding lists, requests with their statuses
    PUT /settings       fields of sandbox.payhawk.system.Platform, of its limit or its files
    POST /expense       an expense; fields of ours beside those of the example
    PUT /expense        {"id": ..., changes}
    POST /user, /team, /list   {"name": list, "rows": [...]}
    POST /event         {"kind": "expense.approved", "id": ..., "path": "/finance/webhook/..."}: headers and body
    POST /change-key    webhooks are signed with another key from now on
    PUT /chaos, DELETE /chaos, POST /refuse, POST /accept, POST /reset
"""

from __future__ import annotations

from typing import Any

from sandbox import stand
from sandbox.payhawk.system import ACCOUNT, PREFIX, Platform


def command(platform: Platform, method: str, path: str, body: Any) -> Any:
    """What happens at the platform."""
    match method, path:
        case "PUT", "/settings":
            return platform.configure(body)
        case "POST", "/expense":
            return platform.add_expense(**body)
        case "PUT", "/expense":
            return platform.change(**body)
        case "POST", "/user":
            return platform.lists.add("users", body)
        case "POST", "/team":
            return platform.lists.add("teams", body)
        case "POST", "/list":
            return platform.lists.fill(**body)
        case "POST", "/event":
            return platform.event(**body)
        case "POST", "/change-key":
            return platform.change_key()
    raise stand.unknown(method, path)


if __name__ == "__main__":
    options = stand.parser("payhawk", "Payhawk.").parse_args()
    raise SystemExit(stand.run("payhawk", options, Platform, command, prefix=PREFIX, account=ACCOUNT))
