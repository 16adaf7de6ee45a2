"""Every attack of the security plan has a test that is named after it (docs/testing-security.md)."""

from __future__ import annotations

import re

from suite import paths

#: how many cases the plan has
LAST = 43
NAMED = re.compile(r"def test_attack((?:_\d+)+)_")


def test_every_attack_has_a_test_of_its_name() -> None:
    files = [*paths.ROOT.glob("finance_*/tests/**/test_*.py"), *paths.ROOT.glob("tests/*/**/test_*.py")]
    named = {
        int(number)
        for file in files
        for numbers in NAMED.findall(file.read_text())
        for number in numbers.split("_")
        if number
    }
    assert sorted(set(range(1, LAST + 1)) - named) == []
    assert max(named) <= LAST
