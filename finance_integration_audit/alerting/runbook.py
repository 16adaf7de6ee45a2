"""Pages of what to do, written in a little Markdown, for people who read them inside Odoo."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from pathlib import Path

#: one source: ``docs/runbooks`` links to these files
FOLDER = Path(__file__).parents[1] / "runbooks"
_NAME = re.compile(r"[a-z0-9_]+")
_ITEM = re.compile(r"(\d+\.|[-*]) +")
_INLINE = (
    (re.compile(r"`([^`]+)`"), r"<code>\1</code>"),
    (re.compile(r"\*\*([^*]+)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"\*([^*]+)\*"), r"<em>\1</em>"),
    # pages of the documentation are not there
    (re.compile(r"\[([^\]]+)\]\([^)]*\)"), r"\1"),
)


@cache
def page(code: str) -> str:
    """:return: the page of a kind of alert; empty where there is none"""
    path = FOLDER / f"alert-{code}.md"
    return path.read_text("utf-8") if _NAME.fullmatch(code) and path.is_file() else ""


def blocks(text: str) -> list[tuple[str, list[str]]]:
    """:return: list of (``h1``, ``h2``, ``p``, ``ol`` or ``ul``, lines or items of it)"""
    found: list[tuple[str, list[str]]] = []
    for part in re.split(r"\n\s*\n", text.strip()):
        lines = part.splitlines()
        if heading := re.match(r"(#{1,2}) +", part):
            found.append((f"h{len(heading[1])}", [part[heading.end() :].strip()]))
        elif item := _ITEM.match(part):
            kind = "ul" if item[1] in "-*" else "ol"
            found.append((kind, _items(lines)))
        elif part:
            found.append(("p", [" ".join(line.strip() for line in lines)]))
    return found


def _items(lines: list[str]) -> list[str]:
    items: list[str] = []
    for line in lines:
        if begin := _ITEM.match(line):
            items.append(line[begin.end() :].strip())
        else:
            items[-1] += f" {line.strip()}"
    return items


def first(text: str) -> str:
    """:return: the first thing to do, in plain words"""
    is_first = False
    for kind, lines in blocks(text):
        if is_first:
            return _plain(lines[0])
        is_first = kind == "h2" and lines[0] == "First"
    return ""


def html(text: str) -> str:
    """:return: the page without its title, which the window has"""
    told = []
    for kind, lines in blocks(text):
        if kind in ("ol", "ul"):
            told.append(f"<{kind}>{''.join(f'<li>{_inline(item)}</li>' for item in lines)}</{kind}>")
        elif kind != "h1":
            tag = "h3" if kind == "h2" else kind
            told.append(f"<{tag}>{_inline(lines[0])}</{tag}>")
    return "".join(told)


def _inline(text: str) -> str:
    told = escape(text, quote=False)
    for pattern, new in _INLINE:
        told = pattern.sub(new, told)
    return told


def _plain(text: str) -> str:
    return re.sub(r"<[^>]+>", "", _inline(text)).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
