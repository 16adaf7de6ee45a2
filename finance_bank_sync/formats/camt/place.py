"""Where in a file an element stands, in words that a person can follow."""

from __future__ import annotations

from typing import Any

from .values import LOCAL, Element

#: libxml2 keeps line numbers in 16 bits; behind that only texts know their line
_LAST_KNOWN_LINE = 65535
_VALUE_LENGTH = 40


def path_of(
    element: Element, statement: Element | None = None, number: int = 0, entry: int = 0, detail: int = 0
) -> str:
    """Return a path such as ``Stmt[1]/Ntry[14]/NtryDtls/TxDtls[2]/Amt``.

    The numbers of statement, entry and detail are passed in, because earlier ones were
    already freed; other elements are counted.
    """
    parts: list[str] = []
    node: Element | None = element
    while node is not None:
        parent = node.getparent()
        name = LOCAL[node.tag]
        if node is statement:
            parts.append(f"{name}[{number}]")
            break
        if name == "Ntry" and parent is not None and parent is statement:
            name = f"{name}[{entry}]"
        elif name == "TxDtls" and statement is not None:
            name = f"{name}[{detail}]"
        elif parent is not None and name != "NtryDtls":
            twins = [child for child in parent if child.tag == node.tag]
            if len(twins) > 1 or name == "Bal":
                name = f"{name}[{twins.index(node) + 1}]"
        parts.append(name)
        node = parent
    return "/".join(reversed(parts))


def line_of(element: Element) -> str:
    """Return ``line 812``, or what is known of it."""
    # the stubs of lxml have no proper type for sourceline
    line: Any = element.sourceline
    if line == _LAST_KNOWN_LINE:
        lines: Any = (node.sourceline for node in element.iter())
        line = next((found for found in lines if found and found != _LAST_KNOWN_LINE), line)
    if line is None:
        return ""
    return f"line {line}" if line != _LAST_KNOWN_LINE else f"after line {line}"


def short(value: str) -> str:
    """Make a foreign text safe to show: one line, printable, short."""
    text = value.strip()[: 2 * _VALUE_LENGTH]
    shown = "".join(character if character.isprintable() else " " for character in text)
    return shown if len(shown) <= _VALUE_LENGTH else shown[: _VALUE_LENGTH - 1] + "\u2026"
