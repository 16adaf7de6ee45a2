"""Run the stand-in: ``python -m sandbox.timestamp``.

The control port takes:

    GET /               hashes that were witnessed, number of the last token, settings
    PUT /settings       {"refuse": true} and others, see sandbox.timestamp.authority.Authority
    PUT /chaos, DELETE /chaos, POST /refuse, POST /accept, POST /reset
"""

from __future__ import annotations

from typing import Any

from sandbox import stand
from sandbox.timestamp import Authority


def command(authority: Authority, method: str, path: str, body: Any) -> Any:
    """What happens at the authority."""
    match method, path:
        case "PUT", "/settings":
            authority.settings = dict(body)
            return authority.state()
    raise stand.unknown(method, path)


if __name__ == "__main__":
    options = stand.parser("timestamp", "A timestamp authority.").parse_args()
    raise SystemExit(stand.run("timestamp", options, Authority, command))
