"""What a description of a system consists of. docs/declarative-connectors.md explains it with examples.

Errors name the place and the remedy: ``feeds.orders.pages.at: ...``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ..canonical import DOCUMENTS, DOMAINS
from ..safe import strict_json
from ..safe.errors import SafetyError
from ..webhooks.facts import PathError, check_path
from ..webhooks.hmac_header import check_pattern
from . import template
from .errors import DescriptionError
from .expression import compiled

FORMAT = 1
MAX_BYTES = 256 * 1024
#: kinds of objects that a feed may give and a sending may take
OBJECTS = frozenset({*DOCUMENTS, *DOMAINS})

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Expression = Annotated[str, Field(min_length=1)]
Shape = Any


class Part(BaseModel):
    """Base of all parts: nothing unknown, so that a slip of the pen is no silent nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Variable(Part):
    """What differs from one customer of the system to the next; entered on the connection."""

    label: str
    default: str | None = None
    pattern: str = r"[A-Za-z0-9._~:@ -]{1,200}"

    @model_validator(mode="after")
    def _reads(self) -> Variable:
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise ValueError(f"pattern: {error}") from None
        return self


class Value(Part):
    """A secret of the connection, or a plain text."""

    secret: Name | None = None
    text: str | None = None

    @model_validator(mode="after")
    def _one(self) -> Value:
        if (self.secret is None) == (self.text is None):
            raise ValueError("give either secret (its name on the connection) or text")
        return self


class LogIn(Part):
    """How calls prove who we are.

    ``connection``: as the connection says (OAuth 2.0, user and password, fixed token). ``basic``: user and password.
    ``bearer``, ``header``, ``query``: ``token``, in ``name`` of the headers or the query.
    """

    kind: Literal["connection", "none", "basic", "bearer", "header", "query"] = "connection"
    name: str | None = None
    user: Value | None = None
    password: Value | None = None
    token: Value | None = None

    @model_validator(mode="after")
    def _complete(self) -> LogIn:
        needs = {
            "basic": ("user", "password"),
            "bearer": ("token",),
            "header": ("name", "token"),
            "query": ("name", "token"),
        }.get(self.kind, ())
        missing = [name for name in needs if getattr(self, name) is None]
        if missing:
            raise ValueError(f"{self.kind} needs {' and '.join(missing)}")
        return self

    @property
    def secrets(self) -> list[str]:
        values = (self.user, self.password, self.token)
        return [value.secret for value in values if value is not None and value.secret]


