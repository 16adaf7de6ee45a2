"""Pure tests: the modules' packages without Odoo.

`odoo.addons.<module>` is made importable here without running the module's __init__.py, which
would import its models. There is no other `odoo`, so that a pure package that imports it fails.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]


def _package(name: str, folder: Path | None = None) -> ModuleType:
    module = sys.modules.setdefault(name, ModuleType(name))
    module.__path__ = [str(folder)] if folder else []
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, module)
    return module


_package("odoo")
_package("odoo.addons")
for folder in ROOT.glob("finance_*"):
    _package(f"odoo.addons.{folder.name}", folder)
