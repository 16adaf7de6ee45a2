"""Writes a batch as a file: streamed, the same bytes for the same batch, control sums from the payments themselves."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import BinaryIO

from . import pain001, pain008
from .model import DEBIT, Batch, Group
from .versions import DIALECTS, Dialect
from .xml_blocks import party
from .xml_text import CannotWrite, leaf

__all__ = ["CannotWrite", "Written", "render", "write"]

#: characters that are collected before they are written
_PIECE = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a file holds.

    :param total: sum of all amounts whatever their currency, as ``CtrlSum`` tells it
    :param sha256: of the bytes of the file
    """

    version: str
    count: int
    total: Decimal
    size: int
    sha256: str


def write(stream: BinaryIO, batch: Batch, version: str) -> Written:
    """Write a batch. The payments are iterated twice, first for the sums, so memory does not grow with them.

    :param version: ``pain.001.001.09`` ...
    :raise CannotWrite: there is no such version, or it has no element for a value (:func:`.rules.check` says so before)
    """
    dialect = DIALECTS.get(version)
    if dialect is None or dialect.direction != batch.direction:
        raise CannotWrite(f"{version} does not tell a {batch.direction}")
    sums = [_sums(group) for group in batch.groups]
    count, total = sum(one for one, _sum in sums), sum((two for _count, two in sums), Decimal(0))
    digest, size = hashlib.sha256(), 0
    waiting: list[str] = []
    length = 0
    for text in _texts(batch, sums, count, total, dialect):
        waiting.append(text)
        length += len(text)
        if length >= _PIECE:
            size += _put(stream, waiting, digest)
            waiting, length = [], 0
    size += _put(stream, waiting, digest)
    return Written(version=version, count=count, total=total, size=size, sha256=digest.hexdigest())


def render(batch: Batch, version: str) -> bytes:
    """The file as bytes, for batches that are small."""
    stream = io.BytesIO()
    write(stream, batch, version)
    return stream.getvalue()


def _put(stream: BinaryIO, texts: list[str], digest: hashlib._Hash) -> int:
    data = "".join(texts).encode()
    stream.write(data)
    digest.update(data)
    return len(data)


def _texts(
    batch: Batch, sums: list[tuple[int, Decimal]], count: int, total: Decimal, dialect: Dialect
) -> Iterator[str]:
    kind = pain008 if dialect.direction == DEBIT else pain001
    yield (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{dialect.namespace}"><{kind.ROOT}><GrpHdr>'
        f"{leaf('MsgId', batch.message_id)}"
        f"<CreDtTm>{batch.created_at.replace(tzinfo=None).isoformat(timespec='seconds')}</CreDtTm>"
        f"{_control(count, total)}{party('InitgPty', batch.initiator, dialect)}</GrpHdr>\n"
    )
    for group, (number, amount) in zip(batch.groups, sums, strict=True):
        yield f"<{kind.HEAD}>{kind.group_head(group, _control(number, amount), dialect)}\n"
        write_payment = kind.payment
        for payment in group.payments:
            yield write_payment(payment, dialect) + "\n"
        yield f"</{kind.HEAD}>\n"
    yield f"</{kind.ROOT}></Document>\n"


def _control(count: int, total: Decimal) -> str:
    return f"<NbOfTxs>{count}</NbOfTxs><CtrlSum>{total:f}</CtrlSum>"


def _sums(group: Group) -> tuple[int, Decimal]:
    count, total = 0, Decimal("0.00")
    for payment in group.payments:
        count += 1
        total += payment.amount.amount
    return count, total
