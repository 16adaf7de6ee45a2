"""Tasks that wait for each other: no circles, and which chain of them takes longest (C-05)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Waits = Mapping[int, Iterable[int]]


class CircleError(ValueError):
    """Tasks that wait for each other in a circle.

    :param tasks: ids along the circle; the last waits for the first
    """

    def __init__(self, tasks: list[int]) -> None:
        super().__init__(" > ".join(map(str, tasks)))
        self.tasks = tuple(tasks)


def in_order(waits: Waits) -> list[int]:
    """Put tasks in an order in which each comes after those it waits for.

    :param waits: task -> tasks that have to be done before; those that are no key are left out
    :raise CircleError: there is no such order
    """
    done: dict[int, None] = {}
    for start in sorted(waits):
        # the way down to the task, each with what is still to be looked at; no recursion, chains may be long
        way: list[tuple[int, list[int]]] = [(start, _known(waits, start))] if start not in done else []
        on_way = {start}
        while way:
            task, left = way[-1]
            while left and left[-1] in done:
                left.pop()
            if not left:
                way.pop()
                on_way.discard(task)
                done[task] = None
                continue
            following = left.pop()
            if following in on_way:
                names = [one for one, _left in way]
                raise CircleError(names[names.index(following) :])
            on_way.add(following)
            way.append((following, _known(waits, following)))
    return list(done)


def _known(waits: Waits, task: int) -> list[int]:
    return sorted((one for one in waits[task] if one in waits), reverse=True)


def critical_path(waits: Waits, hours: Mapping[int, float]) -> list[int]:
    """Find the chain of tasks that takes longest; a delay of one of them delays the close.

    :param hours: how long each task takes
    :raise CircleError: see :func:`in_order`
    :return: its tasks, the first first
    """
    longest: dict[int, tuple[float, int | None]] = {}
    for task in in_order(waits):
        before = [(longest[one][0], -one) for one in waits[task] if one in longest]
        most, negative = max(before, default=(0.0, 0))
        longest[task] = (most + hours.get(task, 0.0), -negative if before else None)
    if not longest:
        return []
    last: int | None = max(longest, key=lambda task: (longest[task][0], -task))
    path: list[int] = []
    while last is not None:
        path.append(last)
        last = longest[last][1]
    return path[::-1]


def rests_on(waits: Waits, tasks: Iterable[int]) -> set[int]:
    """:return: the tasks, and all that wait for one of them, however far away"""
    after: dict[int, list[int]] = {}
    for task, before in waits.items():
        for one in before:
            after.setdefault(one, []).append(task)
    found: set[int] = set()
    left = list(tasks)
    while left:
        task = left.pop()
        if task not in found:
            found.add(task)
            left.extend(after.get(task, ()))
    return found
