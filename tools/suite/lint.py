"""`make lint`: Python, types, Odoo's rules, XML."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import environment, gates, paths
from .console import say

# What is said about one check: nothing when it holds.
Findings = str
Check = Callable[[], Findings]

# Run with the virtual environment's lxml, which knows the line of an element.
XML_READER = "import sys; from suite.xml_idioms import main; sys.exit(main(sys.argv[1:]))"


def run(arguments: list[str]) -> int:
    """Linters, types, XML and deprecated idioms."""
    environment.ensure_tools()
    return 0 if all(check().values()) else 1


def check() -> dict[str, bool]:
    """Run all checks, two at a time; print what they find."""
    results = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, (findings, seconds) in zip(CHECKS, pool.map(_timed, CHECKS.values()), strict=True):
            say(f"   {name:14}{'failed' if findings else 'ok':8}{seconds:5.1f} s")
            if findings:
                say(findings)
            results[name] = not findings
    return results


def ruff() -> Findings:
    return _tool("ruff", "check", "--quiet", "--output-format=concise", ".")


def ruff_format() -> Findings:
    return _tool("ruff", "format", "--quiet", "--check", ".")


def pylint() -> Findings:
    """Odoo's rules, on what Odoo loads: a `read` of a pure class is not the ORM's."""
    modules = [str(path.relative_to(paths.ROOT)) for path in (*paths.modules(), *paths.test_modules())]
    pure = "|".join(f".*{path.relative_to(paths.ROOT)}/.*" for path in paths.pure_packages())
    return _tool("pylint", *([f"--ignore-paths={pure}"] if pure else []), *modules) if modules else ""


def types_of_pure_packages() -> Findings:
    """Type-check the pure packages under the names they are imported by.

    A module's own __init__.py imports Odoo, which is not typed. A tree of links that holds the
    pure packages alone, as namespace packages, keeps the checker away from it.
    """
    root = paths.RUN / "typing"
    wanted = {root / "odoo" / "addons" / path.parent.name / path.name: path for path in paths.pure_packages()}
    for link in root.glob("odoo/addons/*/*"):
        if wanted.get(link) != Path(os.readlink(link)):
            link.unlink()
    for link, target in wanted.items():
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.is_symlink():
            link.symlink_to(target)
    packages = [f"--package=odoo.addons.{path.parent.name}.{path.name}" for path in paths.pure_packages()]
    if not packages:
        return ""
    found = _tool("mypy", *packages, MYPYPATH=str(root))
    return found.replace(f"{os.path.relpath(root, paths.ROOT)}/odoo/addons/", "")


def types_of_tools() -> Findings:
    return _tool("mypy", "--package=suite", "--package=sandbox", MYPYPATH=f"{paths.ROOT / 'tools'}:{paths.ROOT}")


def xml() -> Findings:
    files = [
        str(path) for module in (*paths.modules(), *paths.test_modules()) for path in sorted(module.rglob("*.xml"))
    ]
    return _tool("python", "-c", XML_READER, *files, PYTHONPATH=str(paths.ROOT / "tools"))


def rules() -> Findings:
    """Rules of the suite: where rights are raised, the database commits, the outside is reached or read."""
    return "\n".join(gates.check(paths.ROOT, [*paths.modules(), *paths.test_modules()]))


CHECKS: dict[str, Check] = {
    "pylint-odoo": pylint,
    "types": types_of_pure_packages,
    "types tools": types_of_tools,
    "ruff": ruff,
    "ruff format": ruff_format,
    "xml": xml,
    "gates": rules,
}


def _timed(check: Check) -> tuple[Findings, float]:
    start = time.monotonic()
    return check(), time.monotonic() - start


def _tool(name: str, *arguments: str, **env: str) -> Findings:
    result = subprocess.run(
        [str(paths.PYTHON.parent / name), *arguments],
        cwd=paths.ROOT,
        env={**os.environ, **environment.CACHES, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    return (result.stdout + result.stderr).strip() or "failed silently" if result.returncode else ""
