"""One call of a description: what is asked, what is heard, and what that means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from . import template
from .description import Description, Fault, Rate, Request
from .errors import ContentError, ExpressionError
from .expression import as_text, search


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request without what proves who we are: that is added by whoever makes it.

    :param path: below the address of the connection; with ``from_origin`` below its host; or a whole address
    :param expect: statuses besides 2xx that the description gives a meaning to
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    form: Mapping[str, str] | None = None
    repeatable: bool | None = None
    from_origin: bool = False
    expect: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A complete answer; ``body`` is None where there is none, or no JSON is expected (a fault)."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


class Caller(Protocol):
    """Makes the calls; see ``models/finance_adapter_declarative.py``."""

    def call(self, call: Call) -> Heard:
        """:raise FinanceError: what transports/http.py says of statuses that are not expected"""

    def pause(self, seconds: float) -> None:
        """The other side wants us to be slower."""


class Refused(Exception):
    """The answer is a fault of the description.

    :param means: see :class:`.description.Fault`
    :param says: words of the other side for a person
    """

    def __init__(self, fault: Fault, heard: Heard, says: str) -> None:
        super().__init__(says)
        self.means = fault.means
        self.heard = heard
        self.says = says


def prepared(
    description: Description,
    request: Request,
    facts: Mapping[str, Any],
    subject: Mapping[str, Any],
    *,
    place: str,
    row: Any = None,
) -> Call:
    """Fill a request in.

    :param facts: variables of the connection and what is known of the request; ``given()``
    :param subject: what it is about, whose fields can be named in path and query
    :raise ContentError: something that it names is not there
    """
    scope = {**facts, **subject}
    row = subject if row is None else row

    def text(said: str, where: str) -> str:
        return template.fill(said, scope, facts=facts, place=f"{place}.{where}", escape=False)

    base = template.fill(description.base, facts, facts=facts, place="base")
    path = template.fill(request.path, scope, facts=facts, place=f"{place}.path")
    form = None
    if request.form is not None:
        built = template.build(request.form, scope, row=row, facts=facts, place=f"{place}.form")
        form = {name: as_text(value) or "" for name, value in built.items()}
    return Call(
        method=request.method,
        path="/".join(part.strip("/") for part in (base, path) if part.strip("/")),
        query=_given(request.query, scope, facts, f"{place}.query"),
        headers={
            name: text(said, f"headers.{name}") for name, said in {**description.headers, **request.headers}.items()
        },
        json=None
        if request.json_ is None
        else template.build(request.json_, scope, row=row, facts=facts, place=f"{place}.json"),
        form=form,
        repeatable=request.repeatable,
        expect=frozenset(status for fault in description.faults for status in fault.status),
    )


def _given(query: Mapping[str, str], scope: Any, facts: Mapping[str, Any], place: str) -> dict[str, str]:
    """A parameter that is nothing but one place is left out where there is nothing for it."""
    found = {}
    for name, said in query.items():
        if re.fullmatch(r"\{[^{}]+\}", said):
            try:
                value = as_text(search(said[1:-1], scope, facts=facts))
            except ExpressionError as error:
                raise ContentError(f"{place}.{name}: {error}") from None
            if value is None:
                continue
            found[name] = value
        else:
            found[name] = template.fill(said, scope, facts=facts, place=f"{place}.{name}", escape=False)
    return found


def asked(description: Description, caller: Caller, call: Call) -> Heard:
    """Make a call and judge what comes back.

    :raise Refused: it is one of the faults of the description
    """
    heard = caller.call(call)
    if description.rate:
        seconds = pause(description.rate, heard.headers)
        if seconds:
            caller.pause(seconds)
    fault = judged(description, heard)
    if fault is not None:
        raise Refused(fault, heard, _words(fault, heard))
    return heard


def judged(description: Description, heard: Heard) -> Fault | None:
    """:return: the first fault that an answer is, or None"""
    said = {"status": heard.status, "headers": dict(heard.headers), "body": heard.body}
    for fault in description.faults:
        if fault.status and heard.status not in fault.status:
            continue
        if fault.when:
            try:
                if not template.truth(search(fault.when, said)):
                    continue
            except ExpressionError:
                # an answer of another shape is another answer
                continue
        return fault
    return None


def _words(fault: Fault, heard: Heard) -> str:
    if not fault.says:
        return ""
    try:
        found = search(fault.says, {"status": heard.status, "headers": dict(heard.headers), "body": heard.body})
    except ExpressionError:
        return ""
    text = found if isinstance(found, str) else as_text(found) if isinstance(found, int | Decimal) else ""
    return "".join(character if character.isprintable() else " " for character in text or "")[:300]


def pause(rate: Rate, headers: Mapping[str, str]) -> float:
    """:return: seconds to wait before the next call, by what the answer says of the limit; 0: none"""
    match = re.search(rate.pattern, headers.get(rate.header.lower(), "")[:500])
    if not match:
        return 0.0
    numbers = match.groupdict()
    try:
        most = float(numbers["most"])
        used = float(numbers["used"]) if numbers.get("used") else most - float(numbers.get("left") or "")
    except ValueError:
        return 0.0
    return rate.seconds if most > 0 and used >= most * rate.slow_at else 0.0
