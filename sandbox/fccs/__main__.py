"""Run the stand-in: ``python -m sandbox.fccs``.

The control port takes:

    GET /               members, files, jobs, cells, requests with their statuses
    PUT /settings       fields of sandbox.fccs.system.Platform
    POST /member        {"dimension": "Account", "members": ["G100"]}
    PUT /chaos, DELETE /chaos, POST /refuse, POST /accept, POST /reset
"""

from __future__ import annotations

from typing import Any

from sandbox import stand
from sandbox.fccs.system import APPLICATION, CUBE, PASSWORD, RULE, USER, Platform


def command(platform: Platform, method: str, path: str, body: Any) -> Any:
    """What happens at the platform."""
    match method, path:
        case "PUT", "/settings":
            return platform.configure(body)
        case "POST", "/member":
            return platform.know(body["dimension"], *body["members"])
    raise stand.unknown(method, path)


if __name__ == "__main__":
    options = stand.parser("fccs", "Oracle FCCS.").parse_args()
    facts = {"user": USER, "password": PASSWORD, "application": APPLICATION, "cube": CUBE, "rule": RULE}
    raise SystemExit(stand.run("fccs", options, Platform, command, **facts))
