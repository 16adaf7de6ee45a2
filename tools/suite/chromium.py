"""The distribution's Chromium, for browser tests and Odoo's tours."""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path

from . import debian, paths
from .console import say
from .stamp import lock

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

# A test browser talks to the server under test and to nobody else.
FLAGS = (
    "--no-sandbox",  # needed by root, and in containers that forbid user namespaces
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# Odoo's test browser looks for this name first.
WRAPPER = paths.BIN / "google-chrome"

# Debian's package, unpacked where the machine has no Chromium.
UNPACKED = paths.RUN / "chromium"
PROFILE = paths.RUN / "chromium-home"
# It makes a socket in its temporary folder, and a socket's address is short.
LONGEST_TEMPORARY = 60
ADVICE = "Install Chromium (on Debian: apt-get install chromium), or name one with FIN_CHROMIUM."


def ensure() -> None:
    """Find Chromium, or unpack Debian's package; wrap it with the flags above."""
    temporary = PROFILE / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    lines = ["#!/bin/sh", f"export HOME={shlex.quote(str(PROFILE))} XDG_CONFIG_HOME= XDG_CACHE_HOME="]
    if len(str(temporary)) <= LONGEST_TEMPORARY:
        lines.append(f"export TMPDIR={shlex.quote(str(temporary))}")
    if found := _find():
        program = found
    else:
        program = str(_unpacked())
        lines += [f"export {key}={shlex.quote(value)}" for key, value in _libraries().items()]
    lines.append(f'exec {shlex.quote(program)} {shlex.join(FLAGS)} "$@"')
    paths.BIN.mkdir(parents=True, exist_ok=True)
    WRAPPER.write_text("\n".join(lines) + "\n")
    WRAPPER.chmod(0o755)


def _find() -> str | None:
    path = os.pathsep.join(part for part in os.get_exec_path() if Path(part) != paths.BIN)
    named = os.environ.get("FIN_CHROMIUM")
    return named or next((found for name in NAMES if (found := shutil.which(name, path=path))), None)


def _unpacked() -> Path:
    program = UNPACKED / "usr" / "lib" / "chromium" / "chromium"
    with lock("chromium"):
        if not program.exists():
            say("   fetching Chromium (about 100 MB) ...")
            debs = debian.fetch_for_this_machine("chromium", paths.CACHE / "chromium", advice=ADVICE)
            debian.unpack(debs, UNPACKED)
    return program


def _libraries() -> dict[str, str]:
    """Where the unpacked program finds what is unpacked beside it."""
    libraries = sorted({path.parent for path in UNPACKED.rglob("*.so*")}, key=lambda path: len(path.parts))
    fonts = PROFILE / "fonts.conf"
    fonts.write_text(
        "<fontconfig>"
        f"<dir>{UNPACKED}/usr/share/fonts</dir><dir>/usr/share/fonts</dir><cachedir>{PROFILE}/fonts</cachedir>"
        "</fontconfig>\n"
    )
    return {"LD_LIBRARY_PATH": os.pathsep.join(map(str, libraries)), "FONTCONFIG_FILE": str(fonts)}
