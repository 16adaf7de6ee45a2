"""`make demo`: a running Odoo with the suite, demo data and the outside world that it talks to."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from . import bank_day, database, environment, expense_day, outside, shared_services_day, template
from .console import Steps, SuiteError, say, tail
from .environment import Ready
from .rpc import Client
from .server import Server, free_port
from .stamp import lock

DATABASE = f"{database.PREFIX}demo"
LOGIN = PASSWORD = "admin"
USUAL_PORT = 8069

# One process whose threads serve pages and run scheduled actions: live updates need no second port.
OPTIONS = ("--limit-time-real-cron", "0", "--limit-time-real", "600")
CRON_THREADS = 4

TOUR = """
  Odoo is running at  {url}
  Log in as           {login} / {password}

  1. Switch to the company Kestrel Trading (top right), open Finance Integration: the bank's connection and its health.
  2. Bank > Received Statements: proved by their own balances, posted, reconciled; Bank > To Reconcile: what is left.
  3. Exceptions: link the unknown account to the journal "Reserve account" and watch its statement go on by itself.

  4. Bank > Orders, as releaser / releaser: release what is approved. Within a minute the bank has carried it out,
     and its report says where every payment stands.

  5. In the company Kestrel Consulting, Expenses > Expense Reports: what the platform has approved is booked; what
     waits says why. The hotel needs a mapping, the dinner a decision, one employee is not known yet.

  6. In the company Heron Services, Expenses > Cards: a charge that its claim, the ledger and the bank agree on,
     one that nobody has claimed, one whose cardholder is not known.

  Ctrl-C stops it. `make demo` starts it again with its data, `make clean` removes everything.
"""


def run(arguments: list[str]) -> int:
    """A running Odoo with the suite and demo data, until Ctrl-C."""
    steps = Steps(environment.STEPS + 3)
    ready = environment.ensure(steps)
    with steps.step("Demo database"):
        prepare(ready)
    with ExitStack() as stack:
        with steps.step("Starting Odoo and its neighbours"):
            running = stack.enter_context(start(ready, DATABASE, port=_port()))
            server = running.server
        with steps.step("The bank drops its statements, scheduled actions fetch them"):
            client = Client(server.url, DATABASE, LOGIN, PASSWORD)
            if not expense_day.is_played(running.world):
                expense_day.play(client, running.world)
                shared_services_day.play(client, running.world)
            if not bank_day.is_played(running.world):
                bank_day.settle(client, bank_day.play(ready, client, running.world))
        say(TOUR.format(url=server.url, login=LOGIN, password=PASSWORD))
        try:
            code = server.process.wait()
        except KeyboardInterrupt:
            say("\nStopping ...")
            return 0
    raise SuiteError(f"Odoo stopped by itself (code {code}). The end of {server.log}:\n{tail(server.log)}")


@dataclass(frozen=True)
class Running:
    server: Server
    world: outside.World


@contextmanager
def start(ready: Ready, name: str, *, port: int | None = None) -> Iterator[Running]:
    """The stand-ins of the outside world, then Odoo."""
    with outside.world(ready, name) as world:
        server = Server(ready, name, cron_threads=CRON_THREADS, port=port, env=world.env, options=OPTIONS)
        try:
            yield Running(server.wait(), world)
        finally:
            server.stop()


def prepare(ready: Ready) -> None:
    """Make the demo database, or bring the one that is there up to date with the files.

    Where the modules themselves are others than those it was made with, it is made anew: an update brings no demo data
    of modules that it installs.
    """
    state = template.suite_key(ready, demo=True)
    is_there = database.exists(DATABASE, ready.env)
    if is_there and _state(ready) != state and _installed(ready) != set(template.suite_modules(demo=True)):
        say("      the suite has other modules than the demo database: making it anew ...")
        is_there = False
    if not is_there:
        # what the bank and the platforms keep for it is of the one before
        shutil.rmtree(outside.HOME / DATABASE, ignore_errors=True)
        template.copy(ready, template.suite(ready, demo=True), DATABASE)
    elif _state(ready) != state:
        say("      the suite's files have changed: updating ...")
        modules = template.suite_modules(demo=True)
        with lock("template"):
            template.install(ready, DATABASE, modules, "-u", ",".join(modules), log="update-demo")
    database.query(f"COMMENT ON DATABASE \"{DATABASE}\" IS '{state}'", ready.env)


def _state(ready: Ready) -> str:
    sql = f"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{DATABASE}'"
    return database.query(sql, ready.env)


def _installed(ready: Ready) -> set[str]:
    """:return: the suite's modules in the demo database"""
    sql = "SELECT name FROM ir_module_module WHERE state = 'installed' AND name LIKE 'finance%'"
    return set(database.query(sql, ready.env, DATABASE).split())


def _port() -> int:
    """Odoo's usual port where it is free, so that bookmarks work."""
    wanted = int(os.environ.get("FIN_PORT", USUAL_PORT))
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            return free_port()
    return wanted
