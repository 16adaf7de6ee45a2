"""The part of Apache FreeMarker that templates of exports need, strict where FreeMarker is.

Directives ``list`` (with ``sep``), ``if``/``else``, ``function``/``return``; interpolations; ``!`` for what may be
missing, ``??``, ``+``, ``&&``, ``||``, string and list literals, and the built-ins below. What is missing and has no
default is an error, as it is there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

_PIECE = re.compile(
    r"<#(?P<open>\w+)(?P<rest>(?:\"(?:[^\"\\]|\\.)*\"|'[^']*'|[^>\"'])*)>|</#(?P<close>\w+)>|\$\{(?P<value>[^}]*)\}"
)
_TOKEN = re.compile(r"\s*(?:(\"(?:[^\"\\]|\\.)*\"|'[^']*')|(\d+)|(\w+)|(\?\?|&&|\|\||[().!?+\[\],]))")


class TemplateError(Exception):
    """The template is wrong, or names something that does not exist."""


class _Missing:
    """What a path leads to where there is nothing."""


MISSING = _Missing()


@dataclass(slots=True)
class Block:
    """A directive with what is in it; the root has no name."""

    name: str = ""
    rest: str = ""
    inner: list[str | Block] = field(default_factory=list)
    otherwise: list[str | Block] = field(default_factory=list)


class _Return(Exception):
    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


def render(template: str, data: dict[str, Any]) -> str:
    """:raise TemplateError: as FreeMarker would"""
    functions: dict[str, tuple[list[str], list[str | Block]]] = {}
    return _run(_parse(template).inner, [data], functions)


def _parse(template: str) -> Block:
    root = Block()
    stack, place, halves = [root], 0, [root.inner]
    for piece in _PIECE.finditer(template):
        if piece.start() > place:
            halves[-1].append(template[place : piece.start()])
        place = piece.end()
        if piece["value"] is not None:
            halves[-1].append(Block("value", piece["value"]))
        elif piece["open"] == "else":
            halves[-1] = stack[-1].otherwise
        elif piece["open"] in ("list", "if", "function", "sep"):
            block = Block(piece["open"], piece["rest"].strip())
            halves[-1].append(block)
            stack.append(block)
            halves.append(block.inner)
        elif piece["open"] == "return":
            halves[-1].append(Block("return", piece["rest"].strip()))
        elif piece["close"] and len(stack) > 1 and stack[-1].name == piece["close"]:
            stack.pop()
            halves.pop()
        else:
            raise TemplateError(f"unexpected {piece.group()[:40]}")
    if len(stack) > 1:
        raise TemplateError(f"{stack[-1].name} is not closed")
    root.inner.append(template[place:])
    return root


Functions = dict[str, tuple[list[str], list[str | Block]]]


def _run(parts: list[str | Block], scopes: list[dict[str, Any]], functions: Functions) -> str:
    out = []
    for part in parts:
        if isinstance(part, str):
            out.append(part)
        elif part.name == "value":
            out.append(_printed(_evaluate(part.rest, scopes, functions)))
        elif part.name == "if":
            holds = _evaluate(part.rest, scopes, functions)
            if not isinstance(holds, bool):
                raise TemplateError(f"{part.rest} is no boolean")
            out.append(_run(part.inner if holds else part.otherwise, scopes, functions))
        elif part.name == "list":
            out.append(_listed(part, scopes, functions))
        elif part.name == "function":
            name, *arguments = part.rest.split()
            functions[name] = (arguments, part.inner)
        elif part.name == "return":
            raise _Return(_evaluate(part.rest, scopes, functions))
        elif part.name == "sep":
            if scopes[-1].get("?has_next"):
                out.append(_run(part.inner, scopes, functions))
    return "".join(out)


def _listed(block: Block, scopes: list[dict[str, Any]], functions: Functions) -> str:
    source, found, name = block.rest.rpartition(" as ")
    items = _evaluate(source, scopes, functions)
    if not found or not isinstance(items, list):
        raise TemplateError(f"{source} is no sequence")
    return "".join(
        _run(block.inner, [*scopes, {name.strip(): item, "?has_next": number + 1 < len(items)}], functions)
        for number, item in enumerate(items)
    )


def _printed(value: Any) -> str:
    if isinstance(value, bool):
        raise TemplateError("a boolean is not printed without a format")
    if isinstance(value, int | float):
        # as people write numbers: that is why ?c is needed
        return f"{value:,}"
    if not isinstance(value, str):
        raise TemplateError("only texts and numbers are printed")
    return value


def _computer(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise TemplateError("?c is for numbers and booleans")


def _json_string(value: Any) -> str:
    if not isinstance(value, str):
        raise TemplateError("?json_string is for texts")
    return json.dumps(value)[1:-1]


_BUILTINS: dict[str, Callable[[Any], Any]] = {
    "c": _computer,
    "json_string": _json_string,
    "is_boolean": lambda value: isinstance(value, bool),
    "is_number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "is_sequence": lambda value: isinstance(value, list),
    "has_content": lambda value: value is not MISSING and value not in ("", None, []),
}


def _evaluate(text: str, scopes: list[dict[str, Any]], functions: Functions) -> Any:
    tokens, place = [], 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if not match:
            raise TemplateError(f"cannot be read: {text[place : place + 20]}")
        tokens.append(match)
        place = match.end()
    reader = _Reader([match.group().strip() for match in tokens], scopes, functions)
    value = reader.either()
    if reader.tokens:
        raise TemplateError(f"unexpected {reader.tokens[0]}")
    if value is MISSING:
        raise TemplateError(f"{text} is missing")
    return value


class _Reader:
    """Reads an expression from the left."""

    def __init__(self, tokens: list[str], scopes: list[dict[str, Any]], functions: Functions) -> None:
        self.tokens, self.scopes, self.functions = tokens, scopes, functions

    def either(self) -> Any:
        value = self._both()
        while self._next("||"):
            other = self._both()
            value = value or other
        return value

    def _both(self) -> Any:
        value = self._sum()
        while self._next("&&"):
            # the right side is not looked at where the left decides
            if value is False:
                self.scopes, kept = [], self.scopes
                self._skip()
                self.scopes = kept
            else:
                value = self._sum()
        return value

    def _skip(self) -> None:
        depth = 0
        while self.tokens and (depth or self.tokens[0] not in (")", "||", "&&")):
            depth += {"(": 1, ")": -1}.get(self.tokens.pop(0), 0)

    def _sum(self) -> Any:
        value = self._postfix()
        while self._next("+"):
            other = self._postfix()
            if not (isinstance(value, str) and isinstance(other, str)):
                raise TemplateError("+ joins texts here")
            value += other
        return value

    def _postfix(self) -> Any:
        value = self._primary()
        while self.tokens:
            if self._next("??"):
                value = value is not MISSING
            elif self._next("?"):
                name = self.tokens.pop(0)
                if name not in _BUILTINS:
                    raise TemplateError(f"no such built-in: {name}")
                if value is MISSING and name != "has_content":
                    raise TemplateError(f"?{name} of something that is missing")
                value = _BUILTINS[name](value)
            elif self._next("!"):
                default = self._primary()
                value = default if value is MISSING else value
            elif self._next("."):
                name = self.tokens.pop(0)
                if value is MISSING:
                    raise _Gone
                value = _inside(value, name)
            else:
                break
        return value

    def _primary(self) -> Any:
        token = self.tokens.pop(0) if self.tokens else ""
        if token == "(":
            left = list(self.tokens)
            try:
                value = self.either()
            except _Gone:
                # parentheses stand for the whole path: any part of it may be missing
                self.tokens = left
                self._skip()
                value = MISSING
            if not self._next(")"):
                raise TemplateError("a parenthesis is not closed")
            return value
        if token == "[" and self._next("]"):
            return []
        if token[:1] in "\"'" and token:
            return re.sub(r"\\(.)", r"\1", token[1:-1])
        if token.isdigit():
            return int(token)
        if token in self.functions and self._next("("):
            return self._called(token)
        if not re.fullmatch(r"\w+", token):
            raise TemplateError(f"unexpected {token or 'end'}")
        return next((scope[token] for scope in reversed(self.scopes) if token in scope), MISSING)

    def _called(self, name: str) -> Any:
        arguments, parts = self.functions[name]
        values = [self.either()]
        while self._next(","):
            values.append(self.either())
        if not self._next(")") or len(values) != len(arguments) or MISSING in values:
            raise TemplateError(f"{name} is called wrongly")
        try:
            _run(parts, [dict(zip(arguments, values, strict=True))], self.functions)
        except _Return as answer:
            return answer.value
        raise TemplateError(f"{name} returns nothing")

    def _next(self, token: str) -> bool:
        if self.tokens and self.tokens[0] == token:
            self.tokens.pop(0)
            return True
        return False


class _Gone(TemplateError):
    """Something before the last dot is missing."""


def _inside(value: Any, name: str) -> Any:
    if not isinstance(value, dict):
        raise TemplateError(f"nothing has a {name}")
    found = value.get(name, MISSING)
    return MISSING if found is None else found
