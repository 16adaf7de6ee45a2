"""Regular expressions whose time is bounded whatever is written.

Python's ``re`` tries alternatives one after the other and may take for ever; a rule that a
user writes must not be able to stop a worker. Here all alternatives advance together over the
text, one character at a time: the work is at most length of text times size of pattern.

What can be written: characters, ``.``, ``[a-z]``, ``[^0-9]``, ``\\d \\w \\s`` and their capitals,
``( | )``, ``* + ? {2} {2,} {2,4}``. A pattern matches the whole text. Nothing else exists: no
references, no lookaround, no flags.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

MAX_PATTERN = 200
MAX_STATES = 2000
MAX_TEXT = 2000
MAX_REPEAT = 100
MAX_DEPTH = 20

Test = Callable[[str], bool]


class PatternError(ValueError):
    """A pattern that cannot be read, or is too large."""


@dataclass(frozen=True, slots=True)
class _Class:
    """Characters that fit: single ones and ranges, or all but those."""

    ranges: tuple[tuple[str, str], ...] = ()
    negated: bool = False

    def __call__(self, character: str) -> bool:
        return any(low <= character <= high for low, high in self.ranges) != self.negated


_DIGIT = (("0", "9"),)
_WORD = (("0", "9"), ("A", "Z"), ("_", "_"), ("a", "z"))
_SPACE = ((" ", " "), ("\t", "\r"))
_ESCAPES = {
    "d": _Class(_DIGIT),
    "D": _Class(_DIGIT, negated=True),
    "w": _Class(_WORD),
    "W": _Class(_WORD, negated=True),
    "s": _Class(_SPACE),
    "S": _Class(_SPACE, negated=True),
}
_ANY = _Class(negated=True)


class Pattern:
    """A pattern ready to be compared: a machine of states that are all followed at once."""

    def __init__(self, text: str) -> None:
        if not text or len(text) > MAX_PATTERN:
            raise PatternError("empty or too long")
        #: state -> (test, next) of a character, or the states reached without one
        self._steps: list[tuple[Test, int] | None] = []
        self._jumps: list[list[int]] = []
        reader = _Reader(text)
        tree = reader.alternatives(0)
        if not reader.at_end():
            raise PatternError(f"cannot read {text[reader.position :]!r}")
        self._end = self._state()
        self._start = self._build(tree, self._end)

    @staticmethod
    @lru_cache(maxsize=512)
    def of(text: str) -> Pattern:
        """Give the machine of a pattern, made once."""
        return Pattern(text)

    def matches(self, text: str) -> bool:
        """Say whether the whole text fits; a text beyond the limit never does."""
        if len(text) > MAX_TEXT:
            return False
        current = self._reach({self._start})
        for character in text:
            current = self._reach(
                {step[1] for state in current if (step := self._steps[state]) is not None and step[0](character)}
            )
            if not current:
                return False
        return self._end in current

    def _reach(self, states: set[int]) -> set[int]:
        found = set(states)
        todo = list(states)
        while todo:
            for following in self._jumps[todo.pop()]:
                if following not in found:
                    found.add(following)
                    todo.append(following)
        return found

    def _state(self, step: tuple[Test, int] | None = None, *jumps: int) -> int:
        if len(self._steps) >= MAX_STATES:
            raise PatternError("too large")
        self._steps.append(step)
        self._jumps.append(list(jumps))
        return len(self._steps) - 1

    def _build(self, node: _Node, following: int) -> int:
        """Lay a node before a state; :return: where it begins."""
        if isinstance(node, _One):
            return self._state((node.test, following))
        if isinstance(node, _Sequence):
            for part in reversed(node.parts):
                following = self._build(part, following)
            return following
        if isinstance(node, _Either):
            return self._state(None, *[self._build(part, following) for part in node.parts])
        if node.most is None:
            loop = self._state(None, following)
            self._jumps[loop].append(self._build(node.part, loop))
            following = loop
        else:
            end = following
            for _number in range(node.most - node.least):
                following = self._state(None, self._build(node.part, following), end)
        for _number in range(node.least):
            following = self._build(node.part, following)
        return following


@dataclass(frozen=True, slots=True)
class _One:
    test: Test


@dataclass(frozen=True, slots=True)
class _Sequence:
    parts: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Either:
    parts: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Repeat:
    part: _Node
    least: int
    most: int | None


_Node = _One | _Sequence | _Either | _Repeat


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    def at_end(self) -> bool:
        return self.position >= len(self.text)

    def peek(self) -> str:
        return self.text[self.position : self.position + 1]

    def take(self) -> str:
        character = self.peek()
        if not character:
            raise PatternError("unfinished")
        self.position += 1
        return character

    def alternatives(self, depth: int) -> _Node:
        if depth > MAX_DEPTH:
            raise PatternError("nested too deep")
        parts = [self._sequence(depth)]
        while self.peek() == "|":
            self.take()
            parts.append(self._sequence(depth))
        return parts[0] if len(parts) == 1 else _Either(tuple(parts))

    def _sequence(self, depth: int) -> _Node:
        parts: list[_Node] = []
        while self.peek() not in ("", "|", ")"):
            parts.append(self._repeated(self._atom(depth)))
        return _Sequence(tuple(parts))

    def _atom(self, depth: int) -> _Node:
        character = self.take()
        if character == "(":
            if self.peek() == "?":
                raise PatternError("(? is not known")
            inner = self.alternatives(depth + 1)
            if self.take() != ")":
                raise PatternError("unfinished")
            return inner
        if character == "[":
            return _One(self._class())
        if character == ".":
            return _One(_ANY)
        if character == "\\":
            return _One(self._escape())
        if character in "*+?{}]^$":
            raise PatternError(f"{character} cannot stand here")
        return _One(_Class(((character, character),)))

    def _escape(self) -> _Class:
        character = self.take()
        if character in _ESCAPES:
            return _ESCAPES[character]
        if character.isalnum():
            raise PatternError(f"\\{character} is not known")
        return _Class(((character, character),))

    def _class(self) -> _Class:
        negated = self.peek() == "^"
        if negated:
            self.take()
        ranges: list[tuple[str, str]] = []
        while (character := self.take()) != "]":
            if character == "[":
                raise PatternError("[ inside of [ ]: write \\[")
            if character == "\\":
                escape = self._escape()
                if escape.negated:
                    raise PatternError("a negated class inside of [ ]")
                if len(escape.ranges) > 1 or escape.ranges[0][0] != escape.ranges[0][1]:
                    ranges.extend(escape.ranges)
                    continue
                character = escape.ranges[0][0]
            high = character
            if self.peek() == "-" and self.text[self.position + 1 : self.position + 2] not in ("]", ""):
                self.take()
                high = self.take()
                if high == "\\":
                    high = self._escape().ranges[0][0]
                if high < character:
                    raise PatternError("range from high to low")
            ranges.append((character, high))
        if not ranges:
            raise PatternError("empty [ ]")
        return _Class(tuple(ranges), negated)

    def _repeated(self, atom: _Node) -> _Node:
        signs: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        if self.peek() in signs and self.peek():
            least, most = signs[self.take()]
        elif self.peek() == "{":
            least, most = self._counts()
        else:
            return atom
        if self.peek() and self.peek() in "*+?{":
            raise PatternError("repeated twice")
        return _Repeat(atom, least, most)

    def _counts(self) -> tuple[int, int | None]:
        self.take()
        inner = ""
        while (character := self.take()) != "}":
            inner += character
        low, comma, high = inner.partition(",")
        if not low.isascii() or not low.isdigit() or (high and not (high.isascii() and high.isdigit())):
            raise PatternError("{ } holds one or two numbers")
        least = int(low)
        most = (int(high) if high else None) if comma else least
        if max(least, most or 0) > MAX_REPEAT or (most is not None and most < least):
            raise PatternError("repeated too often")
        return least, most
