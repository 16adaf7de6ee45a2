"""Telling a system something, once, and seeing that it has understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from .calls import Call, Caller, Heard, Refused, asked, prepared
from .description import Description, Find, Send
from .errors import AnswerError, ContentError, ExpressionError
from .expression import as_text, search
from .feed import Made, made_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something of the answer that is not what was sent."""

    name: str
    sent: str
    answered: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of it.

    :param id: what the other system calls it; None where the description does not ask
    :param was_there: it was found and not sent again
    :param reply: what the answer becomes
    """

    id: str | None
    was_there: bool = False
    differences: tuple[Difference, ...] = ()
    reply: Made | None = None


def send(
    description: Description,
    name: str,
    document: Mapping[str, Any],
    facts: Mapping[str, Any],
    caller: Caller,
    *,
    key: str,
    again: bool = False,
) -> Sent:
    """Tell the other system of an object.

    :param key: idempotency key, the same in every attempt
    :param again: an earlier attempt may have had an effect: look first
    :raise Refused, ContentError, FinanceError: it was not taken
    :raise AnswerError: it was, and what the answer says is not as described
    """
    sending = description.sends[name]
    place = f"sends.{name}"
    facts = {**facts, "key": key}
    if again and sending.find and (found := _found(description, sending.find, document, facts, caller, place)):
        return Sent(id=found, was_there=True)
    try:
        heard = asked(description, caller, request_of(description, name, document, facts, key=key))
    except Refused as refused:
        if refused.means != "exists" or not sending.find:
            raise
        found = _found(description, sending.find, document, facts, caller, place)
        if not found:
            raise
        return Sent(id=found, was_there=True)
    try:
        return _understood(sending, document, facts, heard, place)
    except ContentError as error:
        raise AnswerError(str(error)) from None


def _understood(sending: Send, document: Mapping[str, Any], facts: Mapping[str, Any], heard: Heard, place: str) -> Sent:
    answer = heard.body
    identity = None
    if sending.id:
        # some name a new record in a header only
        scope = answer if isinstance(answer, dict) else {"body": answer}
        identity = _text(sending.id, {**scope, "headers": dict(heard.headers)}, facts, f"{place}.id")
        if not identity:
            raise AnswerError(f"{place}.id: the answer does not say what the record is called now")
    differences = []
    for number, proof in enumerate(sending.proofs):
        theirs = _text(proof.answer, answer, facts, f"{place}.proofs[{number}].answer")
        ours = _text(proof.sent, document, facts, f"{place}.proofs[{number}].sent")
        if not _same(ours, theirs):
            differences.append(Difference(name=proof.name, sent=ours or "", answered=theirs or ""))
    reply = None
    if sending.reply:
        external_id = str(document.get("external_id") or "")
        reply = next(made_of(sending.reply, answer, facts, external_id, f"{place}.reply", row=document), None)
    return Sent(id=identity, differences=tuple(differences), reply=reply)


def request_of(
    description: Description, name: str, document: Mapping[str, Any], facts: Mapping[str, Any], *, key: str
) -> Call:
    """:return: the call that tells of an object"""
    sending = description.sends[name]
    call = prepared(description, sending.request, facts, document, place=f"sends.{name}.request", row=document)
    if "header" in sending.key:
        call = replace(call, headers={**call.headers, sending.key["header"]: key})
    if "query" in sending.key:
        call = replace(call, query={**call.query, sending.key["query"]: key})
    return replace(call, repeatable=True) if sending.key and call.repeatable is None else call


def _found(
    description: Description,
    find: Find,
    document: Mapping[str, Any],
    facts: Mapping[str, Any],
    caller: Caller,
    place: str,
) -> str | None:
    call = prepared(description, find.request, facts, document, place=f"{place}.find.request", row=document)
    try:
        heard = asked(description, caller, call)
    except Refused as refused:
        if refused.means == "empty":
            return None
        raise
    return _text(find.id, heard.body, {**facts, "document": dict(document)}, f"{place}.find.id")


def _text(expression: str, value: Any, facts: Mapping[str, Any], place: str) -> str | None:
    try:
        return as_text(search(expression, value, facts=facts))
    except ExpressionError as error:
        raise ContentError(f"{place}: {error}") from None


def _same(ours: str | None, theirs: str | None) -> bool:
    """Numbers by their value, texts as they are."""
    try:
        return Decimal(ours or "0") == Decimal(theirs or "0")
    except InvalidOperation:
        return ours == theirs
