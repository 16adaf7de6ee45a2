"""Run the stand-in: ``python -m sandbox.concur``.

The control port takes, besides what every one does (sandbox.stand):

    GET /            documents with their states, what was said about them, token calls
    PUT /settings    fields of sandbox.concur.system.Concur or of its tokens
    POST /approve    {"name": ..., "revision": 1, "entries": [{"name": ..., "amount": ...}], ...}: a report is ready
    POST /recall     {"id": ...}: the processor takes a document back; says whether that was possible
    POST /event      {"id": ...}: headers and body of a delivery of the event service
    POST /image      {"id": ...}: there is an image under this id
    POST /grant, POST /expire, POST /revoke: tokens
"""

from __future__ import annotations

from typing import Any

from sandbox.concur.documents import entry, report
from sandbox.concur.system import IMAGE, Concur
from sandbox.stand import parser, run, unknown


def command(system: Concur, method: str, path: str, body: Any) -> Any:
    """What happens at Concur."""
    match method, path:
        case "PUT", "/settings":
            system.configure(body)
        case "POST", "/approve":
            entries = [entry(**one) for one in body.pop("entries")]
            return {"id": system.approve(report(body.pop("name"), *entries, **body))}
        case "POST", "/recall":
            return {"recalled": system.recall(body["id"])}
        case "POST", "/event":
            return system.event(body["id"])
        case "POST", "/image":
            system.images[body["id"]] = IMAGE
        case "POST", "/grant":
            return system.oauth.grant()
        case "POST", "/expire":
            system.oauth.expire_tokens()
        case "POST", "/revoke":
            system.oauth.revoke()
        case _:
            raise unknown(method, path)
    return None


if __name__ == "__main__":
    options = parser("concur", "SAP Concur.").parse_args()
    raise SystemExit(run("concur", options, Concur, command))
