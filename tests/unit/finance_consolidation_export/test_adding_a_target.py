"""The worked example of docs/group-targets.md is the one of tests/addons/test_finance_consolidation."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
GUIDE = (ROOT / "docs" / "group-targets.md").read_text(encoding="utf-8")
ADDON = ROOT / "tests" / "addons" / "test_finance_consolidation" / "models"


def test_one_file_and_one_line_as_they_run() -> None:
    [example] = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
    [path] = [path for path in ADDON.glob("*.py") if path.name != "__init__.py"]
    assert example == path.read_text(encoding="utf-8")
    wiring = (ADDON / "__init__.py").read_text(encoding="utf-8")
    assert f"\n```\n{wiring}```\n" in GUIDE and wiring.count("\n") == 1


def test_every_verb_is_in_the_example() -> None:
    contract = (ROOT / "finance_consolidation_export" / "targets" / "contract.py").read_text(encoding="utf-8")
    verbs = set(re.findall(r"    def (\w+)\(self", contract[contract.index("class Writer") :]))
    assert verbs >= {"compose", "row", "upload", "start", "inquire", "poll", "report", "totals"}
    assert not [verb for verb in verbs if f"def {verb}(self" not in GUIDE]
