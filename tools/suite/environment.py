"""The environment in which Odoo, its tests and every other child process run."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from . import database, odoo_source, paths, venv
from .console import Steps
from .stamp import lock

# Bytecode and tool caches would otherwise be strewn over the working tree.
CACHES = {
    "PYTHONPYCACHEPREFIX": str(paths.RUN / "pycache"),
    "MYPY_CACHE_DIR": str(paths.RUN / "mypy_cache"),
    "RUFF_CACHE_DIR": str(paths.RUN / "ruff_cache"),
    "PYLINTHOME": str(paths.RUN / "pylint"),
    "HYPOTHESIS_STORAGE_DIRECTORY": str(paths.RUN / "hypothesis"),
    "COVERAGE_FILE": str(paths.RUN / "coverage"),
}
# PGDATABASE would make Odoo open that database whatever it is told. Where a machine forbids bytecode, each of a
# hundred servers would compile all of Odoo anew (2 s of 5); our cache folder takes it without littering anything.
NOT_INHERITED = ("PGDATABASE", "PYTHONDONTWRITEBYTECODE")


@dataclass(frozen=True)
class Ready:
    """Everything a command needs to run Odoo."""

    odoo: odoo_source.Odoo
    server: database.Embedded | database.External

    @property
    def exports(self) -> dict[str, str]:
        return {
            **CACHES,
            **self.server.env,
            "ODOO_RC": str(paths.ODOO_CONF),
            "PYTHONPATH": _joined(str(self.odoo.folder), os.environ.get("PYTHONPATH", "")),
            "VIRTUAL_ENV": str(paths.VENV),
            "PATH": _joined(str(paths.BIN), str(paths.PYTHON.parent), os.environ.get("PATH", os.defpath)),
        }

    @property
    def env(self) -> dict[str, str]:
        inherited = {key: value for key, value in os.environ.items() if key not in NOT_INHERITED}
        return {**inherited, **self.exports}

    def command(self, *arguments: str | Path) -> list[str]:
        """The command line of Odoo's own program."""
        return [str(paths.PYTHON), str(paths.ROOT / "tools" / "start" / "run_odoo.py"), *map(str, arguments)]


def _joined(*parts: str) -> str:
    """A search path without repetitions, for an environment that may be inherited several times."""
    return os.pathsep.join(dict.fromkeys(part for path in parts for part in path.split(os.pathsep) if part))


def ensure(steps: Steps | None = None) -> Ready:
    """Odoo, Python packages and database server, made ready where they are not yet."""
    steps = steps or Steps(STEPS)
    _keep_caches()
    with lock("setup"):
        with steps.step("Odoo 19.0"):
            odoo = odoo_source.ensure()
        with steps.step("Python packages"):
            venv.ensure()
        with steps.step("Database server"):
            server = database.server()
            server.ensure()
        link_addons()
        write_config()
    return Ready(odoo, server)


STEPS = 3


def ensure_tools() -> None:
    """The Python packages alone: enough for the linters."""
    _keep_caches()
    with lock("setup"):
        venv.ensure()


def ensure_quietly() -> Ready:
    """For commands whose output is used by others: silent when nothing is to be done."""
    odoo = odoo_source.locate()
    if odoo and venv.is_ready():
        server = database.server()
        server.ensure()
        link_addons()
        write_config()
        _keep_caches()
        return Ready(odoo, server)
    with redirect_stdout(sys.stderr):
        return ensure()


def _keep_caches() -> None:
    """For the launcher's own children, which inherit its environment."""
    os.environ.update(CACHES)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def link_addons() -> None:
    """Present the checkout itself as one add-on.

    Odoo takes a folder as addons path only if an add-on with both __init__.py and __manifest__.py
    is in it. The suite's root has no __init__.py, hence a link to a module that has one.
    """
    paths.ADDONS.mkdir(parents=True, exist_ok=True)
    packages = [path for path in paths.modules() if _is_package(path)]
    wanted = {paths.SUITE: paths.ROOT, **{path.name: path for path in packages[:1]}}
    for link in paths.ADDONS.iterdir():
        if wanted.get(link.name) != Path(os.readlink(link)):
            link.unlink()
    for name, target in wanted.items():
        link = paths.ADDONS / name
        if not link.is_symlink():
            link.symlink_to(target)


def addons_path() -> list[Path]:
    """The folders that Odoo accepts: at least one of their modules is a Python package."""
    found = [paths.ROOT, paths.ADDONS] if any(map(_is_package, paths.modules())) else []
    return [*found, paths.TEST_ADDONS] if any(map(_is_package, paths.test_modules())) else found


def _is_package(module: Path) -> bool:
    return (module / "__init__.py").exists()


def write_config(options: Mapping[str, str] | None = None) -> None:
    """Odoo's configuration file; the database comes from the PG* variables."""
    values = {
        "addons_path": ",".join(map(str, addons_path())),
        "data_dir": str(paths.DATA),
        "http_interface": "127.0.0.1",
        "admin_passwd": secrets.token_urlsafe(24),
        "db_maxconn": "32",
        "screenshots": str(paths.RUN / "screenshots"),
        # A development server reports to nobody.
        "publisher_warranty_url": "http://127.0.0.1:9/",
        **(options or {}),
    }
    text = "[options]\n" + "".join(f"{key} = {value}\n" for key, value in values.items() if value)
    building = paths.ODOO_CONF.with_suffix(f".{os.getpid()}")
    building.write_text(text)
    building.chmod(0o600)
    building.replace(paths.ODOO_CONF)
