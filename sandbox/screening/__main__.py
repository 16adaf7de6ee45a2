"""Run the stand-in: ``python -m sandbox.screening``.

``POST /verdicts`` takes a question about payments and answers with a verdict (screening) or a result for each payee.
The control port takes, besides what every one does (sandbox.stand):

    GET /            what was asked, and what was answered
    PUT /settings    fields of sandbox.screening.system.Screening
"""

from __future__ import annotations

from typing import Any

from sandbox.screening.system import Screening
from sandbox.stand import parser, run, unknown


def command(screening: Screening, method: str, path: str, body: Any) -> Any:
    """Somebody changes its lists or its habits."""
    if (method, path) != ("PUT", "/settings"):
        raise unknown(method, path)
    screening.configure(body)


if __name__ == "__main__":
    options = parser("screening", "Screens payments and verifies payees.").parse_args()
    raise SystemExit(run("screening", options, Screening, command))
