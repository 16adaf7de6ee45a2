"""Every description that is shipped says what it does not know, and its examples pass."""

from pathlib import Path

import pytest

from odoo.addons.finance_connector_base.declarative import examples, read

FOLDER = Path(__file__).parents[3] / "finance_connector_base" / "definitions"
FILES = sorted(FOLDER.glob("*.json"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_examples_pass(path):
    description = read(path.read_bytes())
    assert description.code == path.stem
    assert description.sources, "say where the facts come from"
    results = examples.run(description)
    assert results, "an example is the test of a description"
    assert [(result.name, result.problem) for result in results if result.problem] == []
    told = {*(e.feed for e in description.examples), *(e.send for e in description.examples)}
    assert {*description.feeds, *description.sends} <= told, "each list and each sending has an example"


def test_each_is_loaded_by_the_module():
    data = (FOLDER.parent / "data" / "finance_definition_data.xml").read_text()
    assert [path.name for path in FILES if f"definitions/{path.name}" not in data] == []
