"""`make demo-check`: what `make demo` shows, verified without a person."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack

from . import (
    bank_day,
    database,
    demo,
    environment,
    expense_day,
    firm_lists,
    firm_reporting,
    group_close,
    idle,
    outside,
    shared_services_day,
    template,
)
from .console import Steps, require, say
from .rpc import Client


def run(arguments: list[str]) -> int:
    """The demo without a person: verifies the result and prints what it verified."""
    steps = Steps(environment.STEPS + 4)
    ready = environment.ensure(steps)
    name = f"{database.PREFIX}test_{os.getpid()}_demo"
    with steps.step("Demo database"):
        template.copy(ready, template.suite(ready, demo=True), name)
    with ExitStack() as stack:
        stack.callback(database.drop, name, env=ready.env)
        stack.callback(shutil.rmtree, outside.HOME / name, ignore_errors=True)
        with steps.step("Starting Odoo and its neighbours"):
            running = stack.enter_context(demo.start(ready, name))
        client = Client(running.server.url, running.server.database, demo.LOGIN, demo.PASSWORD)
        with steps.step("The bank drops its statements, scheduled actions fetch them"):
            day = bank_day.play(ready, client, running.world)
            expense_day.play(client, running.world)
            shared_services_day.play(client, running.world)
            bank_day.settle(client, day)
            expense_day.settle(client)
            shared_services_day.settle(client)
        with steps.step("Verifying"):
            for fact in verify(client):
                say(f"      ok: {fact}")
            for fact in bank_day.verify(client, running.world, day):
                say(f"      ok: {fact}")
            for fact in expense_day.verify(client, running.world):
                say(f"      ok: {fact}")
            for fact in firm_lists.verify(ready, client, running.world):
                say(f"      ok: {fact}")
            for fact in firm_reporting.verify(client, running.server.database):
                say(f"      ok: {fact}")
            for fact in group_close.verify(ready, client, running.server.database, running.world):
                say(f"      ok: {fact}")
            for fact in shared_services_day.verify(client):
                say(f"      ok: {fact}")
            for fact in idle.verify(running.server):
                say(f"      ok: {fact}")
    say("The demo works.")
    return 0


def verify(client: Client) -> Iterator[str]:
    """Facts as they are proved; the first that does not hold raises SuiteError."""
    yield f"{client.session['username']} logs in at {client.url}"

    status, body = client.page("/odoo")
    require(status == 200 and "/web/assets/" in body, "the web client does not load")
    yield "the web client loads"

    wanted = template.suite_modules(demo=True)
    domain = [["name", "in", wanted], ["state", "=", "installed"]]
    installed = client.call("ir.module.module", "search_read", domain, ["name"])
    missing = set(wanted) - {module["name"] for module in installed}
    require(not missing, f"not installed: {', '.join(sorted(missing))}")
    yield f"{len(wanted)} modules of the suite are installed: {', '.join(wanted)}"
