"""Fixtures for tests on real processes (tests/process, tests/browser).

Databases are copies of the suite template, dropped after the test; servers are real ones on free
ports, killed after the test.
"""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import psycopg2
import psycopg2.extensions
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

from suite import database as databases
from suite import environment, template
from suite.console import tail
from suite.nursery import Nursery, Process, launch
from suite.server import Server

StartServer: TypeAlias = Callable[..., Server]

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Database:
    """A throw-away database with the suite installed."""

    name: str
    ready: environment.Ready
    #: what its servers and shells are forked from; without one each of them is a program of its own
    nursery: Nursery | None = None

    @contextmanager
    def connect(self) -> Iterator[psycopg2.extensions.connection]:
        """A connection of its own, in autocommit."""
        address = self.ready.server.env
        connection = psycopg2.connect(
            dbname=self.name,
            host=address.get("PGHOST"),
            port=address.get("PGPORT"),
            user=address.get("PGUSER"),
            password=address.get("PGPASSWORD"),
        )
        connection.autocommit = True
        try:
            yield connection
        finally:
            connection.close()

    def query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Run one statement; the rows, or an empty list."""
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(sql, parameters or None)
            return cursor.fetchall() if cursor.description else []

    def value(self, sql: str, *parameters: Any) -> Any:
        """The single value of a query."""
        [[value]] = self.query(sql, *parameters)
        return value

    def shell(self, script: str) -> str:
        """Run a script in Odoo's shell (`env` is there; commit in the script); what it printed.

        Beside a running server it may meet a scheduled action at the same rows, and fails: run it before.
        """
        log = environment.paths.LOGS / f"shell-{self.name}.log"
        process = self.start_shell(script, log)
        try:
            code = process.wait()
        except BaseException:
            process.terminate()
            raise
        assert code == 0, f"The script failed in Odoo's shell:\n{tail(log)}"
        return log.read_text()

    def start_shell(
        self, script: str, log: Path, *, options: tuple[str, ...] = (), env: Mapping[str, str] | None = None
    ) -> Process:
        """The same, not waited for; what it prints goes to the file."""
        with log.open("wb") as output:
            return launch(
                self.ready,
                ("shell", "-d", self.name, "--no-http", *options),
                output=output,
                env=env,
                given=script.encode(),
                nursery=self.nursery,
            )


@pytest.fixture(scope="session")
def ready() -> environment.Ready:
    """Odoo, Python packages and database server."""
    return environment.ensure_quietly()


@pytest.fixture(scope="session")
def suite_template(ready: environment.Ready) -> str:
    return os.environ.get("FIN_TEMPLATE") or template.suite(ready)


@pytest.fixture(scope="session")
def nursery(ready: environment.Ready, suite_template: str) -> Iterator[Nursery]:
    """An Odoo with the suite's modules loaded, which servers and shells are forked from."""
    nursery = Nursery(ready, suite_template)
    yield nursery
    nursery.stop()


@pytest.fixture
def database(ready: environment.Ready, suite_template: str, nursery: Nursery) -> Iterator[Database]:
    """A fresh copy of the suite template."""
    with _copy(ready, suite_template, nursery) as copy:
        yield copy


@pytest.fixture
def other_database(ready: environment.Ready, suite_template: str, nursery: Nursery) -> Iterator[Database]:
    """A second copy, for what two databases do with each other."""
    with _copy(ready, suite_template, nursery) as copy:
        yield copy


@pytest.fixture
def bare_database(ready: environment.Ready) -> Iterator[Database]:
    """A fresh copy of the base template: Odoo with accounting, nothing of the suite."""
    with _copy(ready, template.base(ready)) as copy:
        yield copy


@pytest.fixture
def odoo_server(start_server: StartServer, database: Database) -> StartServer:
    """Start servers on the test's database: `odoo_server(workers=2, cron_threads=1, env={...})`."""
    return partial(start_server, database)


@pytest.fixture
def start_server(request: pytest.FixtureRequest) -> Iterator[StartServer]:
    """Start servers on any database; they are killed after the test, their logs stay in .run/logs."""
    servers: list[Server] = []

    def start(database: Database, *, wait: bool = True, **options: Any) -> Server:
        log = environment.paths.LOGS / f"{request.node.name}-{len(servers) + 1}.log"
        log.unlink(missing_ok=True)
        server = Server(database.ready, database.name, log=log, nursery=database.nursery, **options)
        servers.append(server)
        return server.wait() if wait else server

    yield start
    for server in servers:
        server.kill()


@pytest.fixture(scope="session")
def restartable_postgres(ready: environment.Ready, suite_template: str) -> Iterator[environment.Ready]:
    """A PostgreSQL of the test's own, with the suite template in it.

    `restartable_postgres.server.restart(mode="immediate")` is a crash with recovery: unlike the
    shared server, this one keeps what was committed.
    """
    server = databases.Embedded(databases.RESTARTABLE, {"synchronous_commit": "on", "full_page_writes": "on"})
    server.stop(remove=True)
    server.ensure()
    databases.transfer(suite_template, ready.server.env, server.env)
    yield environment.Ready(ready.odoo, server)
    server.stop(remove=True)


@pytest.fixture
def restartable_database(
    restartable_postgres: environment.Ready, suite_template: str, nursery: Nursery
) -> Iterator[Database]:
    """A fresh copy of the suite template on `restartable_postgres`."""
    with _copy(restartable_postgres, suite_template, nursery) as copy:
        yield copy


@contextmanager
def _copy(ready: environment.Ready, origin: str, nursery: Nursery | None = None) -> Iterator[Database]:
    name = f"{databases.PREFIX}test_{os.getpid()}_{next(_numbers)}"
    template.copy(ready, origin, name)
    yield Database(name, ready, nursery)
    databases.drop(name, env=ready.env)
