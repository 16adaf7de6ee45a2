"""Reading a feed: in parts, from where the last look ended, each row once.

A position is JSON-able::

    {"since": "2026-01-01T00:00:00Z", "seen": {"450789469": "2026-01-02T08:00:00Z"}}

While a look is under way it also has ``run``: where the next part begins. ``since`` moves when the last part was read,
never before: a look that breaks off begins again where it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from ..canonical import DOCUMENTS, CanonicalError, parse, parse_document
from ..canonical.base import DOMAINS
from . import template
from .calls import Call, Caller, Heard, Refused, asked, prepared
from .description import Description, Feed, Gives, Pages
from .errors import ContentError, ExpressionError
from .expression import as_moment, as_text, search

#: pages that one message reads; the next message goes on
MOST_PAGES = 20
MOST_ROWS = 5000
#: identities that are kept of the overlap
MOST_SEEN = 20_000
_LINK = ('rel="next"', "rel=next")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One canonical object that came of a row.

    :param data: the object as on the wire; of a row that does not fit, as far as it was understood
    :param problem: why it does not fit, or None
    """

    object: str
    data: dict[str, Any]
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the feed said of one thing of the other system.

    :param rank: grows with every change of it; None: not known
    """

    id: str
    stamp: str | None
    rank: int | None
    made: tuple[Made, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a look.

    :param known: rows that were passed over: they came with the same stamp before
    :param more: the look is not at its end
    """

    rows: tuple[Row, ...]
    position: dict[str, Any]
    known: int
    more: bool


def look(
    description: Description,
    name: str,
    facts: Mapping[str, Any],
    position: Mapping[str, Any] | None,
    caller: Caller,
    *,
    now: datetime,
    most_pages: int = MOST_PAGES,
) -> Part:
    """Read the next part of a feed.

    :param facts: variables of the connection
    :param now: aware
    :raise Refused, ContentError, FinanceError: nothing has moved
    """
    feed = description.feeds[name]
    place = f"feeds.{name}"
    known = dict(position or {})
    seen = dict(known.get("seen") or {})
    run = dict(known.get("run") or {"since": _begin(feed, known, now), "page": None, "high": None, "got": {}})
    facts = {**facts, "since": _written(feed, run["since"]), "now": now.strftime("%Y-%m-%dT%H:%M:%SZ")}
    got: dict[str, str] = dict(run["got"])
    rows: list[Row] = []
    passed = 0
    for number in range(1, most_pages + 1):
        call = _page(prepared(description, feed.request, facts, {}, place=f"{place}.request"), feed.pages, run["page"])
        body, heard = _body(description, caller, call)
        found = _rows(body, feed.rows, facts, f"{place}.rows")
        for item in found:
            identity, stamp = _identity(feed, item, facts, place), _stamp(feed, item, facts, place)
            if stamp is not None and (seen.get(identity) == stamp or got.get(identity) == stamp):
                passed += 1
                continue
            if stamp is not None:
                got[identity] = stamp
                run["high"] = max(run["high"] or "", _sortable(stamp)) or None
            rows.append(_row(description, name, item, identity, stamp, facts, caller))
        if feed.since and feed.since.answer and body is not None:
            run["high"] = _text(feed.since.answer, body, facts, f"{place}.since.answer") or run["high"]
        following = _next(feed.pages, run["page"], body, heard, len(found), facts, f"{place}.pages")
        if following is None:
            return Part(rows=tuple(rows), position=_ended(feed, run, seen, got), known=passed, more=False)
        if following == run["page"]:
            raise ContentError(f"{place}.pages: the next page is the same one again")
        run["page"] = following
        if number == most_pages or len(rows) >= MOST_ROWS:
            break
    run["got"] = _kept(feed, run["high"], got)
    return Part(rows=tuple(rows), position={**known, "run": run}, known=passed, more=True)


def one(
    description: Description, name: str, facts: Mapping[str, Any], identity: str, caller: Caller
) -> tuple[Row, ...]:
    """Read one row again, after an event or because somebody asks.

    :return: the row, or nothing where the other side has none
    """
    feed = description.feeds[name]
    if feed.one is None:
        raise ContentError(f"feeds.{name}.one: a single row cannot be asked for")
    place = f"feeds.{name}"
    facts = {**facts, "id": identity}
    body, _heard = _body(description, caller, prepared(description, feed.one, facts, {}, place=f"{place}.one"))
    item = None if body is None else _search(feed.row, body, facts, f"{place}.row")
    if not isinstance(item, dict):
        return ()
    found, stamp = _identity(feed, item, facts, place), _stamp(feed, item, facts, place)
    return (_row(description, name, item, found, stamp, facts, caller),)


