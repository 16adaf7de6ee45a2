"""Scheduled actions rest when there is nothing to do: none of them calls itself again and again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from .console import require
from .server import Server

START = re.compile(r"^(\S+ [\d:]+),\d+ .* odoo\.addons\.base\.models\.ir_cron: Job '([^']*)' .*starting", re.MULTILINE)
#: an action that calls itself runs some hundreds of times a minute
MOST_A_MINUTE = 150


def verify(server: Server) -> Iterator[str]:
    """Look at the last minute of the server's log: nobody brought anything for most of it."""
    runs = [(datetime.fromisoformat(at), name) for at, name in START.findall(server.log_text())]
    require(bool(runs), "no scheduled action ran at all")
    since = max(at for at, _name in runs) - timedelta(minutes=1)
    [(name, most), *_others] = Counter(name for at, name in runs if at >= since).most_common(1)
    require(most <= MOST_A_MINUTE, f"{name!r} ran {most} times in the last minute: does it call itself?")
    yield f"no scheduled action ran more often than {most} times in the last minute"
