"""The document of the interface (OpenAPI 3.1), made from the endpoints and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic.json_schema import models_json_schema

from .contract import Contract
from .endpoints import BASE, RIGHTS, VERSION, Endpoint
from .made import KEY
from .problem import CODES, MEDIA_TYPE

_TEMPLATE = "#/components/schemas/{model}"
#: what any endpoint may answer
_ALWAYS = ("malformed", "key_missing", "not_allowed", "method", "not_acceptable", "too_many", "internal", "unavailable")
#: what an endpoint with a body may answer
_READING = ("too_large", "media_type", "invalid")
_IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "A name of your own for this request, the same when you repeat it.",
    "schema": {
        "type": "string",
        "pattern": f"^{KEY}$",
        "examples": ["8e03978e-40d5-43dd-bc93-6894a57f9324"],
    },
}
_PROBLEM = {
    "type": "object",
    "description": "RFC 9457.",
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"detail": {"type": "string"}, "pointer": {"type": "string"}},
                "required": ["detail", "pointer"],
            },
        },
    },
    "required": ["type", "title", "status"],
}


def document(endpoints: Mapping[str, Endpoint], server: str = "", rights: Mapping[str, str] = RIGHTS) -> dict[str, Any]:
    """:return: the document
    :param endpoints: name -> endpoint
    :param server: address of this database, e.g. ``https://erp.example.com``
    :param rights: code -> words
    """
    answers = {endpoint.answer for endpoint in endpoints.values()}
    bodies = {endpoint.body for endpoint in endpoints.values() if endpoint.body}
    wanted: Any = [
        *((model, "serialization") for model in sorted(answers, key=lambda model: model.__name__)),
        *((model, "validation") for model in sorted(bodies, key=lambda model: model.__name__)),
    ]
    names, schemas = models_json_schema(wanted, ref_template=_TEMPLATE)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints.values():
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, names)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Finance Integration Suite",
            "version": VERSION,
            "description": "Amounts are texts, dates are calendar dates, times are UTC. Ignore fields you do not know.",
        },
        "servers": [{"url": server.rstrip("/") + BASE}],
        "paths": paths,
        "components": {
            "schemas": {**schemas.get("$defs", {}), "Problem": _PROBLEM},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": _rights(rights)}},
        },
        "security": [{"key": []}],
    }


def _rights(rights: Mapping[str, str]) -> str:
    return "A key of this interface. Rights: " + "; ".join(f"`{code}` {words}" for code, words in rights.items()) + "."


def _operation(endpoint: Endpoint, names: Any) -> dict[str, Any]:
    problems = [*_ALWAYS]
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)\}", endpoint.path)
    ]
    if parameters:
        problems.append("not_found")
    query = _query(endpoint.query)
    if query:
        problems += ["cursor", "invalid"]
    if endpoint.body:
        problems += _READING
    if endpoint.effect:
        parameters.append(_IDEMPOTENCY)
        problems += ["idempotency_missing", "idempotency_running", "idempotency_reused"]
    if endpoint.sunset:
        problems.append("gone")
    problems += endpoint.problems
    found: dict[str, Any] = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "description": f"Needs the right `{endpoint.right}`.",
        "parameters": parameters + query,
        "responses": {
            str(endpoint.status): {
                "description": "Accepted" if endpoint.status == 202 else "OK",
                "content": {"application/json": {"schema": names[endpoint.answer, "serialization"]}},
            },
            **_problems(problems),
        },
    }
    if endpoint.deprecated:
        found["deprecated"] = True
    if endpoint.body:
        found["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": names[endpoint.body, "validation"]}},
        }
        if endpoint.example is not None:
            found["requestBody"]["content"]["application/json"]["example"] = endpoint.example
    return found


def _query(contract: type[Contract]) -> list[dict[str, Any]]:
    schema = contract.model_json_schema(ref_template=_TEMPLATE)
    found = []
    for name, one in schema.get("properties", {}).items():
        plain = dict(one)
        description = plain.pop("description", "")
        parameter: dict[str, Any] = {"name": name, "in": "query", "schema": plain}
        if description:
            parameter["description"] = description
        if any("items" in choice for choice in [plain, *plain.get("anyOf", [])]):
            # one text with commas, as the contract reads it
            parameter |= {"style": "form", "explode": False}
        found.append(parameter)
    return found


def _problems(codes: Iterable[str]) -> dict[str, Any]:
    """:return: dict status -> answer; problems with one status are told apart by their type"""
    titles: dict[str, list[str]] = {}
    for code in dict.fromkeys(codes):
        titles.setdefault(str(CODES[code][0]), []).append(CODES[code][1])
    content = {MEDIA_TYPE: {"schema": {"$ref": _TEMPLATE.format(model="Problem")}}}
    return {status: {"description": "; ".join(titles[status]), "content": content} for status in sorted(titles)}