def make(feed: Feed, row: Any, facts: Mapping[str, Any], identity: str, place: str) -> Iterator[Made]:
    """:return: the canonical objects that a row becomes"""
    for number, gives in enumerate(feed.gives):
        yield from made_of(gives, row, facts, identity, f"{place}.gives[{number}]")


def made_of(
    gives: Gives, value: Any, facts: Mapping[str, Any], identity: str, place: str, row: Any = None
) -> Iterator[Made]:
    """:return: what one rule makes of a value; what does not fit is told, not left out"""
    try:
        if gives.when and not template.truth(_search(gives.when, value, facts, f"{place}.when", row)):
            return
        items = [value] if gives.each is None else _search(gives.each, value, facts, f"{place}.each", row)
        if items is None:
            items = []
        if not isinstance(items, list) or len(items) > template.MAX_ITEMS:
            raise ContentError(f"{place}.each: a list of at most {template.MAX_ITEMS} is expected")
    except ContentError as error:
        yield Made(object=gives.object, data=_head(gives.object, identity), problem=str(error))
        return
    for item in items:
        data = _head(gives.object, identity)
        try:
            built = template.build(
                gives.give, item, row=value if row is None else row, facts=facts, place=f"{place}.give"
            )
            data = {**_head(gives.object, None), **plain(built)}
            yield Made(object=gives.object, data=canonical(gives.object, data))
        except (ContentError, CanonicalError) as error:
            yield Made(object=gives.object, data=data, problem=str(error))


