"""The fixtures of the process tests themselves: real servers that can be killed and come back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from suite.server import Server

if TYPE_CHECKING:
    from tests.conftest import Database


def test_killed_server_leaves_no_connection_and_comes_back(
    database: Database, odoo_server: Callable[..., Server]
) -> None:
    first = odoo_server(workers=2, cron_threads=1)
    first.kill()
    assert not first.is_running()
    connections = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    assert _settles(lambda: database.value(connections) == 0)
    assert odoo_server().answers()


def _settles(condition: Callable[[], bool], seconds: float = 10) -> bool:
    import time

    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False
