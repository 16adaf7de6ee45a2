"""What a file of a bank says, as figures alone: nothing by which a person or an account could be known.

Names, texts and references are left out, an account is its last four signs. What must stay the same of every
single entry (dates, amounts, states, all texts) is in one digest of the whole reading: it changes when anything
that is read changes, and tells nothing.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from odoo.addons.finance_bank_sync.inspection.read import Refused, inspect_file

#: what is kept of a statement, besides the end of its account
FIGURES = (
    "format", "currency", "opening", "opening_date", "closing", "closing_date", "entries", "sum", "proof", "difference",
)  # fmt: skip
ACCOUNT_END = 4


def sha256(path: Path) -> str:
    """Return the name under which a file stands in the table."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def facts(path: Path) -> dict[str, Any]:
    """Read a file.

    :return: ``statements`` with their figures and ``digest`` of everything read, or ``refused`` with code and place
    """
    digest = hashlib.sha256()
    statements = []
    try:
        for statement in inspect_file(path, entries=True):
            statement.pop("file")
            digest.update(json.dumps(statement, sort_keys=True, ensure_ascii=True).encode())
            figures = {name: statement[name] for name in FIGURES if statement.get(name) is not None}
            figures["account"] = (statement["account"] or "")[-ACCOUNT_END:]
            statements.append(figures)
    except Refused as refused:
        return {"refused": {"code": refused.code, "place": refused.place}}
    return {"statements": statements, "digest": digest.hexdigest()[:16]}


def written(values: dict[str, Any]) -> str:
    """Return the text of the table: one file a line, so that a change shows as a line."""
    lines = [f"{json.dumps(name)}: {json.dumps(values[name], sort_keys=True)}" for name in sorted(values)]
    return "{\n" + ",\n".join(lines) + "\n}\n"
