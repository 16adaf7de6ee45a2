"""Run the stand-in: ``python -m sandbox.risk``.

``POST /holds`` announces a document, ``GET /holds/<correlation id>`` asks for the word about it, ``GET /holds`` lists
all, ``PUT /exposures`` takes open items. The control port takes, besides what every one does (sandbox.stand):

    GET /            what was announced, the words, the exposures
    PUT /settings    habits: fields of sandbox.risk.system.Risk
    PUT /words       correlation id -> word, decided later than it was asked
"""

from __future__ import annotations

from typing import Any

from sandbox.risk.system import Risk
from sandbox.stand import parser, run, unknown


def command(risk: Risk, method: str, path: str, body: Any) -> Any:
    """Somebody decides, or changes its habits."""
    if (method, path) == ("PUT", "/settings"):
        risk.configure(body)
    elif (method, path) == ("PUT", "/words"):
        risk.decide(body)
    else:
        raise unknown(method, path)


if __name__ == "__main__":
    options = parser("risk", "Releases or rejects documents before they are posted.").parse_args()
    raise SystemExit(run("risk", options, Risk, command))
