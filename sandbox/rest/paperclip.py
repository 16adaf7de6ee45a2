"""Paperclip Billing: the system of docs/adding-a-system.md, which exists here only.

python -m sandbox.rest.paperclip
"""

from __future__ import annotations

import threading
from typing import Any

from sandbox.http.messages import Request, Response
from sandbox.rest.base import RestSystem, Running, route, said

KEY = "paperclip-key-0001"


class Paperclip(RestSystem):
    """Bills, three in a page, with money in cents."""

    def __init__(self) -> None:
        super().__init__()
        self.bills: dict[str, dict[str, Any]] = {}

    def bill(self, number: str, net: int, state: str = "open") -> None:
        """A bill of one line with ten per cent of tax is written, or changes."""
        now = self.now()
        self.bills[number] = {
            "number": number,
            "state": state,
            "issued": now.date().isoformat(),
            "paid": now.date().isoformat() if state == "paid" else None,
            "changed": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "currency": "EUR",
            "customer": {"id": "C1", "name": "Acme"},
            "total": net + net // 10,
            "items": [{"text": "Clips", "net": net, "tax": "full"}],
        }

    def lets_in(self, request: Request) -> Response | None:
        return None if request.headers.get("x-api-key") == KEY else said({"error": "who are you?"}, 401)

    @route("GET", "/main/v1/me")
    def _me(self, request: Request) -> Response:
        return said({"name": "Paperclip"})

    @route("GET", "/main/v1/bills")
    def _bills(self, request: Request) -> Response:
        rows = sorted(self.bills.values(), key=lambda bill: bill["changed"])
        rows = [bill for bill in rows if bill["changed"] >= request.query.get("since", "")]
        begin = int(request.query.get("after", "0"))
        return said({"bills": rows[begin : begin + 3], "next": str(begin + 3) if begin + 3 < len(rows) else None})


def main() -> None:
    """Serve some bills until somebody presses Ctrl-C."""
    with Running(Paperclip()) as running:
        for number in range(1, 6):
            running.system.bill(f"P-{number}", number * 1000, "paid" if number % 2 else "open")
        print(f"{running.url}  secret token: {KEY}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
