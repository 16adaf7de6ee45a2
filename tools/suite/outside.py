"""The outside world of the demo: the stand-ins of sandbox/ as child processes."""

from __future__ import annotations

import base64
import json
import os
import secrets
import subprocess
import threading
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from . import paths
from .console import SuiteError, tail
from .environment import Ready

HOME = paths.RUN / "sandbox"
READY_WITHIN = 30.0
BANK_LOGIN = "bank"
BANK_PASSWORD = "sandbox"


@dataclass(frozen=True)
class StandIn:
    """A running stand-in: `ready` is what it announced (host, port, keys ...)."""

    process: subprocess.Popen[str]
    ready: dict[str, Any]

    def control(self, method: str, path: str = "/", body: Any = None) -> Any:
        """Send a command to its control port; :return: what it tells"""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.ready['control_port']}{path}",
            None if body is None else json.dumps(body).encode(),
            {"Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)


@dataclass(frozen=True)
class World:
    """`folder` belongs to one database: what the bank keeps for it lies there."""

    folder: Path
    sftp: StandIn

    @property
    def env(self) -> dict[str, str]:
        """What Odoo's processes need: the key that seals secrets lies outside the database."""
        return {"FIN_SANDBOX": json.dumps({"sftp": self.sftp.ready}), "FINANCE_MASTER_KEY_FILE": str(self.key)}

    @property
    def key(self) -> Path:
        """File with the master key of this database, made when missing."""
        file = self.folder / "master.key"
        if not file.exists():
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
                stream.write(base64.b64encode(secrets.token_bytes(32)).decode("ascii"))
        return file


def key_of(database: str) -> dict[str, str]:
    """:return: the variable that names the master key of a database, where one was made for it"""
    file = HOME / database / "master.key"
    return {"FINANCE_MASTER_KEY_FILE": str(file)} if file.exists() else {}


@contextmanager
def world(ready: Ready, database: str) -> Iterator[World]:
    """Start the stand-ins; they end with this block, and with this process however it dies."""
    folder = HOME / database
    files = folder / "sftp"
    files.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        sftp = _start(
            ready,
            folder,
            "sandbox.sftp",
            ["--root", str(files), "--user", f"{BANK_LOGIN}:{BANK_PASSWORD}", *_same_port(folder, "sandbox.sftp")],
        )
        stack.callback(_stop, sftp)
        # the bank behind the server carries out the payments that are put there, and reports
        home = files / BANK_LOGIN
        today = date.today().isoformat()
        payments = _start(ready, folder, "sandbox.payments", ["--root", str(home), "--interval", "2", "--today", today])
        stack.callback(_stop, payments)
        yield World(folder, sftp)


@contextmanager
def neighbour(ready: Ready, world: World, module: str) -> Iterator[StandIn]:
    """One more stand-in, for as long as the block lasts."""
    stand_in = _start(ready, world.folder, module, [])
    try:
        yield stand_in
    finally:
        _stop(stand_in)


def _start(ready: Ready, folder: Path, module: str, arguments: Sequence[str]) -> StandIn:
    log = paths.LOGS / f"{module}.log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [str(paths.PYTHON), "-m", module, *arguments, "--until-stdin-ends"],
            cwd=paths.ROOT,
            env=ready.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
    assert process.stdout
    silent = threading.Timer(READY_WITHIN, process.kill)
    silent.start()
    line = process.stdout.readline()
    silent.cancel()
    if not line:
        raise SuiteError(f"The stand-in {module} does not start:\n{tail(log)}")
    stand_in = StandIn(process, json.loads(line))
    if "port" in stand_in.ready:
        _port_file(folder, module).write_text(str(stand_in.ready["port"]))
    return stand_in


def _same_port(folder: Path, module: str) -> list[str]:
    """The port of the last time: a connection that was set up in Odoo finds its bank again."""
    known = _port_file(folder, module)
    return ["--port", known.read_text()] if known.exists() else []


def _port_file(folder: Path, module: str) -> Path:
    return folder / f"{module}.port"


def _stop(stand_in: StandIn) -> None:
    stand_in.process.terminate()
    try:
        stand_in.process.wait(5)
    except subprocess.TimeoutExpired:
        stand_in.process.kill()
        stand_in.process.wait()