def canonical(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    """Bring an object into the one form that it has on the wire.

    :raise CanonicalError: it is none of its kind
    """
    return parse_document(data).to_dict() if kind in DOCUMENTS else parse(data).to_dict()


def plain(value: Any) -> Any:
    """Decimals as text, so that JSON keeps them."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def _head(kind: str, identity: str | None) -> dict[str, Any]:
    head: dict[str, Any] = {"object": kind} if kind in DOCUMENTS else {"domain": kind, "version": DOMAINS[kind].version}
    return head if identity is None else {**head, "external_id": identity}


def _row(
    description: Description,
    name: str,
    item: Any,
    identity: str,
    stamp: str | None,
    facts: Mapping[str, Any],
    caller: Caller,
) -> Row:
    feed, place = description.feeds[name], f"feeds.{name}"
    if feed.more and isinstance(item, dict):
        item = dict(item)
        for key, more in feed.more.items():
            if more.when and not template.truth(_search(more.when, item, facts, f"{place}.more.{key}.when")):
                continue
            call = prepared(description, more.request, facts, {"row": item}, place=f"{place}.more.{key}.request")
            body, _heard = _body(description, caller, call)
            item[key] = None if body is None else _search(more.rows, body, facts, f"{place}.more.{key}.rows")
    moment = as_moment(stamp) if stamp and _is_time(stamp) else None
    return Row(
        id=identity,
        stamp=stamp,
        rank=int(moment.timestamp()) if moment else None,
        made=tuple(make(feed, item, facts, identity, place)),
    )


def _body(description: Description, caller: Caller, call: Call) -> tuple[Any, Heard]:
    try:
        heard = asked(description, caller, call)
    except Refused as refused:
        if refused.means != "empty":
            raise
        return None, refused.heard
    return heard.body, heard


def _rows(body: Any, expression: str, facts: Mapping[str, Any], place: str) -> list[Any]:
    found = None if body is None else _search(expression, body, facts, place)
    if found is None:
        return []
    if not isinstance(found, list):
        raise ContentError(f"{place}: a list is expected")
    if len(found) > MOST_ROWS:
        raise ContentError(f"{place}: more than {MOST_ROWS} rows in one answer; ask for smaller pages")
    return found


def _search(expression: str, value: Any, facts: Mapping[str, Any], place: str, row: Any = None) -> Any:
    try:
        return search(expression, value, row=row, facts=facts)
    except ExpressionError as error:
        raise ContentError(f"{place}: {error}") from None


def _text(expression: str, value: Any, facts: Mapping[str, Any], place: str) -> str | None:
    try:
        return as_text(search(expression, value, facts=facts))
    except ExpressionError as error:
        raise ContentError(f"{place}: {error}") from None


def _identity(feed: Feed, item: Any, facts: Mapping[str, Any], place: str) -> str:
    found = _text(feed.identity, item, facts, f"{place}.identity")
    if not found:
        raise ContentError(f"{place}.identity: a row has none")
    return found[:200]


def _stamp(feed: Feed, item: Any, facts: Mapping[str, Any], place: str) -> str | None:
    if not feed.since or not feed.since.stamp:
        return None
    return _text(feed.since.stamp, item, facts, f"{place}.since.stamp")


# -- where to begin, and how far one has come -----------------------------------------------------


def _is_time(text: str) -> bool:
    try:
        return as_moment(text) is not None
    except ExpressionError:
        return False


def _sortable(stamp: str) -> str:
    """A stamp so that later ones are greater as text."""
    return _iso(as_moment(stamp) or datetime.fromtimestamp(0, timezone.utc)) if _is_time(stamp) else stamp


def _iso(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _begin(feed: Feed, known: Mapping[str, Any], now: datetime) -> str | None:
    if not feed.since:
        return None
    return known.get("since") or _iso(now - timedelta(days=feed.since.begin))


def _written(feed: Feed, since: str | None) -> Any:
    """``since`` as the other system wants it."""
    form = feed.since.form if feed.since else "as_is"
    if since is None or form == "as_is":
        return since
    moment = as_moment(since)
    if moment is None:
        return since
    if form == "seconds":
        return int(moment.timestamp())
    if form == "milliseconds":
        return int(moment.timestamp() * 1000)
    if form == "day":
        return moment.date().isoformat()
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + ("" if form == "local" else "Z")


def _ended(feed: Feed, run: Mapping[str, Any], seen: Mapping[str, str], got: Mapping[str, str]) -> dict[str, Any]:
    """:return: the position after the last part"""
    if not feed.since:
        return {}
    high, since = run["high"], run["since"]
    if not high:
        return {"since": since, "seen": dict(seen)}
    following = high
    if _is_time(high):
        moment = as_moment(high)
        assert moment is not None
        following = _iso(moment - timedelta(seconds=feed.since.look_back))
        following = max(following, since or "")
    return {"since": following, "seen": _kept(feed, high, {**seen, **got})}


def _kept(feed: Feed, high: str | None, got: Mapping[str, str]) -> dict[str, str]:
    """Of what was seen, that which the next look can bring again."""
    if feed.since and high and _is_time(high):
        moment = as_moment(high)
        assert moment is not None
        # a second more: some systems cut fractions off
        edge = _iso(moment - timedelta(seconds=feed.since.look_back + 1))
        got = {identity: stamp for identity, stamp in got.items() if _sortable(stamp) >= edge}
    if len(got) > MOST_SEEN:
        latest = sorted(got.items(), key=lambda pair: _sortable(pair[1]))[-MOST_SEEN:]
        got = dict(latest)
    return dict(got)


# -- pages -----------------------------------------------------------------------------------------


def _page(call: Call, pages: Pages, at: Any) -> Call:
    """:return: the call for a page; ``at`` None is the first one"""
    query = dict(call.query)
    if pages.kind in ("next_url", "link") and at is not None:
        return replace(call, path=at, query={}, from_origin="://" not in at)
    if at is not None and pages.keep is not None:
        query = {name: value for name, value in query.items() if name in pages.keep}
    if pages.parameter and pages.kind in ("cursor", "page", "offset"):
        first = {"page": pages.first, "offset": 0}.get(pages.kind)
        value = first if at is None else at
        if value is not None and pages.into == "json":
            return replace(call, query=query, json={**(call.json or {}), pages.parameter: value})
        if value is not None:
            query[pages.parameter] = str(value)
    return replace(call, query=query)


def _next(pages: Pages, at: Any, body: Any, heard: Heard, count: int, facts: Mapping[str, Any], place: str) -> Any:
    """:return: where the next page is, or None after the last one"""
    if pages.kind == "none" or body is None:
        return None
    if pages.more and not template.truth(_search(pages.more, body, facts, f"{place}.more")):
        return None
    if pages.kind == "link":
        return _linked(heard.headers.get("link", ""))
    if pages.at is not None:
        # a page without rows can have a next one
        return _text(pages.at, body, facts, f"{place}.at")
    if not count or (not pages.more and pages.size and count < pages.size):
        return None
    if pages.kind == "offset":
        return (at or 0) + count
    return (pages.first if at is None else at) + 1


def _linked(header: str) -> str | None:
    """:return: the address with rel="next" of a Link header (RFC 8288)"""
    for part in header.split(",")[:20]:
        address, _semicolon, parameters = part.strip().partition(";")
        if any(word in parameters for word in _LINK) and address.startswith("<") and address.endswith(">"):
            return address[1:-1]
    return None
