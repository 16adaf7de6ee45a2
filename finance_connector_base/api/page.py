"""The document of the interface as a page for people: one file, nothing from elsewhere, no script."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from .problem import CODES

_HEAD = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>
:root {{ color-scheme: light dark; --line: #8884; --soft: #8881; --accent: #714b67; }}
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.7rem; }} h2 {{ margin-top: 2.5rem; border-bottom: 1px solid var(--line); }}
h3 {{ margin-top: 2rem; }} h3 code {{ font-size: 1rem; }}
table {{ border-collapse: collapse; width: 100%; margin: .5rem 0 1rem; }}
th, td {{ text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid var(--line); }}
th {{ font-weight: 600; }} td:first-child {{ white-space: nowrap; }}
code, pre {{ font: 13px/1.5 ui-monospace, monospace; background: var(--soft); border-radius: 4px; }}
code {{ padding: .1rem .3rem; }} pre {{ padding: .8rem; overflow-x: auto; }}
.method {{ background: var(--accent); color: #fff; }} .old {{ color: #b00; }} nav a {{ margin-right: 1rem; }}
</style></head><body>
"""
_INTRODUCTION = """
<h2 id="asking">Asking</h2>
<p>Send the key of your program with each request: <code>Authorization: Bearer &lt;key&gt;</code>. An administrator
makes it under <em>Configuration &gt; Programs with Access</em>, with its rights, companies, limit and networks.</p>
<ul>
<li>Amounts are texts, dates calendar dates, times UTC. Ignore fields you do not know: fields are added over time.
A request with a field that is not described here is refused.</li>
<li>Names of objects such as <code>invoice_mfzw...</code> stay the same for ever.</li>
<li>Lists come in parts: ask again with <code>cursor</code> set to <code>next</code>, until it is null.</li>
<li>Requests that have an effect carry an <code>Idempotency-Key</code>: a name of your own, the same when you repeat the
request. A repetition is given the answer of the first, marked <code>Idempotency-Replayed: true</code>.</li>
<li>An endpoint that will end says so in the headers <code>Deprecation</code> and <code>Sunset</code>.</li>
</ul>
"""


def page(document: Mapping[str, Any]) -> str:
    """:return: the page
    :param document: OpenAPI document, see :mod:`.openapi`
    """
    return "".join(_parts(document))


def _parts(document: Mapping[str, Any]) -> Iterator[str]:
    info, server = document["info"], document["servers"][0]["url"]
    yield _HEAD.format(title=escape(info["title"]))
    yield f"<h1>{escape(info['title'])}: interface for programs, version {escape(info['version'])}</h1>"
    yield f"<p>At <code>{escape(server)}</code>. For machines: "
    yield f"<a href='{escape(server)}/openapi.json'>openapi.json</a>.</p>"
    yield "<nav><a href='#asking'>Asking</a><a href='#endpoints'>Endpoints</a><a href='#objects'>Objects</a>"
    yield "<a href='#problems'>Problems</a></nav>" + _INTRODUCTION
    yield "<h2 id='endpoints'>Endpoints</h2>"
    for path, methods in document["paths"].items():
        for method, one in methods.items():
            yield from _endpoint(server, path, method.upper(), one)
    yield "<h2 id='objects'>Objects</h2>"
    for name, schema in sorted(document["components"]["schemas"].items()):
        yield from _object(name, schema)
    yield "<h2 id='problems'>Problems</h2><p>Media type <code>application/problem+json</code> (RFC 9457).</p>"
    yield "<table><tr><th>status</th><th>end of <code>type</code></th><th></th></tr>"
    for code, (status, title) in sorted(CODES.items(), key=lambda item: (item[1][0], item[0])):
        yield f"<tr><td>{status}</td><td><code>{escape(code)}</code></td><td>{escape(title)}</td></tr>"
    yield "</table></body></html>\n"


def _endpoint(server: str, path: str, method: str, one: Mapping[str, Any]) -> Iterator[str]:
    name = escape(one["operationId"])
    yield f"<h3 id='{name}'><code class='method'>{method}</code> <code>{escape(path)}</code></h3>"
    old = " <strong class='old'>Will end.</strong>" if one.get("deprecated") else ""
    yield f"<p>{escape(one['summary'])}.{old} {_marked(one['description'])}</p>"
    rows = [(p["name"], p["in"], p["schema"], p.get("description", "")) for p in one["parameters"]]
    if rows:
        yield "<table><tr><th>parameter</th><th>in</th><th>kind</th><th></th></tr>"
        for label, place, schema, description in rows:
            yield f"<tr><td><code>{escape(label)}</code></td><td>{place}</td><td>{_kind(schema)}</td>"
            yield f"<td>{_marked(description)}</td></tr>"
        yield "</table>"
    content = one.get("requestBody", {}).get("content", {}).get("application/json", {})
    if content:
        yield f"<p>Body: {_kind(content['schema'])}</p>"
    yield f"<pre>{escape(_curl(server, path, method, one, content.get('example')))}</pre>"
    for status, answer in one["responses"].items():
        schema = answer["content"].get("application/json", {}).get("schema")
        if schema:
            yield f"<p>Answer {escape(status)}: {_kind(schema)}</p>"


def _curl(server: str, path: str, method: str, one: Mapping[str, Any], example: Any) -> str:
    lines = ['curl -H "Authorization: Bearer $KEY"']
    if any(parameter["name"] == "Idempotency-Key" for parameter in one["parameters"]):
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
    if example is not None:
        lines.append(f"--json '{json.dumps(example, ensure_ascii=False)}'")
    elif method != "GET":
        lines.append(f"-X {method}")
    return " \\\n     ".join([*lines, server + path])


def _object(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h3 id='object-{escape(name)}'>{escape(name)}</h3><p>{_marked(schema.get('description', ''))}</p>"
    if schema.get("type") != "object":
        yield f"<p>{_kind(schema)}</p>"
        return
    yield "<table><tr><th>field</th><th>kind</th><th></th></tr>"
    for field, one in schema.get("properties", {}).items():
        needed = "" if field in schema.get("required", ()) else " <small>optional</small>"
        yield f"<tr><td><code>{escape(field)}</code>{needed}</td><td>{_kind(one)}</td>"
        yield f"<td>{_marked(one.get('description', ''))}</td></tr>"
    yield "</table>"


def _kind(schema: Mapping[str, Any]) -> str:
    """:return: what a value is, as HTML"""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f"<a href='#object-{name}'>{name}</a>"
    if "anyOf" in schema:
        return " or ".join(_kind(choice) for choice in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return ", ".join(f"<code>{escape(str(value))}</code>" for value in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    words = [schema.get("format") or schema.get("type") or "anything"]
    if "pattern" in schema:
        words.append(f"like {schema['examples'][0]}" if schema.get("examples") else f"matching {schema['pattern']}")
    for bound, word in (("minimum", "from"), ("maximum", "to"), ("maxLength", "at most"), ("maxItems", "at most")):
        if bound in schema:
            words.append(f"{word} {schema[bound]}")
    return escape(" ".join(words))


def _marked(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))
