"""Run the stand-in: ``python -m sandbox.sapgr``.

The control port takes:

    GET /               lines, tasks with their logs, requests with their statuses
    PUT /settings       fields of sandbox.sapgr.system.Sap
    POST /upload        {"content": text}: a person uploads a file in the app; what its task log says
    PUT /chaos, DELETE /chaos, POST /refuse, POST /accept, POST /reset
"""

from __future__ import annotations

from typing import Any

from sandbox import stand
from sandbox.sapgr.system import PASSWORD, USER, Sap


def command(system: Sap, method: str, path: str, body: Any) -> Any:
    """What happens in SAP."""
    match method, path:
        case "PUT", "/settings":
            return system.configure(body)
        case "POST", "/upload":
            return system.upload(body["content"].encode())
    raise stand.unknown(method, path)


if __name__ == "__main__":
    options = stand.parser("sapgr", "SAP Group Reporting.").parse_args()
    raise SystemExit(stand.run("sapgr", options, Sap, command, user=USER, password=PASSWORD))
