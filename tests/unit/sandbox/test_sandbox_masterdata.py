"""The stand-in for a system of record: it keeps to docs/master-data-over-http.md, and breaks it on command."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from sandbox.http.messages import Request
from sandbox.masterdata.system import MasterSystem


class Client:
    def __init__(self) -> None:
        self.system = MasterSystem()

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        path, _, query = path.partition("?")
        pairs = dict(pair.split("=", 1) for pair in query.split("&") if pair)
        head = {name.replace("_", "-"): value for name, value in headers.items()}
        content = b"" if body is None else json.dumps(body).encode()
        response = self.system.answer(Request(method, path, pairs, head, content))
        return response.status, json.loads(response.body) if response.body else None

    def changes(self, query: str = "") -> Any:
        return self.ask("GET", f"/partner/changes?{query}")[1]


@pytest.fixture
def client() -> Client:
    client = Client()
    client.system.change({"partner": {"V1": {"name": "Acme"}, "V2": {"name": "Zorg"}}})
    return client


def said(**fields: Any) -> dict[str, Any]:
    return {"domain": "partner", "version": 1, **fields}


def test_pages_of_changes_in_order(client: Client) -> None:
    client.system.page = 1
    first = client.changes()
    second = client.changes(f"after={first['after']}")
    assert [line["id"] for page in (first, second) for line in page["changes"]] == ["V1", "V2"]
    assert (first["more"], second["more"]) == (True, False)
    assert client.changes(f"after={second['after']}")["changes"] == []


def test_nothing_new_is_304(client: Client) -> None:
    after = client.changes()["after"]
    assert client.ask("GET", f"/partner/changes?after={after}", if_none_match='"1.2"') == (304, None)
    client.system.change({"partner": {"V1": {"city": "Rome"}}})
    assert client.ask("GET", f"/partner/changes?after={after}", if_none_match='"1.2"')[0] == 200


def test_a_forgotten_position_is_410(client: Client) -> None:
    after = client.changes()["after"]
    client.system.generation = 2
    assert client.ask("GET", f"/partner/changes?after={after}")[0] == 410


def test_a_key_has_one_effect(client: Client) -> None:
    new = said(source_id="odoo:res.partner:1", name="New")
    first = client.ask("POST", "/partner/records", new, idempotency_key='"k1"')
    assert first == client.ask("POST", "/partner/records", new, idempotency_key='"k1"')
    assert first[0] == 201
    assert client.ask("POST", "/partner/records", {**new, "name": "Other"}, idempotency_key='"k1"')[0] == 422
    assert client.ask("POST", "/partner/records", new, idempotency_key='"k2"')[1]["id"] == first[1]["id"]
    assert client.system.effects == 1
    assert client.changes()["changes"][-1]["key"] == "k1"


def test_another_revision_is_a_conflict(client: Client) -> None:
    status, body = client.ask("PUT", "/partner/records/V1", said(city="Rome"), if_match='"1"')
    assert (status, body["revision"]) == (200, 2)
    status, body = client.ask("PUT", "/partner/records/V1", said(city="Oslo"), if_match='"1"')
    assert (status, body["object"]["city"]) == (412, "Rome")


def test_digest_is_the_documented_one(client: Client) -> None:
    [line, _other] = client.ask("GET", "/partner/digests")[1]["digests"]
    text = '{"domain":"partner","name":"Acme","version":1}'
    assert line == {"id": "V1", "digest": hashlib.sha256(text.encode()).hexdigest()}


def test_unable_so_many_times(client: Client) -> None:
    client.system.unable = {"V1": 1}
    assert ["error" in line for line in client.changes()["changes"]] == [True, False]
    assert len(client.ask("POST", "/partner/lookup", {"ids": ["V1", "V9"]})[1]["objects"]) == 1


def test_what_it_does_not_keep_is_refused(client: Client) -> None:
    assert client.ask("PUT", "/partner/records/V1", said(shoe_size="44"))[0] == 422
    assert client.ask("PUT", "/partner/records/V9", said(name="x"))[0] == 404
    assert client.ask("GET", "/unheard/changes")[0] == 404
    client.system.token = "secret"
    assert client.ask("GET", "/")[0] == 401
    assert client.ask("GET", "/", authorization="Bearer secret")[0] == 200
