"""Run the stand-in: ``python -m sandbox.neutral``.

The control port takes:

    GET /               acknowledgements, how often it has loaded, requests with their statuses
    PUT /settings       fields of sandbox.neutral.system.Receiver
    PUT /chaos, DELETE /chaos, POST /refuse, POST /accept, POST /reset
"""

from __future__ import annotations

from typing import Any

from sandbox import stand
from sandbox.neutral.system import Receiver


def command(receiver: Receiver, method: str, path: str, body: Any) -> Any:
    """What happens at the receiver."""
    match method, path:
        case "PUT", "/settings":
            return receiver.configure(body)
    raise stand.unknown(method, path)


if __name__ == "__main__":
    raise SystemExit(stand.run("neutral", stand.parser("neutral", "A receiver.").parse_args(), Receiver, command))
