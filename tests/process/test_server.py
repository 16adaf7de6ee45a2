"""What the process tests stand on: servers that die and come back, on the shared and on an own PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import psycopg2
import pytest

if TYPE_CHECKING:
    from tests.conftest import Database, StartServer

OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


@pytest.mark.parametrize("workers", [0, 2])
def test_killed_server_leaves_no_connection_and_comes_back(
    workers: int, database: Database, odoo_server: StartServer
) -> None:
    first = odoo_server(workers=workers, cron_threads=1)
    first.kill()
    assert not first.is_running()
    assert settles(lambda: database.value(OTHERS) == 0)
    assert odoo_server().answers()


def test_a_script_that_fails_is_told_with_its_output(database: Database) -> None:
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        database.shell("print('begun', flush=True)\n1 / 0")


def test_a_copy_whose_fields_were_changed_has_its_own_models(database: Database) -> None:
    """Children of the nursery take over its models, but not those that are no longer true of their database."""
    asks = "print('x_told' in env['res.partner']._fields, env.cr.dbname)\n"
    assert f"False {database.name}" in database.shell(asks)
    database.shell(
        "env['ir.model.fields'].create({'name': 'x_told', 'ttype': 'char', 'state': 'manual',"
        " 'model_id': env.ref('base.model_res_partner').id})\nenv.cr.commit()\n"
    )
    assert f"True {database.name}" in database.shell(asks)


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_server_survives_a_restart_of_postgres(
    mode: str, restartable_database: Database, start_server: StartServer
) -> None:
    server = start_server(restartable_database, cron_threads=1)
    restartable_database.query("CREATE TABLE kept (id int)")
    restartable_database.query("INSERT INTO kept VALUES (1)")
    restartable_database.ready.server.restart(mode=mode)
    assert settles(lambda: restartable_database.value("SELECT count(*) FROM kept") == 1)
    assert settles(server.answers)
    assert server.is_running()


def settles(condition: Callable[[], bool], seconds: float = 60) -> bool:
    """Whether the condition comes true in time; a server that is still starting counts as not yet."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if condition():
                return True
        except psycopg2.OperationalError:
            pass
        time.sleep(0.1)
    return False
