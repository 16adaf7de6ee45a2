"""XML files of the modules: well-formed, and in the idiom of Odoo 19.

Run by lint.py inside the virtual environment, for lxml.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

TAGS = {"tree": "use <list>", "openerp": "use <odoo>"}
ATTRIBUTES = {
    "attrs": "write the expression in invisible=, readonly= or required=",
    "states": "write the expression in invisible=",
    "groups_id": "use group_ids",
}
FIELDS = {"groups_id": "use group_ids", "users": "use user_ids"}
XML_ID = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)?|base\.[A-Z]{3}")


def problems(root: etree._Element) -> Iterator[tuple[int, str]]:
    if root.tag == "odoo" and len(root) == 1 and root[0].tag == "data" and not root[0].attrib:
        yield _line(root[0]), "a lone <data> without attributes is superfluous"
    for element in root.iter(etree.Element):
        line = _line(element)
        if element.tag in TAGS:
            yield line, f"<{element.tag}>: {TAGS[element.tag]}"
        for name, advice in ATTRIBUTES.items():
            if name in element.attrib:
                yield line, f"{name}=: {advice}"
        parent = element.getparent()
        if element.tag == "field" and parent is not None and parent.tag == "record":
            name = element.get("name", "")
            if name in FIELDS and (name != "users" or parent.get("model") == "res.groups"):
                yield line, f"field {name}: {FIELDS[name]}"
            if name == "view_mode" and "tree" in (element.text or ""):
                yield line, "view_mode: write list, not tree"
        if element.tag in ("record", "template", "menuitem") and not XML_ID.fullmatch(element.get("id", "x")):
            yield line, f"id {element.get('id')}: lower case, digits and underscores"


def duplicated_ids(root: etree._Element) -> Iterator[tuple[int, str]]:
    seen: dict[str, int] = {}
    for element in root.iter("record", "template", "menuitem"):
        xml_id, line = element.get("id"), _line(element)
        if xml_id in seen:
            yield line, f"id {xml_id} was given in line {seen[xml_id]} already"
        elif xml_id:
            seen[xml_id] = line


def _line(element: etree._Element) -> int:
    return int(getattr(element, "sourceline", None) or 0)


def main(files: list[str]) -> int:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    found = []
    for file in files:
        try:
            root = etree.parse(file, parser).getroot()
        except etree.XMLSyntaxError as error:
            found.append(f"{file}: {error}")
            continue
        if root.tag in ("odoo", "openerp", "templates"):
            found += [f"{file}:{line}: {text}" for line, text in (*problems(root), *duplicated_ids(root))]
    print("\n".join(found))
    return 1 if found else 0
