"""Run the stand-in: ``python -m sandbox.anaplan``.

The control port takes:

    GET /               members, tasks, cells, requests with their statuses
    PUT /settings       fields of sandbox.anaplan.system.Platform, e.g. {"tokens": []}: all have ended
    POST /member        {"column": "Account", "members": ["G100"]}
    PUT /chaos, DELETE /chaos, POST /refuse, POST /accept, POST /reset
"""

from __future__ import annotations

from typing import Any

from sandbox import stand
from sandbox.anaplan.system import EXPORT, FILE, IMPORT, MODEL, PASSWORD, USER, WORKSPACE, Platform


def command(platform: Platform, method: str, path: str, body: Any) -> Any:
    """What happens at the platform."""
    match method, path:
        case "PUT", "/settings":
            return platform.configure(body)
        case "POST", "/member":
            return platform.know(body["column"], *body["members"])
    raise stand.unknown(method, path)


if __name__ == "__main__":
    options = stand.parser("anaplan", "Anaplan.").parse_args()
    ids = {"workspace": WORKSPACE, "model": MODEL, "file": FILE, "action": IMPORT, "export": EXPORT}
    raise SystemExit(stand.run("anaplan", options, Platform, command, user=USER, password=PASSWORD, **ids))
