"""What the launcher says, and how it runs other programs."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from . import paths

_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1

TAIL = 25
WIDTH = 90


class SuiteError(Exception):
    """Something a person has to act on. The message says what to do."""


def require(holds: bool, otherwise: str) -> None:
    """Prove a fact about the demo.

    :raise SuiteError: it does not hold
    """
    if not holds:
        raise SuiteError(f"The demo does not work: {otherwise}.")


class Steps:
    """Numbered progress lines: `[2/5] Python packages ... 41 s`."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.number = 0

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        self.number += 1
        say(f"[{self.number}/{self.total}] {title}")
        start = time.monotonic()
        yield
        seconds = time.monotonic() - start
        if seconds >= 1:
            say(f"      done in {seconds:.0f} s")


def say(text: str) -> None:
    print(text, flush=True)


def complain(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def die_with_parent() -> None:
    """In a child: let the kernel end it with the launcher, however that dies. A forgotten pip would go on writing."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def run(
    command: Sequence[str | Path],
    *,
    log: str,
    failure: str,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    input_text: str | None = None,
) -> None:
    """Run a program with its output in `.run/logs/<log>.log`; on failure show the end of it."""
    paths.LOGS.mkdir(parents=True, exist_ok=True)
    log_file = paths.LOGS / f"{log}.log"
    with log_file.open("wb") as output, tempfile.TemporaryFile() as given:
        given.write((input_text or "").encode())
        given.seek(0)
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=given,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=None if env is None else dict(env),
            cwd=cwd,
            preexec_fn=die_with_parent,
        )
        try:
            _watch(process, log_file)
        except BaseException:
            process.terminate()
            process.wait()
            raise
    if process.returncode:
        raise SuiteError(f"{failure}\n\n{tail(log_file)}\n\nThe whole output is in {relative(log_file)}.")


def _watch(process: subprocess.Popen[bytes], log_file: Path) -> None:
    """Wait; on a terminal show meanwhile what the program says last."""
    while True:
        try:
            process.wait(1 if sys.stdout.isatty() else None)
            break
        except subprocess.TimeoutExpired:
            lines = log_file.read_text(errors="replace").splitlines() or [""]
            print(f"\r\033[K      {lines[-1][:WIDTH]}", end="", flush=True)
    if sys.stdout.isatty():
        print("\r\033[K", end="", flush=True)


def tail(path: Path) -> str:
    return "\n".join("    " + line for line in path.read_text(errors="replace").splitlines()[-TAIL:])


def relative(path: Path) -> str:
    return os.path.relpath(path)
