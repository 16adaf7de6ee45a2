"""Run the stand-in: ``python -m sandbox.http``.

The ready line gives a port for plain HTTP, one for each kind of TLS, the authority's certificate and a client
certificate. The control port takes, besides what
every one does (sandbox.stand):

    GET /            what was asked for, and what came of it
    PUT /system      set fields of System or AuthorisationServer, e.g. {"needs_token": true, "items": [1, 2]}
    POST /grant      a pair of tokens as after a login
    POST /expire     all access tokens are over; POST /revoke: refresh tokens too
"""

from __future__ import annotations

from typing import Any

from sandbox.http.certificates import KINDS
from sandbox.http.system import System
from sandbox.stand import parser, run, unknown


def command(system: System, method: str, path: str, body: Any) -> Any:
    """What happens at the system."""
    match method, path:
        case "PUT", "/system":
            system.configure(body)
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
    options = parser("http", "A REST system that misbehaves.").parse_args()
    raise SystemExit(run("http", options, System, command, kinds=KINDS))
