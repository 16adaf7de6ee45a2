"""Run the stand-in: ``python -m sandbox.expensify``.

The control port takes, besides what every one does (sandbox.stand):

    GET /            reports with states and labels, jobs, workspaces
    PUT /settings    fields of sandbox.expensify.system.Expensify
    POST /report     {"identity": ..., "expenses": [{"identity": ..., "cents": 1050}], ...}: a report is what it is now
    POST /unmark     {"id": ...}: it may be exported once more
"""

from __future__ import annotations

from typing import Any

from sandbox.expensify.books import expense, report
from sandbox.expensify.system import Expensify
from sandbox.stand import parser, run, unknown


def command(system: Expensify, method: str, path: str, body: Any) -> Any:
    """What happens at Expensify."""
    match method, path:
        case "PUT", "/settings":
            system.configure(body)
        case "POST", "/report":
            expenses = [expense(**one) for one in body.pop("expenses")]
            return {"id": system.put(report(body.pop("identity"), *expenses, **body))}
        case "POST", "/unmark":
            system.unmark(body["id"])
        case _:
            raise unknown(method, path)
    return None


if __name__ == "__main__":
    options = parser("expensify", "Expensify's Integration Server.").parse_args()
    raise SystemExit(run("expensify", options, Expensify, command))
