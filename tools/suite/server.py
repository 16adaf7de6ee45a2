"""A real Odoo server as a child process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from . import paths
from .console import SuiteError, tail
from .environment import Ready
from .nursery import Nursery, launch


class Server:
    """One Odoo server: `workers=0` runs threads in one process, more runs a process per worker.

    Its processes share a process group of their own, so that `kill()` takes them all at once, as
    a power cut would. With a nursery it is a fork of an Odoo that is loaded already.
    """

    def __init__(
        self,
        ready: Ready,
        database: str,
        *,
        workers: int = 0,
        cron_threads: int = 2,
        port: int | None = None,
        env: Mapping[str, str] | None = None,
        options: tuple[str, ...] = (),
        log: Path | None = None,
        nursery: Nursery | None = None,
    ) -> None:
        self.database = database
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = log or paths.LOGS / f"server-{database}-{self.port}.log"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        arguments = (
            "--database", database,
            "--db-filter", f"^{database}$",
            "--no-database-list",
            "--http-port", str(self.port),
            "--gevent-port", str(free_port()),
            "--workers", str(workers),
            "--max-cron-threads", str(cron_threads),
            *options,
        )  # fmt: skip
        with self.log.open("ab") as output:
            self.process = launch(ready, arguments, output=output, env=env, nursery=nursery)

    def wait(self, timeout: float = 120) -> Server:
        """Return when the server answers; raise when it stops or stays silent."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise SuiteError(f"Odoo stopped while starting. The end of {self.log}:\n{tail(self.log)}")
            if self.answers():
                return self
            time.sleep(0.2)
        self.kill()
        raise SuiteError(f"Odoo did not answer within {timeout:.0f} s. The end of {self.log}:\n{tail(self.log)}")

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/web/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def is_running(self) -> bool:
        return self.process.poll() is None

    def stop(self, timeout: float = 20) -> None:
        """Ask politely, then insist."""
        if self.is_running():
            self.process.terminate()
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                pass
        self.kill()

    def kill(self) -> None:
        """SIGKILL every process of the server."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()

    def log_text(self) -> str:
        return self.log.read_text(errors="replace")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
