"""The texts of SAF-T files: how long they may be, what is refused, and how elements get into a stream."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, BinaryIO

from lxml import etree

from .saft_facts import SaftError

SHORT, MIDDLE1, MIDDLE2, LONG, CODE = 18, 35, 70, 256, 9
#: digits of an amount, two of them decimals
MONEY = 18
_CENT = Decimal("0.01")
#: what XML 1.0 cannot hold
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def side(amount: Decimal) -> str:
    return "Debit" if amount >= 0 else "Credit"


@contextmanager
def within(stream: BinaryIO, *starts: str) -> Iterator[None]:
    """:param starts: of elements in one another: the name, and attributes as they are written"""
    stream.write("".join(f"<{start}>" for start in starts).encode())
    yield
    stream.write("".join(f"</{start.split(' ')[0]}>" for start in reversed(starts)).encode())


def send(stream: BinaryIO, element: Any) -> None:
    stream.write(etree.tostring(element, encoding="UTF-8", xml_declaration=False))


def put(parent: Any, name: str, text: str) -> None:
    etree.SubElement(parent, name).text = text


def filled(name: str, text: str) -> Any:
    element = etree.Element(name)
    element.text = text
    return element


def named(text: str, length: int) -> str:
    """:return: a text that fits; shortened, and without what XML cannot hold"""
    return _FORBIDDEN.sub("", text)[:length].strip() or "-"


def identifier(text: str, length: int, what: str) -> str:
    """:raise SaftError: an identifier that is empty, too long, or cannot be written"""
    if not text or len(text) > length or _FORBIDDEN.search(text):
        raise SaftError(f"{what} {text[:80]!r}: between 1 and {length} characters.")
    return text


def money(amount: Decimal, where: str) -> str:
    """:raise SaftError: more than two decimals or 18 digits"""
    exact = amount.quantize(_CENT)
    if exact != amount or len(exact.as_tuple().digits) > MONEY:
        raise SaftError(f"{where}: {amount} has more than two decimals or {MONEY} digits.")
    return format(exact, "f")


def number(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
