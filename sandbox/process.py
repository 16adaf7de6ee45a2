"""Start a stand-in as a process, read its ready line, command it, stop it. Standard library only.

with StandIn("sandbox.sftp", "--root", str(folder)) as sftp:
    connect(sftp.ready["host"], sftp.ready["port"])
    sftp.control("PUT", "/faults", {"deny": ["rename"]})
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from http.client import HTTPConnection
from pathlib import Path
from queue import Empty, Queue
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


class StandInError(Exception):
    """A stand-in did not start, or refused a command; the message has what it said."""


class StandIn:
    """A running stand-in. It ends with ``stop()``, with the ``with`` block, or with the process that started it."""

    def __init__(self, module: str, *arguments: str, timeout: float = 20.0) -> None:
        self.module = module
        # the file outlives this function: it is read when the stand-in fails
        self._errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments, "--until-stdin-ends"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )
        self._lines: Queue[bytes] = Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            line = self._lines.get(timeout=timeout)
        except Empty:
            line = b""
        if not line:
            self.stop()
            raise StandInError(f"{module} did not get ready: {self.errors()}")
        self.ready: dict[str, Any] = json.loads(line)

    def _read(self) -> None:
        """Take what the process prints, so that it never waits for us; an empty line is its end."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(b"")

    def errors(self) -> str:
        """What the stand-in wrote to its standard error so far."""
        if self._errors.closed:
            return ""
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace").strip()

    def control(self, method: str, path: str = "/", body: Any = None) -> Any:
        """Send a command to the control port and return the answer."""
        connection = HTTPConnection("127.0.0.1", self.ready["control_port"], timeout=60)
        try:
            data = None if body is None else json.dumps(body)
            connection.request(method, path, data, {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:
            raise StandInError(f"{self.module}: {answer['error']}")
        return answer

    def stop(self) -> None:
        """End the process: politely, then not."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._reader.join(timeout=5)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()

    def __enter__(self) -> StandIn:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()
        self._errors.close()
