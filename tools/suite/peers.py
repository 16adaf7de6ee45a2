"""OCA add-ons that users would pick instead of the suite, fetched as wheels for the benchmarks.

pip is not asked to install them: they require a distribution called odoo. Their files go to a
folder that is an addons path, their other Python needs to a folder beside it.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterable
from email.parser import Parser
from pathlib import Path

from . import paths, venv
from .console import run
from .stamp import digest, is_done, mark_done

HOME = paths.RUN / "peers"
ADDONS = HOME / "odoo" / "addons"
LIBRARIES = HOME / "libraries"
WHEELS = paths.CACHE / "wheels"

REQUIREMENT = re.compile(r"\s*([A-Za-z0-9._-]+)")


def ensure(modules: Iterable[str]) -> None:
    """Fetch the add-ons with all add-ons they depend on."""
    wanted = sorted(set(modules))
    if not wanted or is_done("peers", digest(*wanted)):
        return
    shutil.rmtree(HOME, ignore_errors=True)
    ADDONS.mkdir(parents=True)
    libraries: set[str] = set()
    waiting, seen = list(wanted), set()
    while waiting:
        module = waiting.pop()
        if module in seen:
            continue
        seen.add(module)
        with zipfile.ZipFile(_wheel(module)) as wheel:
            wheel.extractall(HOME)
            requirements = _requirements(wheel)
        waiting += [_module(name) for name in requirements if name.startswith("odoo-addon-")]
        libraries |= {name for name in requirements if not name.startswith("odoo")}
    _install(libraries)
    mark_done("peers", digest(*wanted))


def version(module: str) -> str:
    text = (ADDONS / module / "__manifest__.py").read_text()
    found = re.search(r"""["']version["']\s*:\s*["']([^"']+)""", text)
    return found.group(1) if found else "unknown"


def _wheel(module: str) -> Path:
    WHEELS.mkdir(parents=True, exist_ok=True)
    pattern = f"odoo_addon_{module}-19.0.*.whl"
    if not any(WHEELS.glob(pattern)):
        requirement = f"odoo-addon-{module}>=19.0.dev0,<19.1.dev0"
        run(
            [paths.PYTHON, "-m", "pip", "download", "--no-deps", "--pre", "--dest", WHEELS, requirement],
            log=f"peer-{module}",
            failure=f"The OCA add-on {module} could not be fetched. Is the package index reachable?",
            env=venv.pip_env(),
        )
    return max(WHEELS.glob(pattern), key=lambda path: path.stat().st_mtime)


def _requirements(wheel: zipfile.ZipFile) -> list[str]:
    [name] = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    lines = Parser().parsestr(wheel.read(name).decode()).get_all("Requires-Dist") or []
    return [match.group(1).lower().replace("_", "-") for line in lines if (match := REQUIREMENT.match(line))]


def _module(distribution: str) -> str:
    return distribution.removeprefix("odoo-addon-").replace("-", "_")


def _install(libraries: set[str]) -> None:
    """Only what the virtual environment lacks, and away from it: its pins must not move."""
    script = "import importlib.metadata as m, json; print(json.dumps([d.name.lower() for d in m.distributions()]))"
    output = subprocess.run([paths.PYTHON, "-c", script], capture_output=True, text=True, check=True).stdout
    missing = libraries - {name.replace("_", "-") for name in json.loads(output)}
    if missing:
        run(
            [paths.PYTHON, "-m", "pip", "install", "--no-deps", "--target", LIBRARIES, *sorted(missing)],
            log="peer-libraries",
            failure=f"What the OCA add-ons need could not be fetched: {', '.join(sorted(missing))}.",
            env=venv.pip_env(),
        )