class Request(Part):
    """One call. Path, query and headers are texts with places in braces; json and form are shapes.

    ``repeatable`` says that a POST may be sent twice: it only asks.
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    path: str
    query: dict[str, str] = Field(default_factory=dict)
    headers: dict[str, str] = Field(default_factory=dict)
    json_: Annotated[Shape, Field(alias="json")] = None
    form: dict[str, Expression] | None = None
    repeatable: bool | None = None

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Fault(Part):
    """What an answer means that is no good answer.

    :param status: HTTP statuses it is about; empty: good ones, too (some systems refuse with 200)
    :param when: expression over ``{"status", "headers", "body"}``; true: it is this fault
    :param means: ``retry`` later, ``wait`` (we are too fast), ``reject`` (a definite no), ``hold`` (the data is wrong),
        ``log_in`` (credentials), ``empty`` (there is nothing), ``exists`` (the record is there already)
    :param says: expression for the words that a person gets to see
    """

    status: tuple[Annotated[int, Field(ge=200, le=599)], ...] = ()
    when: Expression | None = None
    means: Literal["retry", "wait", "reject", "hold", "log_in", "empty", "exists"]
    says: Expression | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Fault:
        if not self.status and not self.when:
            raise ValueError("give status, when, or both")
        return self


class Rate(Part):
    """Where answers say how much of the limit of calls is used up.

    :param header: its name; ``used`` and ``most`` are groups of the pattern, or ``left`` and ``most``
    :param slow_at: from this share on, every call is preceded by ``seconds``
    """

    header: str
    pattern: str
    slow_at: Annotated[float, Field(gt=0, le=1)] = 0.8
    seconds: Annotated[float, Field(gt=0, le=10)] = 1.0

    @model_validator(mode="after")
    def _groups(self) -> Rate:
        try:
            groups = set(re.compile(self.pattern).groupindex)
        except re.error as error:
            raise ValueError(f"pattern: {error}") from None
        if not ({"used", "most"} <= groups or {"left", "most"} <= groups):
            raise ValueError("pattern: name the groups used and most, or left and most, e.g. (?P<used>\\d+)")
        return self


class Pages(Part):
    """How a long list comes in parts.

    ``cursor``: the value at ``at`` goes into the parameter of the next request. ``next_url``: the address at ``at`` is
    called. ``link``: so is the one of the header Link with rel="next". ``page``: the parameter counts 1, 2, ...
    ``offset``: it counts rows. The last part is the one without ``at``, without rows, or (page, offset) with fewer rows
    than ``size``; ``more`` (an expression over the body) decides where it is given.
    """

    kind: Literal["none", "cursor", "next_url", "link", "page", "offset"] = "none"
    at: Expression | None = None
    parameter: str | None = None
    into: Literal["query", "json"] = "query"
    size: Annotated[int, Field(gt=0, le=5000)] | None = None
    first: Annotated[int, Field(ge=0, le=1)] = 1
    more: Expression | None = None
    #: of following requests only these parameters of the query are kept; None: all
    keep: tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _complete(self) -> Pages:
        needs = {"cursor": ("at", "parameter"), "next_url": ("at",), "page": ("parameter",)}.get(self.kind, ())
        needs = ("parameter", "size") if self.kind == "offset" else needs
        missing = [name for name in needs if getattr(self, name) is None]
        if missing:
            raise ValueError(f"{self.kind} needs {' and '.join(missing)}")
        return self


class Since(Part):
    """How only what has changed is asked for: ``given('since')`` in the request.

    :param stamp: expression over a row for when it was changed; the highest one is where the next look begins
    :param answer: instead: expression over the whole answer for where the next look begins
    :param form: how ``since`` is written
    :param look_back: seconds that each look overlaps the one before; what was seen with the same stamp is passed over
    :param begin: days before today at which the first look begins
    """

    stamp: Expression | None = None
    answer: Expression | None = None
    form: Literal["iso", "local", "seconds", "milliseconds", "day", "as_is"] = "iso"
    look_back: Annotated[int, Field(ge=0, le=7 * 86400)] = 300
    begin: Annotated[int, Field(ge=0, le=3660)] = 30

    @model_validator(mode="after")
    def _one(self) -> Since:
        if (self.stamp is None) == (self.answer is None):
            raise ValueError("give either stamp (of a row) or answer (of the whole answer)")
        return self


class More(Part):
    """A further request for each row; what it gives becomes a field of the row."""

    request: Request
    rows: Expression = "@"
    when: Expression | None = None


class Gives(Part):
    """What a row becomes: one canonical object, or one for each item of a list in it."""

    object: str
    when: Expression | None = None
    each: Expression | None = None
    give: dict[str, Shape]

    @model_validator(mode="after")
    def _known(self) -> Gives:
        if self.object not in OBJECTS:
            raise ValueError(f"object: {self.object} is not known; there are {', '.join(sorted(OBJECTS))}")
        return self


class Feed(Part):
    """A list that is read again and again.

    :param identity: expression over a row for what the system calls it
    :param one: reads one row by ``given('id')``, after an event or by hand; ``row`` is the row in its answer
    """

    title: str
    request: Request
    pages: Pages = Pages()
    rows: Expression = "@"
    identity: Expression
    since: Since | None = None
    one: Request | None = None
    row: Expression = "@"
    more: dict[Name, More] = Field(default_factory=dict)
    gives: Annotated[tuple[Gives, ...], Field(min_length=1)]


class Find(Part):
    """How to see, before a request is sent again, whether the first one has had an effect."""

    request: Request
    id: Expression


class Proof(Part):
    """Something of the answer that has to be what was sent, e.g. the total."""

    name: str
    answer: Expression
    sent: Expression


class Send(Part):
    """A kind of object that the system is told.

    :param id: expression over the answer for what the system calls it now
    :param key: header, or parameter of the query, that carries our idempotency key
    :param reply: what the answer becomes, as a canonical object (a tax quote)
    """

    title: str
    object: str
    request: Request
    id: Expression | None = None
    key: dict[Literal["header", "query"], str] = Field(default_factory=dict)
    find: Find | None = None
    proofs: tuple[Proof, ...] = ()
    reply: Gives | None = None

    @model_validator(mode="after")
    def _known(self) -> Send:
        if self.object not in OBJECTS:
            raise ValueError(f"object: {self.object} is not known; there are {', '.join(sorted(OBJECTS))}")
        return self


class Deliveries(Part):
    """What is proposed for a webhook in that takes these events: how they are signed, and what they say of themselves.

    An event is a hint to read a row again, so what is signed and equal is the same event: without ``identity_path`` its
    bytes identify it. An identity in a header that the signature does not cover proves nothing, and is not used.

    :param identity_path: expression over the body for what the system calls the *event*, never the record it is about
    :param key_path: expression over the body for the record; its events are worked one after the other
    """

    scheme: Literal["standard", "stripe", "paypal", "hmac", "jws"] = "standard"
    header: str | None = None
    prefix: str | None = None
    algorithm: Literal["sha256", "sha384", "sha512"] | None = None
    encoding: Literal["hex", "base64"] | None = None
    pattern: str | None = None
    time_header: str | None = None
    id_header: str | None = None
    identity_path: Expression | None = None
    kind_path: Expression | None = None
    key_path: Expression | None = None

    @model_validator(mode="after")
    def _whole(self) -> Deliveries:
        if self.scheme == "hmac" and not self.header:
            raise ValueError("scheme hmac needs header, the one with the signature")
        if self.pattern is not None and not check_pattern(self.pattern):
            raise ValueError("pattern: it has to contain {body}, and may contain {id} and {time}")
        for name in ("identity_path", "kind_path", "key_path"):
            _plain_path(getattr(self, name), name)
        return self

    def proposed(self) -> dict[str, str | None]:
        """:return: field of the webhook -> value; None where nothing is to stand"""
        paths = {name: getattr(self, name) for name in ("identity_path", "kind_path", "key_path")}
        return {**self.model_dump(exclude_none=True), **paths}


def _plain_path(expression: str | None, name: str) -> None:
    try:
        check_path(expression or "@")
    except PathError as error:
        raise ValueError(f"{name}: {error}") from None


class Event(Part):
    """How the system tells at once that something has happened.

    :param settings: what is proposed for the webhook that takes these events
    :param items: expression over the body for the list of events in it
    :param when: expression over an event: it is about this feed
    :param id: expression over an event for what to read again by ``feeds.<feed>.one``
    """

    feed: Name
    settings: Deliveries = Deliveries()
    items: Expression | None = None
    when: Expression | None = None
    id: Expression

    @model_validator(mode="after")
    def _tells_events_apart(self) -> Event:
        record = {self.id, self.id.removeprefix("text(").removesuffix(")"), self.settings.key_path}
        if self.settings.identity_path in record - {None}:
            raise ValueError(
                "settings.identity_path is the record: two events of it would be taken for one. Name what the system "
                "calls the event, or leave it out where equal bytes are the same event"
            )
        return self


class Example(Part):
    """A test that belongs to the description.

    ``feed`` with ``answer`` (the body) and, per row, ``more``, gives ``gives``; ``send`` with ``document`` makes
    ``request`` (method, path, query, json or form) and, with ``answer``, gives ``gives``.
    """

    name: str
    feed: Name | None = None
    send: Name | None = None
    variables: dict[str, str] = Field(default_factory=dict)
    answer: Any = None
    more: dict[str, Any] = Field(default_factory=dict)
    document: dict[str, Any] | None = None
    request: dict[str, Any] | None = None
    gives: list[Any] | None = None

    @model_validator(mode="after")
    def _one(self) -> Example:
        if (self.feed is None) == (self.send is None):
            raise ValueError("give either feed or send")
        if self.send and self.document is None:
            raise ValueError("an example of send needs document")
        return self


class Check(Part):
    """The call that tests a connection; ``says`` is true when we were let in."""

    request: Request
    says: Expression | None = None


class Description(Part):
    """A system, described by data.

    :param unverified: what no document of the system confirms; shown to people, and changed here when they know better
    """

    format: Literal[1]
    code: Name
    name: str
    api: str = ""
    sources: tuple[str, ...] = ()
    unverified: tuple[str, ...] = ()
    #: values of the connection that are proposed, e.g. http_auth and oauth_address
    connection: dict[str, Any] = Field(default_factory=dict)
    variables: dict[Name, Variable] = Field(default_factory=dict)
    base: str = ""
    headers: dict[str, str] = Field(default_factory=dict)
    log_in: LogIn = LogIn()
    faults: tuple[Fault, ...] = ()
    rate: Rate | None = None
    check: Check
    feeds: dict[Name, Feed] = Field(default_factory=dict)
    sends: dict[Name, Send] = Field(default_factory=dict)
    events: dict[Name, Event] = Field(default_factory=dict)
    examples: tuple[Example, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Description:
        problems = list(_problems(self))
        if problems:
            raise ValueError("; ".join(problems[:10]))
        return self


#: fields that hold expressions, in every part that has them
_EXPRESSIONS = frozenset(
    ("when", "says", "at", "more", "stamp", "answer", "rows", "row", "identity", "id", "each", "items", "sent")
)


def _problems(description: Description) -> Iterator[str]:
    """Say what cannot be read, and what names something that is not there."""
    try:
        template.check_text(description.base, "base")
    except DescriptionError as error:
        yield str(error)
    for name in ("check", "faults", "feeds", "sends", "events"):
        yield from _unreadable(getattr(description, name), name)
    for name, event in description.events.items():
        if event.feed not in description.feeds:
            yield f"events.{name}.feed: there is no feed {event.feed}"
        elif description.feeds[event.feed].one is None:
            yield f"events.{name}.feed: {event.feed} needs one, the request that reads a single row"
    for number, example in enumerate(description.examples):
        if example.feed and example.feed not in description.feeds:
            yield f"examples[{number}].feed: there is no feed {example.feed}"
        if example.send and example.send not in description.sends:
            yield f"examples[{number}].send: there is no sending {example.send}"


def _unreadable(value: Any, place: str) -> Iterator[str]:
    if isinstance(value, Request):
        yield from _in_request(value, place)
    elif isinstance(value, Part):
        for name in type(value).model_fields:
            item, where = getattr(value, name), f"{place}.{name}"
            if name == "give" and isinstance(value, Gives):
                yield from _said_of(template.check, item, where)
            elif name in _EXPRESSIONS and isinstance(item, str):
                yield from _said_of(_check_expression, item, where)
            else:
                yield from _unreadable(item, where)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _unreadable(item, f"{place}.{key}")
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from _unreadable(item, f"{place}[{number}]")


def _in_request(request: Request, place: str) -> Iterator[str]:
    yield from _said_of(template.check_text, request.path, f"{place}.path")
    for kind, texts in (("query", request.query), ("headers", request.headers)):
        for name, text in texts.items():
            yield from _said_of(template.check_text, text, f"{place}.{kind}.{name}")
    yield from _said_of(template.check, request.json_, f"{place}.json")
    yield from _said_of(template.check, request.form, f"{place}.form")


def _check_expression(text: str, place: str) -> None:
    try:
        compiled(text)
    except DescriptionError as error:
        raise DescriptionError(f"{place}: {error}") from None


def _said_of(check: Callable[[Any, str], None], value: Any, place: str) -> Iterator[str]:
    try:
        check(value, place)
    except DescriptionError as error:
        yield str(error)


def read(content: bytes) -> Description:
    """Read a description.

    :raise DescriptionError: naming the places that are wrong, and what to write there
    """
    try:
        data = strict_json.loads(content, max_bytes=MAX_BYTES, max_depth=40)
    except SafetyError as error:
        raise DescriptionError(f"{error}.") from None
    if not isinstance(data, dict):
        raise DescriptionError("The description is a JSON object.")
    try:
        return Description.model_validate(data)
    except ValidationError as error:
        raise DescriptionError("\n".join(_said(item) for item in error.errors()[:20])) from None


#: pydantic's kinds of errors -> what to do
_REMEDIES = {
    "extra_forbidden": "is not known here; see docs/declarative-connectors.md for what there is",
    "missing": "is missing",
}


def _said(item: Any) -> str:
    place = ".".join(str(part) for part in item["loc"]) or "description"
    said = _REMEDIES.get(item["type"]) or str(item["msg"]).removeprefix("Value error, ")
    return (
        said
        if said.startswith(("feeds.", "sends.", "events.", "check.", "faults", "examples", "base"))
        else (f"{place}: {said}")
    )
