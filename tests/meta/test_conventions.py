"""Odoo 19 idioms and rules of the suite that no linter knows."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from suite import paths

SECRET = re.compile(r"password|secret|token|private_key|passphrase", re.IGNORECASE)

# Fields that carry the word, but no secret: booleans, links, dates, what is derived.
HOLDS_VALUE = {"Char", "Text", "Binary", "Html", "Json"}

OUTDATED = {
    r"_sql_constraints\b": "models.Constraint",
    r"\bgroups_id\b": "group_ids",
    r"""type=["']json["']""": 'type="jsonrpc"',
    r"\bself\._(cr|uid|context)\b": "self.env",
    r"\bosv\.expression\b": "odoo.fields.Domain",
    r"\bread_group\(": "_read_group or formatted_read_group",
    r"\b_notify_progress\(": "_commit_progress",
}

# Package indexes and mirrors are the business of the machine's configuration.
FOREIGN_HOSTS = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("deb", "debian", "org"),
            ("ftp", "debian", "org"),
            ("registry", "npmjs", "org"),
            ("registry", "yarnpkg", "com"),
        )
    )
)
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:work|root|home/\w+|tmp/\w+)/")


def orm_files(module: Path) -> list[Path]:
    """Python files that Odoo runs in production."""
    layers = paths.ODOO_LAYERS - {"tests"}
    return sorted(path for layer in layers for path in (module / layer).rglob("*.py"))


def test_every_test_file_is_imported(module: Path) -> None:
    """Odoo collects what tests/__init__.py imports, and nothing else."""
    folder = module / "tests"
    if not folder.is_dir():
        return
    imported = {
        alias.name
        for node in ast.walk(ast.parse((folder / "__init__.py").read_text()))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert {path.stem for path in folder.glob("test_*.py")} == {name for name in imported if name.startswith("test_")}


def test_no_outdated_idiom(module: Path) -> None:
    found = [
        f"{path.relative_to(paths.ROOT)}: write {advice} for {pattern}"
        for path in orm_files(module)
        for pattern, advice in OUTDATED.items()
        if re.search(pattern, re.sub(r"_read_group\(|formatted_read_group\(", "", path.read_text()))
    ]
    assert found == []


def test_secret_fields_have_groups(module: Path) -> None:
    """A value that looks like a secret is readable by a group, never by every internal user."""
    naked = [
        f"{path.relative_to(paths.ROOT)}:{call.lineno}: {name}"
        for path in orm_files(module)
        for name, call in fields(path)
        if SECRET.search(name) and kind(call) in HOLDS_VALUE and not {"groups", "related"} & keywords(call)
    ]
    assert naked == []


def test_secret_fields_are_not_copied(module: Path) -> None:
    copied = [
        f"{path.relative_to(paths.ROOT)}:{call.lineno}: {name}"
        for path in orm_files(module)
        if "wizards" not in path.parts
        for name, call in fields(path)
        if SECRET.search(name) and kind(call) in HOLDS_VALUE and not {"copy", "compute", "related"} & keywords(call)
    ]
    assert copied == []


def test_modules_that_talk_out_can_be_neutralized(module: Path) -> None:
    """A copy of the production database must reach no bank."""
    if module in paths.test_modules():
        return
    adapters = re.compile(r"_(?:name|inherit) = .*\bfinance\.(?:connection|adapter)\b")
    if any(adapters.search(path.read_text()) for path in module.glob("models/*.py")):
        assert (module / "data" / "neutralize.sql").is_file()


@pytest.mark.parametrize("pattern", [FOREIGN_HOSTS, MACHINE_PATHS], ids=["package index", "machine path"])
def test_repository_names_no_host_or_path_of_a_machine(pattern: re.Pattern[str]) -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=paths.ROOT, capture_output=True, text=True, check=False)
    found = [
        f"{name}: {match.group()}"
        for name in listed.stdout.splitlines()
        if (paths.ROOT / name).suffix in (".py", ".md", ".toml", ".txt", ".xml", ".csv", ".sh", ".js", "")
        and (paths.ROOT / name).is_file()
        for match in pattern.finditer((paths.ROOT / name).read_text(errors="replace"))
    ]
    assert found == []


def fields(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Fields of the models in a file: name and the call that makes it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.ClassDef):
            continue
        for statement in node.body:
            if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call):
                function = statement.value.func
                if isinstance(function, ast.Attribute) and getattr(function.value, "id", "") == "fields":
                    yield statement.targets[0].id, statement.value  # type: ignore[attr-defined]


def kind(call: ast.Call) -> str:
    assert isinstance(call.func, ast.Attribute)
    return call.func.attr


def keywords(call: ast.Call) -> set[str]:
    return {keyword.arg for keyword in call.keywords if keyword.arg}


def test_titles_of_menus_are_in_title_case(module: Path) -> None:
    """As Odoo writes them: every word but the small ones begins with a capital."""
    small = {"a", "an", "and", "at", "by", "for", "in", "into", "of", "on", "or", "the", "to", "with", "without"}
    small |= {"as", "from", "up"}
    menus = [
        (path.name, title)
        for path in module.rglob("*.xml")
        for title in re.findall(r'<menuitem\b[^>]*?\bname="([^"]*)"', path.read_text(), re.DOTALL)
    ]
    odd = [
        (name, title)
        for name, title in menus
        if any(word[:1].islower() and word not in small for word in title.split()) or title[:1].islower()
    ]
    assert odd == []
