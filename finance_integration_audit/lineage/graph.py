"""From any node to what belongs to it.

A record is named by ``(model, id)``. What is next to it is asked level by level, so that a reader asks the database
once a level. Links are looked at from both sides: whoever starts at any node of a connected graph gets the same graph.

The exception are collections (a statement, a payment file). They are shown with what they belong to, but their other
members are not this transaction: a link to a member is *wide* and is followed only from where the walk starts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

Key = tuple[str, int]

#: nodes in one graph; more is told as cut
LIMIT = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Two records belong together; ``wide``: the far one is one of many members of the near one."""

    near: Key
    far: Key
    wide: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    nodes: tuple[Key, ...]
    edges: tuple[tuple[Key, Key], ...]
    is_cut: bool = False


def walk(starts: Iterable[Key], look: Callable[[Sequence[Key]], Iterable[Link]], *, limit: int = LIMIT) -> Graph:
    """:param look: gives the links of the nodes it is asked about; each node is asked about once
    :return: what can be reached, in an order that does not depend on where the walk began
    """
    first = sorted(set(starts))
    is_cut = len(first) > limit
    level = first[:limit]
    known = set(level)
    edges: set[tuple[Key, Key]] = set()
    is_start = True
    while level:
        found: set[Key] = set()
        for link in look(level):
            edges.add((min(link.near, link.far), max(link.near, link.far)))
            if link.far not in known and (is_start or not link.wide):
                found.add(link.far)
        room = limit - len(known)
        is_cut = is_cut or len(found) > room
        level = sorted(found)[:room]
        known.update(level)
        is_start = False
    kept = sorted(edge for edge in edges if edge[0] in known and edge[1] in known and edge[0] != edge[1])
    return Graph(nodes=tuple(sorted(known)), edges=tuple(kept), is_cut=is_cut)
