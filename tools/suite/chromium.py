"""The distribution's Chromium, for browser tests and Odoo's tours."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

from . import paths
from .console import SuiteError, run, say

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


def ensure() -> None:
    """Find Chromium, or install Debian's package where that is possible; wrap it with the flags above."""
    found = _find()
    if not found:
        _install()
        found = _find()
    paths.BIN.mkdir(parents=True, exist_ok=True)
    home = paths.RUN / "chromium"
    WRAPPER.write_text(
        "#!/bin/sh\n"
        f"export HOME={shlex.quote(str(home))} XDG_CONFIG_HOME= XDG_CACHE_HOME=\n"
        f'exec {found} {shlex.join(FLAGS)} "$@"\n'
    )
    WRAPPER.chmod(0o755)


def _find() -> str | None:
    path = os.pathsep.join(part for part in os.get_exec_path() if Path(part) != paths.BIN)
    named = os.environ.get("FIN_CHROMIUM")
    return named or next((found for name in NAMES if (found := shutil.which(name, path=path))), None)


def _install() -> None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise SuiteError(
            "The browser tests need Chromium: install it (on Debian: apt-get install chromium), "
            "or name one with FIN_CHROMIUM."
        )
    say("   installing Chromium ...")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    failure = "Chromium could not be installed: install it by hand, or name one with FIN_CHROMIUM."
    install = ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]
    if subprocess.run(install, env=env, capture_output=True, check=False).returncode:
        # The package index may be missing or out of date.
        run(["apt-get", "update"], log="chromium-update", failure=failure, env=env)
        run(install, log="chromium", failure=failure, env=env)
