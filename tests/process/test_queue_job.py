"""The glue for queue_job with its real runner: on a database and with an addons path of its own.

The add-on comes as a wheel from the package index; where it cannot be fetched, these tests are skipped.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from suite import database as databases
from suite import environment, odoo_source, peers, template
from suite.console import SuiteError
from tests.conftest import Database
from tests.process.queue_workers import Workers, assert_exactly_once
from tests.process.worker_farm import Farm

if TYPE_CHECKING:
    from tests.conftest import StartServer

MODULE = "finance_connector_queue_job"
WAITING = (
    "SELECT count(*) FROM queue_job WHERE identity_key = 'finance.dispatcher:1' AND state IN ('pending', 'enqueued')"
)


class WithPeers(environment.Ready):
    """The same Odoo, with the add-ons of others on its addons path."""

    @property
    def exports(self) -> dict[str, str]:
        exports = super().exports
        return {
            **exports,
            "ODOO_ADDONS_PATH": ",".join(map(str, (*environment.addons_path(), peers.ADDONS))),
            "PYTHONPATH": os.pathsep.join((exports["PYTHONPATH"], str(environment.paths.ROOT), str(peers.LIBRARIES))),
        }


@pytest.fixture(scope="module")
def origin(ready: environment.Ready, suite_template: str) -> Iterator[Database]:
    """The suite with queue_job and the glue, the glue's own tests passed."""
    try:
        peers.ensure(["queue_job"])
    except SuiteError as error:
        pytest.skip(str(error))
    assert odoo_source.locate()
    with_peers = WithPeers(ready.odoo, ready.server)
    name = f"{databases.PREFIX}test_{os.getpid()}_queue_job"
    template.copy(ready, suite_template, name)
    yield Database(name, with_peers)
    databases.drop(name, env=ready.env)


@pytest.fixture
def jobs(origin: Database, ready: environment.Ready, tmp_path: Path) -> Iterator[Workers]:
    """The queue of a database with the glue installed."""
    name = f"{origin.name}_copy"
    template.copy(ready, origin.name, name)
    database = replace(origin, name=name)
    database.query("UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' + interval '1 hour'")
    database.query("DELETE FROM ir_cron_trigger")
    workers = Workers(Farm(database, tmp_path))
    yield workers
    workers.farm.stop()
    databases.drop(name, env=ready.env)


def test_installs_itself_and_passes_its_own_tests(origin: Database) -> None:
    """Installing queue_job brings the glue (auto_install); its tests run inside Odoo."""
    log = f"install-{MODULE}"
    template.install(origin.ready, origin.name, ["queue_job"], "--test-tags", f"/{MODULE}", log=log)
    assert origin.value("SELECT state FROM ir_module_module WHERE name = %s", MODULE) == "installed"
    text = (environment.paths.LOGS / f"{log}.log").read_text()
    assert f"odoo.addons.{MODULE}.tests.test_jobs: Starting TestJobs" in text, "no test ran"
    assert " ERROR " not in text


def test_g11_real_runner_works_the_queue_while_the_scheduled_actions_sleep(
    jobs: Workers, start_server: StartServer
) -> None:
    """B-25, G-11: woken at once, in parallel, every effect once and in order; at most one job waits."""
    start_server(
        jobs.database,
        workers=3,
        cron_threads=1,
        env={"FINANCE_MIN_LEASE": "2", "ODOO_QUEUE_JOB_CHANNELS": "root:3,root.finance:3"},
        options=("--load", "base,web,queue_job"),
    )
    jobs.wait_for("SELECT count(*) > 0 FROM pg_stat_activity WHERE query LIKE '%%LISTEN queue_job%%'")
    jobs.fill(60, do="sleep", seconds=0.02)
    most = 0
    deadline = time.monotonic() + 60
    while jobs.open_count():
        assert time.monotonic() < deadline, jobs.states()
        most = max(most, jobs.database.value(WAITING))
        time.sleep(0.02)
    assert_exactly_once(jobs.database, 60)
    assert most <= 1, "at most one job of a number waits"
    assert jobs.database.value("SELECT count(*) FROM ir_cron_trigger") == 0, "no scheduled action was needed"
    assert jobs.database.value("SELECT count(*) FROM queue_job WHERE state = 'failed'") == 0
    assert jobs.database.value("SELECT count(DISTINCT pid) FROM finance_worker") > 1, "several jobs worked it"
