"""What all tests share, those beside the modules, too."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

# how fast examples are drawn and tried says how busy the machine is, and nothing about the code
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")


def _only_own_constants() -> None:
    """Hypothesis tries the constants that it finds in the source of everything imported: of our files only.

    Inside Odoo it would read and parse some thousand files of Odoo before its first example.
    """
    root = Path(__file__).resolve().parent
    is_local = providers.is_local_module_file

    def is_own(file: str) -> bool:
        place = Path(file)
        return place.is_relative_to(root) and not place.is_relative_to(root / ".run") and is_local(file)

    providers.is_local_module_file = is_own


_only_own_constants()
