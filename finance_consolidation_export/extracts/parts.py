"""Rows that come from COPY become files of so many rows each, in bounded memory, counted and added up as they pass.

They are handled by pieces: a call for each row does no more than keep it. A piece is compressed by a thread of its own
while the next one is read and added up (zlib lets go of the interpreter's lock); there are two of them at most. Pieces
are small, so that PostgreSQL is not kept waiting for somebody to read what it has written.
"""

from __future__ import annotations

import gzip
import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO

from .feed import UPSERT, Feed

#: rows that are added up and compressed at once
PIECE = 250
#: what a row that is so begins with
OPERATION = UPSERT.encode()
#: bytes of a file that are read at once
BLOCK = 1 << 18
#: company id ("" without one), currency
Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A complete file.

    :param sha256: of the file as it is delivered
    """

    path: Path
    number: int
    rows: int
    size: int
    sha256: str


@dataclass(slots=True)
class Sums:
    """What passed, of one company and currency."""

    rows: int = 0
    amounts: list[Decimal] = field(default_factory=list)


class Parts:
    """Takes what COPY sends: each call of :meth:`write` is one row, by PostgreSQL's protocol (55.2.6 COPY Operations).

    :param feed: whose rows they are
    :param folder: where files are made
    :param rows: of a file
    :param pack: turns a finished CSV into the file that is delivered, see :mod:`.parquet`; None: it is compressed
    """

    def __init__(self, feed: Feed, folder: Path, rows: int, pack: Callable[[Path, Feed], Path] | None = None) -> None:
        if rows < 1:
            raise ValueError("a file has one row at least")
        self._feed, self._folder, self._limit, self._pack = feed, folder, rows, pack
        self._count = len(feed.amounts)
        self._stream: BinaryIO | None = None
        self._piece: list[bytes] = []
        self._rows = 0
        self._room = min(PIECE, rows)
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="warehouse")
        self._written: Future[int] | None = None
        self._path = folder
        self.done: list[Part] = []
        self.deletions = 0
        self.sums: defaultdict[Key, Sums] = defaultdict(lambda: Sums(amounts=[Decimal(0)] * self._count))

    def write(self, row: bytes) -> None:
        """Take one row."""
        self._piece.append(row)
        if len(self._piece) == self._room:
            self._flush()

    @property
    def upserts(self) -> int:
        return sum(sums.rows for sums in self.sums.values())

    def close(self) -> list[Part]:
        """:return: the files; one of a feed without rows has its header only"""
        self._flush()
        if self._stream is None and not self.done:
            self._begin()
        self._finish()
        self._writer.shutdown()
        return self.done

    def _begin(self) -> None:
        ending = "csv" if self._pack else "csv.gz"
        self._path = self._folder / f"{self._feed.code}-{len(self.done) + 1:04d}.{ending}"
        raw = self._path.open("wb")
        # no name and no time inside: the same rows are the same bytes
        stream: BinaryIO = raw if self._pack else gzip.GzipFile("", "wb", 1, raw, mtime=0)  # type: ignore[assignment]
        self._stream, self._raw = stream, raw
        stream.write((",".join(self._feed.header) + "\n").encode())

    def _flush(self) -> None:
        """Hand a piece on; a file that is full is finished."""
        if not self._piece:
            return
        if self._stream is None:
            self._begin()
        assert self._stream is not None
        self._settle()
        self._written = self._writer.submit(self._stream.write, b"".join(self._piece))
        self._add_up(self._piece)
        self._rows += len(self._piece)
        self._piece.clear()
        if self._rows == self._limit:
            self._finish()
        self._room = min(PIECE, self._limit - self._rows)

    def _settle(self) -> None:
        """Wait for the piece that is being written.

        :raise OSError: it could not be
        """
        if self._written is not None:
            self._written.result()
            self._written = None

    def _add_up(self, rows: list[bytes]) -> None:
        """Count the rows of a piece and add their amounts up, all rows of one company and currency at once."""
        # the leading columns need no quotes, so this is where they end
        for (op, company, currency), group in _by_kind([row.split(b",", 4 + self._count) for row in rows]):
            if op != OPERATION:
                self.deletions += len(group)
                continue
            sums = self.sums[company.decode(), currency.rstrip(b"\n").decode()]
            sums.rows += len(group)
            for place in range(4, 4 + self._count):
                column = b",".join(map(itemgetter(place), group))
                texts = column.replace(b"\n", b"").decode().split(",")
                sums.amounts[place - 4] += sum(map(Decimal, filter(None, texts)), Decimal(0))

    def _finish(self) -> None:
        if self._stream is None:
            return
        self._settle()
        self._stream.close()
        self._raw.close()
        path = self._path
        if self._pack:
            path = self._pack(self._path, self._feed)
            self._path.unlink()
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256") if hasattr(hashlib, "file_digest") else _digest(stream)
        self.done.append(
            Part(
                path=path,
                number=len(self.done) + 1,
                rows=self._rows,
                size=path.stat().st_size,
                sha256=digest.hexdigest(),
            )
        )
        self._stream = None
        self._rows = 0


def _by_kind(rows: list[list[bytes]]) -> Iterator[tuple[tuple[bytes, ...], list[list[bytes]]]]:
    """Bring rows of one operation, company and currency together; nearly always that is all of them."""
    kind = itemgetter(0, 2, 3)
    kinds = set(map(kind, rows))
    if len(kinds) == 1:
        yield kinds.pop(), rows
        return
    for found, group in groupby(sorted(rows, key=kind), kind):
        yield found, list(group)


def _digest(stream: BinaryIO) -> hashlib._Hash:
    digest = hashlib.sha256()
    while piece := stream.read(BLOCK):
        digest.update(piece)
    return digest
