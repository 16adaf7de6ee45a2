"""The examples of a description, run as tests: nothing is called."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from ..safe import strict_json
from .calls import Call, Heard, Refused
from .description import Description, Example
from .errors import ContentError
from .feed import look, plain
from .send import request_of, send

#: an example has no clock
_NOW = datetime(2026, 1, 31, 12, 0, tzinfo=timezone.utc)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of an example; ``problem`` is empty when it is as the description says."""

    name: str
    problem: str = ""
    given: Any = None


def run(description: Description) -> list[Result]:
    """Run every example."""
    return [_run(description, example) for example in description.examples]


def values(description: Description, given: Mapping[str, str] | None = None) -> dict[str, Any]:
    """:return: the variables, with their defaults where nothing is given"""
    defaults = {name: variable.default for name, variable in description.variables.items()}
    return {**defaults, **(given or {})}


def _run(description: Description, example: Example) -> Result:
    facts = values(description, example.variables)
    try:
        if example.feed:
            part = look(description, example.feed, facts, None, _Said(description, example), now=_NOW, most_pages=1)
            made = [item for row in part.rows for item in row.made]
            return _compared(example.name, made_data(made), example.gives)
        return _sent(description, example, facts)
    except Refused as refused:
        return Result(name=example.name, problem=f"The answer is a fault ({refused.means}): {refused.says}")
    except ContentError as error:
        return Result(name=example.name, problem=str(error))


def made_data(made: Any) -> list[Any]:
    """:return: canonical objects as they are shown, with the problem of those that do not fit"""
    return [item.data if not item.problem else {**item.data, "problem": item.problem} for item in made]


def _sent(description: Description, example: Example, facts: Mapping[str, Any]) -> Result:
    assert example.send is not None and example.document is not None
    if example.request is not None:
        call = request_of(description, example.send, example.document, {**facts, "key": "KEY"}, key="KEY")
        result = _compared(example.name, [shown(call)], [example.request])
        if result.problem or example.gives is None:
            return result
    sent = send(description, example.send, example.document, facts, _Said(description, example), key="KEY")
    given = made_data([sent.reply]) if sent.reply else [{"id": sent.id}]
    if sent.differences:
        return Result(name=example.name, problem=f"{sent.differences[0].name} differs", given=given)
    return _compared(example.name, given, example.gives)


def shown(call: Call) -> dict[str, Any]:
    """:return: a call as people and examples read it, without headers that are the same for all"""
    return {
        "method": call.method,
        "path": call.path,
        **({"query": dict(call.query)} if call.query else {}),
        **({"json": plain(call.json)} if call.json is not None else {}),
        **({"form": dict(call.form)} if call.form is not None else {}),
    }


def _compared(name: str, given: Any, wanted: Any) -> Result:
    given = json.loads(json.dumps(plain(given)))
    if wanted is None:
        problems = [item["problem"] for item in given if isinstance(item, dict) and "problem" in item]
        return Result(name=name, problem="; ".join(problems), given=given)
    wanted = json.loads(strict_json.dumps(plain(wanted)))
    return Result(name=name, problem=difference(given, wanted), given=given)


def difference(given: Any, wanted: Any, place: str = "") -> str:
    """:return: the first place where two JSON values differ, in words; empty when they are the same"""
    if isinstance(given, dict) and isinstance(wanted, dict):
        for key in sorted({*given, *wanted}):
            where = f"{place}.{key}" if place else key
            if key not in given:
                return f"{where} is missing"
            if key not in wanted:
                return f"{where} is there and not expected"
            if found := difference(given[key], wanted[key], where):
                return found
        return ""
    if isinstance(given, list) and isinstance(wanted, list):
        for number, (ours, theirs) in enumerate(zip(given, wanted, strict=False)):
            if found := difference(ours, theirs, f"{place}[{number}]"):
                return found
        return "" if len(given) == len(wanted) else f"{place or 'list'} has {len(given)} items, expected {len(wanted)}"
    if given == wanted and isinstance(given, bool) == isinstance(wanted, bool):
        return ""
    return f"{place} is {json.dumps(given)[:100]}, expected {json.dumps(wanted)[:100]}"


class _Said:
    """Answers with what the example says: the list first, then what is asked for more, by name and in order."""

    def __init__(self, description: Description, example: Example) -> None:
        feed = description.feeds[example.feed] if example.feed else None
        self._names = list(feed.more) if feed else []
        self._example = example
        self._calls = 0

    def call(self, call: Call) -> Heard:
        self._calls += 1
        if self._calls == 1 or not self._names:
            return Heard(status=200, body=self._example.answer)
        for name in self._names:
            if name in self._example.more and (name in call.path or len(self._names) == 1):
                return Heard(status=200, body=self._example.more[name])
        return Heard(status=200, body=self._example.more.get(self._names[(self._calls - 2) % len(self._names)]))

    def pause(self, seconds: float) -> None:
        """An example does not wait."""
