"""Every kind of alert has a page that says what to do (A-13)."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "finance_integration_audit" / "runbooks"
CONDITIONS = sorted((ROOT / "finance_integration_audit" / "models").glob("finance_alert_condition_*.py"))


def _code(path: Path) -> str:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "_code":
            return str(ast.literal_eval(node.value))
    return ""


def _raised() -> set[str]:
    """Kinds that code raises by itself: the first argument of ``_raise`` of the model finance.alert."""
    found = set()
    for path in ROOT.glob("finance_*/**/*.py"):
        text = path.read_text()
        if "tests" in path.parts or "_raise(" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            is_call = isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "_raise"
            if is_call and node.args and isinstance(node.args[0], ast.Constant) and "klass" in _keywords(node):
                found.add(str(node.args[0].value))
    return found


def _keywords(call: ast.Call) -> set[str]:
    return {keyword.arg or "" for keyword in call.keywords}


@cache
def _codes() -> frozenset[str]:
    return frozenset({_code(path) for path in CONDITIONS} | _raised())


def test_every_alert_has_a_runbook() -> None:
    codes = _codes()
    assert codes
    assert "" not in codes, "a condition without _code"
    for code in sorted(codes):
        page = PAGES / f"alert-{code}.md"
        assert page.exists(), (
            f"write {page.relative_to(ROOT)}: what one sees, what to do first, then, and when it is over"
        )
        text = page.read_text()
        assert "## First" in text, page.name
        assert "## When it is over" in text, page.name


def test_no_runbook_is_left_over() -> None:
    pages = {path.stem.removeprefix("alert-") for path in PAGES.glob("alert-*.md")}
    assert pages <= _codes()


def test_docs_show_the_pages_of_the_module() -> None:
    """One source: people read the same page in the documentation and on the alert."""
    for page in PAGES.glob("alert-*.md"):
        shown = ROOT / "docs" / "runbooks" / page.name
        assert shown.is_symlink(), f"link docs/runbooks/{page.name} to the page of the module"
        assert shown.resolve() == page.resolve()
