"""A dump restored under another name, with a server on it and its clock running: nothing leaves (B-46, attack 37)."""

from __future__ import annotations

import base64
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from suite import database as databases
from tests.conftest import Database, StartServer

KEY = base64.b64encode(b"master key of the copy, 32 bytes").decode()

#: one connection that fetches by the clock, one that has something to send
FILL = """
import os
from datetime import timedelta
from odoo.addons.finance_connector_base.engine.envelope import Envelope
os.environ["FINANCE_MASTER_KEY"] = {key!r}
os.environ.pop("FINANCE_MASTER_KEY_FILE", None)
bank = env["finance.connection"].create(dict(
    name="Bank", adapter="finance.adapter.sftp", environment="test", check_ok=True,
    sftp_host="127.0.0.1", sftp_port={port}, sftp_username="u", sftp_host_key="SHA256:" + "A" * 43))
platform = env["finance.connection"].create(dict(
    name="Platform", adapter="finance.adapter.test.http", environment="test", check_ok=True,
    http_base_url="http://127.0.0.1:{port}/", http_networks="127.0.0.0/8", http_allow_plain=True))
for connection in (bank, platform):
    connection._allow_hosts()
    env["finance.secret"]._put(connection, "password", "p")
    connection.write(dict(state="active", check_ok=True, activated_environment="test",
        database_identity=connection._current_identity()))
env["finance.flow"].create(dict(name="Fetch", connection_id=bank.id, handler="finance.handler.test", fetch_interval=1))
send = env["finance.flow"].create(dict(
    name="Send", connection_id=platform.id, handler="finance.handler.test", direction="out",
    retry_base=0.1, retry_cap=0.2))
env["finance.message"]._enqueue(send, [Envelope(subject=f"m{{n}}", data={{"do": "call"}}) for n in range(3)])
env["ir.cron"].search([]).write({{"active": False, "lastcall": False}})
for name in ("ir_cron_schedule", "ir_cron_dispatcher_1"):
    env.ref("finance_connector_base." + name).write({{"active": True, "nextcall": env.cr.now() - timedelta(minutes=5)}})
env.cr.commit()
"""


HELD = "SELECT count(*) FROM finance_message WHERE state = 'held' AND reason_code = 'database_copy'"
RAN = "SELECT count(*) = 2 FROM ir_cron WHERE active AND lastcall IS NOT NULL"


class Listener:
    """A port that counts who comes, and says nothing."""

    def __init__(self) -> None:
        self.calls = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                caller, _address = self._socket.accept()
            except OSError:
                return
            self.calls += 1
            caller.close()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


@contextmanager
def restored(database: Database, tmp_path: Path) -> Iterator[Database]:
    """The database dumped and restored under another name, everything as it was."""
    copy = replace(database, name=f"{database.name}_copy")
    server = database.ready.server
    programs = databases.client().parent
    env = {**os.environ, **server.env}
    file = tmp_path / "dump"
    subprocess.run(
        [programs / "pg_dump", "--format=custom", "--no-owner", f"--file={file}", database.name], env=env, check=True
    )
    databases.create(copy.name, server.env)
    subprocess.run(
        [programs / "pg_restore", "--no-owner", "--exit-on-error", f"--dbname={copy.name}", file], env=env, check=True
    )
    try:
        yield copy
    finally:
        databases.drop(copy.name, env=database.ready.env)


def wait(database: Database, condition: Callable[[], bool], seconds: float = 90) -> None:
    """Return once it is true; the server is told meanwhile that scheduled actions are due."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        replace(database, name="postgres").query("SELECT pg_notify('cron_trigger', %s)", database.name)
        time.sleep(0.5)


def test_b46_a_restored_dump_sends_nothing_while_its_original_does(
    database: Database, start_server: StartServer, listener: Listener, tmp_path: Path
) -> None:
    database.shell(FILL.format(key=KEY, port=listener.port))
    environment = {"FINANCE_MASTER_KEY": KEY}
    with restored(database, tmp_path) as copy:
        server = start_server(copy, cron_threads=2, env=environment)
        # what was queued is held, with its cause
        wait(copy, lambda: copy.value(HELD) >= 3)
        # and the clock queues no fetch
        wait(copy, lambda: copy.value(RAN))
        assert copy.value("SELECT count(*) FROM finance_message WHERE kind = 'fetch'") == 0
        assert copy.value("SELECT count(*) FROM finance_message WHERE state = 'done'") == 0
        server.kill()
        assert listener.calls == 0
    # the same, where it belongs: the test would see a call if there was one
    start_server(database, cron_threads=2, env=environment)
    wait(database, lambda: listener.calls >= 2)
    assert database.value(HELD) == 0
