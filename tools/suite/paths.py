"""Where things are. Nothing is written outside RUN and CACHE, except by `database.Embedded` (see there)."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUN = ROOT / ".run"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "finance-integration-suite"

VENV = RUN / "venv"
PYTHON = VENV / "bin" / "python"
BIN = RUN / "bin"
LOGS = RUN / "logs"
STAMPS = RUN / "stamps"
ADDONS = RUN / "addons"
DATA = RUN / "data"
ODOO_CONF = RUN / "odoo.conf"

SUITE = "finance_integration_suite"

# Two checkouts may share one database server and one temp folder: their names must differ.
CHECKOUT = hashlib.sha256(str(ROOT).encode()).hexdigest()[:6]


def modules() -> list[Path]:
    """The suite's modules that exist in this checkout."""
    return sorted(path.parent for path in ROOT.glob("finance_*/__manifest__.py"))


def python_modules() -> list[Path]:
    """Those that are Python packages: only such a module makes its parent a valid addons path for Odoo."""
    return [path for path in modules() if (path / "__init__.py").exists()]
