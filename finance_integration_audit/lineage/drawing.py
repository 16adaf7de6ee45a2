"""Where the boxes and lines of a lineage graph go: one column a stage, at most some rows, the rest counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .graph import Key

BOX_WIDTH, BOX_HEIGHT = 168, 54
GAP_X, GAP_Y = 44, 16
#: boxes in one column; the others are one box that counts them
ROWS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    key: Key
    title: str
    kind: str
    stage: int
    tone: str = "plain"
    state: str = ""
    is_hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    x: int
    y: int
    #: None: stands for ``count`` nodes that have no place
    node: Node | None
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    width: int
    height: int
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def draw(nodes: Iterable[Node], edges: Iterable[tuple[Key, Key]], *, rows: int = ROWS) -> Picture:
    columns: dict[int, list[Node]] = defaultdict(list)
    for node in sorted(nodes, key=lambda node: (node.stage, node.key)):
        columns[node.stage].append(node)
    boxes: list[Box] = []
    places: dict[Key, Box] = {}
    for number, stage in enumerate(sorted(columns)):
        column = columns[stage]
        x = number * (BOX_WIDTH + GAP_X) + 4
        shown = column if len(column) <= rows else column[: rows - 1]
        for row, node in enumerate(shown):
            box = Box(x=x, y=row * (BOX_HEIGHT + GAP_Y) + 4, node=node)
            boxes.append(box)
            places[node.key] = box
        if len(shown) < len(column):
            rest = column[len(shown) :]
            box = Box(x=x, y=len(shown) * (BOX_HEIGHT + GAP_Y) + 4, node=None, count=len(rest))
            boxes.append(box)
            places.update((node.key, box) for node in rest)
    return Picture(
        width=max((box.x for box in boxes), default=0) + BOX_WIDTH + 4,
        height=max((box.y for box in boxes), default=0) + BOX_HEIGHT + GAP_Y,
        boxes=tuple(boxes),
        lines=_lines(edges, places),
    )


def _lines(edges: Iterable[tuple[Key, Key]], places: Mapping[Key, Box]) -> tuple[Line, ...]:
    paths: dict[str, None] = {}
    for one, other in edges:
        if one in places and other in places:
            left, right = sorted((places[one], places[other]), key=lambda box: (box.x, box.y))
            if left is not right:
                paths[_path(left, right)] = None
    return tuple(Line(path=path) for path in paths)


def _path(left: Box, right: Box) -> str:
    half = BOX_HEIGHT // 2
    if left.x == right.x:
        # in one column: around the side
        x, bend = left.x + BOX_WIDTH, left.x + BOX_WIDTH + GAP_X // 2
        return f"M{x},{left.y + half} C{bend},{left.y + half} {bend},{right.y + half} {x},{right.y + half}"
    start, end = left.x + BOX_WIDTH, right.x
    if end - start <= GAP_X:
        middle = end - GAP_X // 2
        return f"M{start},{left.y + half} C{middle},{left.y + half} {middle},{right.y + half} {end},{right.y + half}"
    # past the boxes of other columns: between two rows, where none is
    lane = min(left.y, right.y) + BOX_HEIGHT + GAP_Y // 2
    bend, back = start + GAP_X // 2, end - GAP_X // 2
    return (
        f"M{start},{left.y + half} C{bend},{left.y + half} {start},{lane} {bend},{lane}"
        f" H{back} C{end},{lane} {back},{right.y + half} {end},{right.y + half}"
    )
