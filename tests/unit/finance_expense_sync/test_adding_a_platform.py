"""The worked example of docs/adding-an-expense-platform.md is the one of tests/addons/test_finance_expense."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
GUIDE = (ROOT / "docs" / "adding-an-expense-platform.md").read_text(encoding="utf-8")
ADDON = ROOT / "tests" / "addons" / "test_finance_expense" / "models"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)


def test_one_file_and_one_line_as_they_run() -> None:
    [example] = blocks("python")
    [path] = [path for path in ADDON.glob("*.py") if path.name != "__init__.py"]
    assert example == path.read_text(encoding="utf-8")
    wiring = (ADDON / "__init__.py").read_text(encoding="utf-8")
    assert f"\n```\n{wiring}```\n" in GUIDE and wiring.count("\n") == 1


def test_every_hook_is_described() -> None:
    """The guide has each hook that an adapter may implement, and each fact of an answer."""
    hooks = (ROOT / "finance_expense_sync" / "models" / "finance_expense_adapter.py").read_text(encoding="utf-8")
    names = set(re.findall(r"def (_expense_\w+)\(", hooks))
    assert names and not [name for name in names if f"`{name}(" not in GUIDE and f"{name}()" not in GUIDE]
    contract = (ROOT / "finance_expense_sync" / "platforms" / "contract.py").read_text(encoding="utf-8")
    answer = contract[contract.index("class Answer") :]
    for fact in ("taken", "gone", "repeat"):
        assert f"{fact}: bool" in answer and f"`{fact}`" in GUIDE
