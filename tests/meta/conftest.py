"""What the meta-tests look at: the files of the suite's modules."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

from suite import paths

MODULES = [*paths.modules(), *paths.test_modules()]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for `module` runs once for each module, one that asks for `pure` for each pure package."""
    if "module" in metafunc.fixturenames:
        metafunc.parametrize("module", MODULES, ids=lambda path: path.name)
    if "pure" in metafunc.fixturenames:
        metafunc.parametrize("pure", paths.pure_packages(), ids=lambda path: f"{path.parent.name}/{path.name}")


@pytest.fixture
def manifest(module: Path) -> dict[str, object]:
    return dict(ast.literal_eval((module / "__manifest__.py").read_text()))
