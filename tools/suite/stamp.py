"""Resumable steps: a step is done when its stamp holds the hash of its inputs."""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from . import paths
from .console import say


def digest(*parts: str | bytes | Path) -> str:
    """Hash of strings and of files (name and content)."""
    result = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            result.update(part.name.encode() + b"\0" + part.read_bytes())
        else:
            result.update(part if isinstance(part, bytes) else part.encode())
        result.update(b"\0\0")
    return result.hexdigest()[:16]


def tree_digest(files: Iterable[Path], base: Path) -> str:
    """Hash of a set of files by their path below `base` and content."""
    result = hashlib.sha256()
    for path in sorted(files):
        result.update(str(path.relative_to(base)).encode() + b"\0")
        result.update(hashlib.sha256(path.read_bytes()).digest())
    return result.hexdigest()[:16]


def is_done(name: str, key: str) -> bool:
    stamp = paths.STAMPS / name
    return stamp.exists() and stamp.read_text() == key


def mark_done(name: str, key: str) -> None:
    paths.STAMPS.mkdir(parents=True, exist_ok=True)
    (paths.STAMPS / name).write_text(key)


@contextmanager
def lock(name: str) -> Iterator[None]:
    """One process at a time: several shells may work in the same checkout."""
    paths.RUN.mkdir(exist_ok=True)
    with (paths.RUN / f"{name}.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("      waiting for another run in this checkout ...")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
