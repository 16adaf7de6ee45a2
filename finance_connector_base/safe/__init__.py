"""Entrances for foreign bytes: XML and ZIP, each refused by a typed error when it is unsafe.

Pure Python (no ``odoo``): every format of the suite reads foreign XML through
:mod:`.xml` and foreign archives through :mod:`.archive`, so that limits and refusals
are decided, tested and changed in one place.
"""

from .errors import SafetyError

__all__ = ["SafetyError"]
