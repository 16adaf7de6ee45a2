"""The virtual environment with Odoo's, the suite's and the development tools' Python packages."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path

from . import debian, paths
from .console import SuiteError, run
from .stamp import digest, is_done, mark_done

PINS = paths.ROOT / "tools" / "requirements"
REQUIREMENTS = [PINS / "odoo.txt", PINS / "dev.txt", paths.ROOT / "requirements.txt"]
SUPPORTED = ("3.13", "3.12", "3.11", "3.10")


def key() -> str:
    return digest(interpreter(), *REQUIREMENTS)


def is_ready() -> bool:
    return paths.PYTHON.exists() and is_done("venv", key())


def ensure() -> None:
    if is_ready():
        return
    if not is_done("venv-python", interpreter()) or not paths.PYTHON.exists():
        _create()
    arguments = [part for path in REQUIREMENTS for part in ("-r", str(path))]
    run(
        [paths.PYTHON, "-m", "pip", "install", "--progress-bar", "off", *arguments],
        log="pip",
        failure="pip could not install the Python packages. Is the package index reachable? Run the command again: "
        "what was downloaded is kept.",
        env=pip_env(),
    )
    mark_done("venv", key())


def interpreter() -> str:
    """A Python that Odoo 19 supports: the running one, else the newest found."""
    if f"{sys.version_info.major}.{sys.version_info.minor}" in SUPPORTED:
        return os.path.realpath(sys.executable)
    for version in SUPPORTED:
        if found := shutil.which(f"python{version}"):
            return os.path.realpath(found)
    raise SuiteError("Odoo 19 runs on Python 3.10 to 3.13: install one of them, then run this again.")


def pip_env() -> dict[str, str]:
    """pip keeps what it downloads in the cache folder, and an interrupted one leaves nothing elsewhere."""
    temporary = paths.RUN / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    cache = {"PIP_CACHE_DIR": str(paths.CACHE / "pip"), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    return {**cache, **os.environ, "TMPDIR": str(temporary)}


def _create() -> None:
    shutil.rmtree(paths.VENV, ignore_errors=True)
    bare = interpreter() != os.path.realpath(sys.executable) or not importlib.util.find_spec("ensurepip")
    run(
        [interpreter(), "-m", "venv", *(["--without-pip"] if bare else []), paths.VENV],
        log="venv",
        failure="The virtual environment could not be made.",
    )
    if bare:
        _install_pip()
    mark_done("venv-python", interpreter())


def _install_pip() -> None:
    """Debian splits ensurepip off into python3-venv; pip's own wheel in python3-pip-whl does as well."""
    debs = debian.fetch({"python3-pip-whl": "stable"}, advice="Install the package python3-venv instead.")
    folder = paths.RUN / "pip-wheel"
    debian.unpack(debs, folder)
    wheel = next(Path(folder).glob("usr/share/python-wheels/pip-*.whl"))
    run(
        [paths.PYTHON, f"{wheel}/pip", "install", "--no-index", wheel],
        log="pip-bootstrap",
        failure="pip could not be put into the virtual environment. Install the package python3-venv and try again.",
        env=pip_env(),
    )
