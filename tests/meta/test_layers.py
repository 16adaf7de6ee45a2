"""Pure packages know no Odoo (DESIGN.md: pure code knows no ORM)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from suite import paths

PURE = {f"odoo.addons.{path.parent.name}.{path.name}" for path in paths.pure_packages()}


def test_pure_packages_import_no_odoo(pure: Path) -> None:
    found = [
        f"{path.relative_to(paths.ROOT)}:{line}: {name}"
        for path in sorted(pure.rglob("*.py"))
        for line, name in imports(path)
        if name.split(".")[0] == "odoo" and not is_pure(name)
    ]
    assert found == []


def test_pure_packages_do_not_climb_into_odoo_layers(pure: Path) -> None:
    """A relative import may leave the package only for another pure one of the module."""
    found = [
        f"{path.relative_to(paths.ROOT)}:{line}: {name}"
        for path in sorted(pure.rglob("*.py"))
        for line, name in relative_imports(path, pure.parent)
        if not is_pure(name)
    ]
    assert found == []


def test_sandbox_shares_no_code_with_the_modules() -> None:
    found = [
        f"{path.relative_to(paths.ROOT)}:{line}: {name}"
        for path in sorted((paths.ROOT / "sandbox").rglob("*.py"))
        for line, name in imports(path)
        if name.split(".")[0] == "odoo" or name.startswith("finance_")
    ]
    assert found == []


def is_pure(name: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in PURE)


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Every absolute import, wherever it stands in the file, with the imported names."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def relative_imports(path: Path, module: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            folder = path.parents[node.level - 1]
            parts = folder.relative_to(module.parent).parts
            yield node.lineno, ".".join(("odoo", "addons", *parts, *filter(None, [node.module])))
