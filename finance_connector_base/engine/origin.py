"""Who stands behind a change of master data.

The engine names itself by an object in the context. A client's context is JSON: it can carry
a text or a number under the same key, but never an object of this class.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KEY = "finance_origin"


@dataclass(frozen=True, slots=True)
class Origin:
    """A change that was decided already: by a policy, or by a person who approved it.

    :param connection_id: the system it came from, which is not told of it again; None for Odoo
    """

    connection_id: int | None = None


def origin_of(context: Mapping[str, Any]) -> Origin | None:
    """:return: the origin the engine has named, or None for a change by people"""
    origin = context.get(KEY)
    return origin if isinstance(origin, Origin) else None
