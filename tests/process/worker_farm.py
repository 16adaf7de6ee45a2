"""One Odoo process that forks workers: a new worker costs milliseconds instead of a start of Odoo.

The farm loads the registry once, closes its connections, and then forks on command, as Odoo's
own prefork server does. Its children are real processes with connections of their own.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.conftest import Database

#: runs inside `odoo shell`
FARM = """
import contextlib, io, json, os, random, signal, socket, sys, time, traceback
import psycopg2
import odoo.sql_db
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.addons.finance_connector_base.engine.transaction import CommittedSteps

name = env.cr.dbname
# what the first message of a process would load is loaded once, here
env["finance.dispatcher"]._drain()
env.cr.rollback()
env.cr.close()
odoo.sql_db.close_all()
children = {{}}

def fork(environ, work):
    pid = os.fork()
    if pid:
        children[pid] = None
        return pid
    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.environ.update(environ)
        random.seed()
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)

def work():
    registry = Registry(name)
    while True:
        try:
            with registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {{}})
                while True:
                    if not env["finance.dispatcher"]._drain(CommittedSteps(cr)):
                        time.sleep(0.05)
        except (psycopg2.Error, psycopg2.pool.PoolError) as error:
            # as the scheduled actions do: the next pass has a connection of its own
            print("worker goes on after", type(error).__name__, flush=True)
            time.sleep(0.2)

def script(text, output):
    def run():
        with contextlib.redirect_stdout(io.StringIO()) as told, Registry(name).cursor() as cr:
            exec(text, {{"env": api.Environment(cr, SUPERUSER_ID, {{}})}})
        open(output, "w").write(told.getvalue())
    return run

def reap():
    for pid in [pid for pid, code in children.items() if code is None]:
        if os.waitpid(pid, os.WNOHANG)[0]:
            children[pid] = "dead"

server = socket.socket(socket.AF_UNIX)
server.bind({address!r})
server.listen()
while True:
    connection, _ = server.accept()
    with connection, connection.makefile("rw") as stream:
        command = json.loads(stream.readline())
        reap()
        if command["do"] == "worker":
            answer = fork(command["env"], work)
        elif command["do"] == "script":
            answer = fork({{}}, script(command["text"], command["output"]))
        elif command["do"] == "dead":
            answer = children.get(command["pid"]) is not None
        else:
            break
        stream.write(json.dumps(answer) + "\\n")
"""


class Process:
    """A forked worker: enough of Popen for the tests."""

    def __init__(self, farm: Farm, pid: int) -> None:
        self.farm = farm
        self.pid = pid

    def is_dead(self) -> bool:
        return bool(self.farm.ask("dead", pid=self.pid))

    def wait(self, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not self.is_dead():
            assert time.monotonic() < deadline, f"process {self.pid} lives on"
            time.sleep(0.02)

    def signal(self, number: signal.Signals) -> None:
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            pass

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self.wait()


class Farm:
    """The process that forks, for one database."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.folder = folder
        self.address = str(folder / "farm")
        self._scripts = 0
        self.log = folder / "farm.log"
        self.process = database.start_shell(
            FARM.format(address=self.address), self.log, options=("--log-level", "warn"), env={"FINANCE_MIN_LEASE": "2"}
        )
        deadline = time.monotonic() + 300
        while not Path(self.address).exists():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, "Odoo did not start"
            time.sleep(0.05)

    def ask(self, do: str, **values: Any) -> Any:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(self.address)
            with client.makefile("rw") as stream:
                stream.write(json.dumps({"do": do, **values}) + "\n")
                stream.flush()
                return json.loads(stream.readline())

    def worker(self, env: Mapping[str, str]) -> Process:
        return Process(self, self.ask("worker", env=dict(env)))

    def start_script(self, text: str) -> tuple[Process, Path]:
        """Run a script with `env` in a process of its own; what it prints goes to the file."""
        self._scripts += 1
        output = self.folder / f"script-{self._scripts}"
        return Process(self, self.ask("script", text=text, output=str(output))), output

    def script(self, text: str) -> str:
        """The same, waited for; the text is what it printed. Fails if the script failed."""
        process, output = self.start_script(text)
        process.wait(180)
        assert output.exists(), self.log.read_text()[-3000:]
        return output.read_text()

    def stop(self) -> None:
        try:
            self.ask("stop")
        except (OSError, json.JSONDecodeError):
            pass
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
