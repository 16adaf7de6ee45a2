"""Run the stand-in: ``python -m sandbox.events``.

One process is any number of receivers: ``/<name>`` is the address of one. The control port takes,
besides what every one does (sandbox.stand):

    GET /             what each receiver has: events in the order of their arrival, and what was refused
    PUT /receivers    {name: {"secrets": [...]}}: what its deliveries are signed with; any of them is good
"""

from __future__ import annotations

from typing import Any

from sandbox.events.receiver import Receivers
from sandbox.stand import parser, run, unknown


def command(receivers: Receivers, method: str, path: str, body: Any) -> Any:
    """What happens at the receivers."""
    if (method, path) != ("PUT", "/receivers"):
        raise unknown(method, path)
    receivers.configure(body)


if __name__ == "__main__":
    raise SystemExit(run("events", parser("events", "Receivers of events.").parse_args(), Receivers, command))
