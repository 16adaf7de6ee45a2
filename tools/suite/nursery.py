"""Children of an Odoo that is loaded already: a server or a shell begins in tenths of a second instead of four.

What the tests start by the hundred spends nearly all of its start on importing the same modules. The nursery
(tools/start/nursery.py) imports them once; each child is forked from it, a process with a session and a group of its
own that runs Odoo's program with its own arguments, environment and registry. It can be killed like any other.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Protocol

from . import database, paths, template
from .console import SuiteError, die_with_parent, tail
from .environment import Ready

PROGRAM = paths.ROOT / "tools" / "start" / "nursery.py"


class Process(Protocol):
    """What is asked of a running program; a `subprocess.Popen` has it too."""

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def terminate(self) -> None: ...


class Child:
    """A forked Odoo: enough of Popen."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._code: int | None = None
        connection.settimeout(60)
        self.pid = int(self._hear())

    def poll(self) -> int | None:
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, timeout: float | None = None) -> int:
        if self._code is None:
            self._connection.settimeout(timeout)
            try:
                self._code = int(self._hear())
            except (BlockingIOError, TimeoutError):
                raise subprocess.TimeoutExpired(f"Odoo {self.pid}", timeout or 0) from None
            self._connection.close()
        return self._code

    def terminate(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGTERM)

    def _hear(self) -> bytes:
        # a nursery that is gone took its children with it
        return self._connection.recv(32) or str(-signal.SIGKILL).encode()


class Nursery:
    """Started when the first child is asked for, with the modules of a template database."""

    def __init__(self, ready: Ready, origin: str) -> None:
        self._ready = ready
        self._origin = origin
        self._folder = tempfile.TemporaryDirectory(prefix="fin-")
        self._address = str(Path(self._folder.name) / "nursery")
        self._process: subprocess.Popen[bytes] | None = None

    def start(
        self, arguments: tuple[str, ...], *, output: IO[bytes], env: Mapping[str, str], given: bytes = b""
    ) -> Child:
        """Fork a child that runs Odoo's program with these arguments.

        :param given: what it reads from its input
        :param env: all of its environment
        """
        if self._process is None:
            self._process = self._load()
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        connection.connect(self._address)
        wanted = {"arguments": arguments, "env": dict(env), "cwd": str(paths.RUN)}
        with tempfile.TemporaryFile() as text:
            text.write(given)
            text.seek(0)
            socket.send_fds(connection, [json.dumps(wanted).encode()], [text.fileno(), output.fileno()])
        return Child(connection)

    def _load(self) -> subprocess.Popen[bytes]:
        log = paths.LOGS / f"nursery-{os.getpid()}.log"
        # of its own: nobody can copy a template that somebody is in
        name = f"{database.PREFIX}test_{os.getpid()}_nursery"
        template.copy(self._ready, self._origin, name)
        with log.open("wb") as told:
            process = subprocess.Popen(
                [str(paths.PYTHON), str(PROGRAM), self._address, name],
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=subprocess.STDOUT,
                env=self._ready.env,
                cwd=paths.RUN,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        deadline = time.monotonic() + 300
        while not Path(self._address).exists():
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                raise SuiteError(f"Odoo could not be loaded. The end of {log}:\n{tail(log)}")
            time.sleep(0.05)
        database.drop(name, env=self._ready.env)
        return process

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()


def launch(
    ready: Ready,
    arguments: tuple[str, ...],
    *,
    output: IO[bytes],
    env: Mapping[str, str] | None = None,
    given: bytes = b"",
    nursery: Nursery | None = None,
) -> Process:
    """Odoo's program in a session of its own: forked from the nursery, or else started.

    :param env: more than the environment of every Odoo
    :param given: what it reads from its input
    """
    variables = {**ready.env, **(env or {})}
    if nursery:
        return nursery.start(arguments, output=output, env=variables, given=given)
    with tempfile.TemporaryFile() as text:
        text.write(given)
        text.seek(0)
        return subprocess.Popen(
            ready.command(*arguments),
            stdin=text,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=variables,
            cwd=paths.RUN,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
