"""Every lenient reading of a format has a sentence for the person who looks at the statement (K-02)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

MODULE = Path(__file__).resolve().parents[3] / "finance_bank_sync"
GUIDE = MODULE.parent / "docs" / "statement-formats.md"
SENTENCES = MODULE / "models" / "finance_bank_statement_told.py"


def test_k02_every_lenient_reading_has_a_sentence() -> None:
    noted = {code for file in sorted((MODULE / "formats").rglob("*.py")) for code in _noted(_tree(file))}
    assert {"currency_assumed", "entry_without_status", "sequence_unreadable", "value_date_30_february"} <= noted
    told = GUIDE.read_text(encoding="utf-8").partition("## What is read leniently")[2].partition("\n## ")[0]
    documented = set(re.findall(r"`([a-z0-9]+(?:_[a-z0-9]+)+)`", told))
    assert "investment_left_out" in documented
    assert (noted | documented) - _explained(_tree(SENTENCES)) == set()


def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def _explained(tree: ast.Module) -> set[str]:
    [found] = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "READINGS"
    ]
    assert isinstance(found, ast.Dict)
    return {key.value for key in found.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}


def _noted(tree: ast.Module) -> Iterator[str]:
    """Give the codes in ``x.warn(code)``, ``x.warnings.add(code, place)`` and ``warnings.append((code, place))``."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
            continue
        name, [first, *_rest] = node.func.attr, node.args
        if name in ("add", "append") and "warnings" not in ast.unparse(node.func.value):
            continue
        if name not in ("add", "append", "warn", "_warn", "_note"):
            continue
        if isinstance(first, ast.Tuple):
            first = first.elts[0]
        for part in ast.walk(first):
            if isinstance(part, ast.Constant) and isinstance(part.value, str) and "_" in part.value:
                yield part.value
