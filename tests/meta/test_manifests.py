"""Manifests: what they name exists, what exists is named, in the usual order."""

from __future__ import annotations

import ast
import csv
from pathlib import Path

import pytest

from suite import paths

ORDER = [
    "name", "summary", "version", "license", "author", "maintainers", "website", "development_status", "category",
    "depends", "external_dependencies", "data", "demo", "assets", "application", "auto_install", "installable",
    "pre_init_hook", "post_init_hook", "uninstall_hook", "post_load",
]  # fmt: skip
LOADED = ("security", "data", "views", "wizards", "report")


def files(manifest: dict[str, object], key: str) -> list[str]:
    found = manifest.get(key, [])
    assert isinstance(found, list)
    return found


def test_keys_are_in_order(manifest: dict[str, object]) -> None:
    assert set(manifest) <= set(ORDER), "unknown key"
    assert list(manifest) == sorted(manifest, key=ORDER.index)


def test_named_files_exist(module: Path, manifest: dict[str, object]) -> None:
    named = files(manifest, "data") + files(manifest, "demo")
    assert [name for name in named if not (module / name).is_file()] == []
    assert len(named) == len(set(named)), "a file is named twice"


def test_every_data_file_is_named(module: Path, manifest: dict[str, object]) -> None:
    named = set(files(manifest, "data") + files(manifest, "demo"))
    folders = [*LOADED, "demo"]
    present = {
        str(path.relative_to(module))
        for folder in folders
        for kind in ("xml", "csv")
        for path in (module / folder).glob(f"*.{kind}")
    }
    assert present - named == set()


def test_security_comes_first_and_menus_last(manifest: dict[str, object]) -> None:
    data = files(manifest, "data")
    security = [index for index, name in enumerate(data) if name.startswith("security/") and name.endswith(".xml")]
    assert security == list(range(len(security)))
    menus = [index for index, name in enumerate(data) if "menu" in Path(name).name]
    assert menus == list(range(len(data) - len(menus), len(data)))


def test_suite_depends_on_every_module() -> None:
    manifest = ast.literal_eval((paths.ROOT / "__manifest__.py").read_text())
    assert manifest["name"] == "Finance Integration Suite"
    assert sorted(manifest["depends"]) == [path.name for path in paths.modules() if not is_glue(path)]


def is_glue(module: Path) -> bool:
    """It installs itself where both sides are there."""
    return bool(ast.literal_eval((module / "__manifest__.py").read_text()).get("auto_install"))


def test_root_is_not_a_python_package() -> None:
    """pytest-odoo would import the modules under a wrong name."""
    assert not (paths.ROOT / "__init__.py").exists()


def test_external_dependencies_are_required(manifest: dict[str, object]) -> None:
    external = manifest.get("external_dependencies", {})
    assert isinstance(external, dict)
    required = (paths.ROOT / "requirements.txt").read_text().lower()
    assert [name for name in external.get("python", []) if name.lower() not in required] == []


def test_every_model_has_an_access_rule(module: Path) -> None:
    """Default is no access; a stored model that no line mentions was forgotten."""
    access = module / "security" / "ir.model.access.csv"
    lines = list(csv.DictReader(access.open())) if access.exists() else []
    mentioned = {line["model_id:id"].rpartition(".")[2].removeprefix("model_") for line in lines}
    missing = {name for name in own_models(module) if name.replace(".", "_") not in mentioned}
    assert missing == set()


def own_models(module: Path) -> set[str]:
    """Names of the models (not abstract ones) that a module defines."""
    names = set()
    for path in [*module.glob("models/*.py"), *module.glob("wizards/*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and any(
                _base(base) in ("Model", "TransientModel") for base in node.bases
            ):
                names |= _declared_name(node)
    return names


def _base(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _declared_name(node: ast.ClassDef) -> set[str]:
    """The new name a class declares; a name that it also inherits from is no new model."""
    values = {
        getattr(statement.targets[0], "id", ""): ast.literal_eval(statement.value)
        for statement in node.body
        if isinstance(statement, ast.Assign) and getattr(statement.targets[0], "id", "") in ("_name", "_inherit")
    }
    inherited = values.get("_inherit") or ()
    return (
        {values["_name"]} - ({inherited} if isinstance(inherited, str) else set(inherited))
        if "_name" in values
        else set()
    )


@pytest.mark.parametrize("name", ["README.md", "LICENSE"])
def test_repository_says_what_it_is(name: str) -> None:
    assert (paths.ROOT / name).is_file()
