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
TEST_ADDONS = ROOT / "tests" / "addons"
ODOO_CONF = RUN / "odoo.conf"

SUITE = "finance_integration_suite"

# Two checkouts may share one database server and one temp folder: their names must differ.
CHECKOUT = hashlib.sha256(str(ROOT).encode()).hexdigest()[:6]


def modules() -> list[Path]:
    """The suite's modules that exist in this checkout."""
    return sorted(path.parent for path in ROOT.glob("finance_*/__manifest__.py"))


def test_modules() -> list[Path]:
    """Fakes for tests; installed in test databases, never in the demo's."""
    return sorted(path.parent for path in TEST_ADDONS.glob("*/__manifest__.py"))


# Folders of a module that belong to Odoo: they import it. Every other Python folder is pure.
ODOO_LAYERS = {"controllers", "demo", "migrations", "models", "report", "tests", "wizards"}


def pure_packages() -> list[Path]:
    """Packages that import no Odoo, are fully typed and are tested without a database."""
    return sorted(
        folder
        for module in modules()
        for folder in module.iterdir()
        if folder.is_dir() and folder.name not in ODOO_LAYERS and any(folder.rglob("*.py"))
    )
