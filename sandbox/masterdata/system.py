"""The HTTP side of the system of record: pages of changes, digests, look-ups, writing with keys and revisions."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from sandbox.http.messages import Request, Response, as_json
from sandbox.masterdata.books import FIELDS, Books, Entry, Record, Refused


class MasterSystem:
    """One tenant; what it does wrong it does on command."""

    def __init__(self) -> None:
        self.books = {name: Books(name) for name in FIELDS}
        #: bearer token that is asked for; empty: none
        self.token = ""
        #: most changes or digests in one page
        self.page = 500
        #: a page of changes comes in the wrong order
        self.shuffled = False
        #: a page begins with the last change of the page before
        self.repeats = False
        #: changes made by requests are in the list, too
        self.echoes = True
        #: the list does not say which request made a change
        self.anonymous = False
        #: external id -> so many times it cannot be given
        self.unable: dict[str, int] = {}
        #: positions of an earlier generation are forgotten
        self.generation = 1
        self.requests: list[dict[str, Any]] = []
        self.effects = 0
        self._answered: dict[str, tuple[str, Response]] = {}

    def configure(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            if name not in ("token", "page", "shuffled", "repeats", "echoes", "anonymous", "unable", "generation"):
                raise ValueError(f"there is no setting {name}")
            setattr(self, name, value)

    def change(self, changes: dict[str, dict[str, dict[str, Any]]]) -> None:
        """Somebody works in the system itself: domain -> external id -> fields."""
        for domain, records in changes.items():
            for external_id, said in records.items():
                self.books[domain].put(external_id, said)

    def forget(self, names: dict[str, list[str]]) -> None:
        """Records vanish without a trace: domain -> external ids."""
        for domain, external_ids in names.items():
            for external_id in external_ids:
                del self.books[domain].records[external_id]

    def state(self) -> dict[str, Any]:
        return {
            "records": {
                name: {key: {**record.fields, "revision": record.revision} for key, record in books.records.items()}
                for name, books in self.books.items()
            },
            "requests": self.requests,
            "effects": self.effects,
        }

    # -- requests ------------------------------------------------------------------------------

    def answer(self, request: Request) -> Response:
        parts = [unquote(part) for part in request.path.strip("/").split("/") if part]
        self.requests.append({"method": request.method, "path": request.path, "query": request.query})
        if self.token and request.headers.get("authorization") != f"Bearer {self.token}":
            return as_json(401, {"title": "Who are you?"}, **{"WWW-Authenticate": "Bearer"})
        if not parts:
            return as_json(200, {"name": "System of record", "domains": list(self.books)})
        books = self.books.get(parts[0])
        if books is None:
            return as_json(404, {"title": f"There is no {parts[0]}"})
        match request.method, parts[1:]:
            case "GET", ["changes"]:
                return self._changes(books, request)
            case "GET", ["digests"]:
                return self._digests(books, request)
            case "POST", ["lookup"]:
                return self._lookup(books, json.loads(request.body))
            case "POST", ["records"]:
                return self._once(request, lambda body, key: self._new(books, body, key))
            case "PUT", ["records", external_id]:
                return self._once(request, lambda body, key: self._put(books, external_id, body, key, request))
        return as_json(404, {"title": "Not found"})

    def _limit(self, request: Request) -> int:
        return min(int(request.query.get("limit", self.page)), self.page)

    def _changes(self, books: Books, request: Request) -> Response:
        entries = [entry for entry in books.entries if self.echoes or entry.key is None]
        start = 0
        if after := request.query.get("after"):
            generation, _, number = after.partition("-")
            if generation != str(self.generation):
                return as_json(410, {"title": "This position is forgotten"})
            start = int(number)
        etag = f'"{self.generation}.{len(entries)}"'
        if start >= len(entries) and request.headers.get("if-none-match") == etag:
            return Response(304, b"", {"ETag": etag})
        end = min(start + self._limit(request), len(entries))
        page = entries[max(start - 1, 0) if self.repeats else start : end]
        lines = [self._line(entry) for entry in (reversed(page) if self.shuffled else page)]
        body = {"changes": lines, "after": f"{self.generation}-{end}", "more": end < len(entries)}
        return as_json(200, body, ETag=etag)

    def _line(self, entry: Entry) -> dict[str, Any]:
        line: dict[str, Any] = {"id": entry.external_id, "revision": entry.revision}
        if entry.key and not self.anonymous:
            line["key"] = entry.key
        if self._is_unable(entry.external_id):
            return {**line, "error": {"title": "Locked by a batch run"}}
        return {**line, "object": entry.content}

    def _is_unable(self, external_id: str) -> bool:
        left = self.unable.get(external_id, 0)
        if left:
            self.unable[external_id] = left - 1
        return bool(left)

    def _digests(self, books: Books, request: Request) -> Response:
        after = request.query.get("after")
        names = sorted(name for name in books.records if after is None or name > after)
        page = names[: self._limit(request)]
        lines = [{"id": name, "digest": books.digest(books.records[name])} for name in page]
        return as_json(200, {"digests": lines, "more": len(names) > len(page)})

    def _lookup(self, books: Books, body: Any) -> Response:
        objects, errors = [], []
        for name in body["ids"]:
            if self._is_unable(name):
                errors.append({"id": name, "title": "Locked by a batch run"})
            elif name in books.records:
                objects.append(books.shown(books.records[name]))
        return as_json(200, {"objects": objects, "errors": errors})

    # -- writing -------------------------------------------------------------------------------

    def _once(self, request: Request, act: Callable[[dict[str, Any], str | None], Response]) -> Response:
        """The same key has one effect; with another content it is a mistake."""
        key = request.headers.get("idempotency-key", "").strip('"')
        text = request.body.decode()
        if key in self._answered:
            before, response = self._answered[key]
            return response if before == text else as_json(422, {"title": "The key was used for something else"})
        try:
            response = act(json.loads(text), key or None)
        except Refused as error:
            return as_json(422, {"title": str(error)})
        if key and response.status < 300:
            self._answered[key] = (text, response)
        return response

    def _new(self, books: Books, body: dict[str, Any], key: str | None) -> Response:
        source_id = body.get("source_id")
        if not source_id:
            return as_json(422, {"title": "A new record says what it is called where it comes from"})
        known = books.by_source(source_id)
        record = self._kept(books, known.external_id if known else books.next_id(), body, key)
        return as_json(200 if known else 201, {"id": record.external_id, "revision": record.revision})

    def _put(self, books: Books, external_id: str, body: dict[str, Any], key: str | None, request: Request) -> Response:
        record = books.records.get(external_id)
        if record is None:
            return as_json(404, {"title": f"There is no {books.domain} {external_id}"})
        wanted = request.headers.get("if-match", "").strip('"')
        if wanted and wanted != str(record.revision):
            answer = {"id": external_id, "revision": record.revision, "object": books.shown(record)}
            return as_json(412, answer)
        record = self._kept(books, external_id, body, key)
        return as_json(200, {"id": external_id, "revision": record.revision})

    def _kept(self, books: Books, external_id: str, body: dict[str, Any], key: str | None) -> Record:
        if body.get("domain") != books.domain or body.get("version") != 1:
            raise Refused(f"This is no {books.domain} of version 1")
        before = books.records[external_id].revision if external_id in books.records else 0
        record = books.put(external_id, body, key)
        self.effects += record.revision != before
        return record
