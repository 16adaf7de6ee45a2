"""The high-water mark: which transactions had not been seen when something was read.

Times and ids tell nothing about that: a transaction that began first may commit last. PostgreSQL keeps with each
row the transaction that wrote it (``xmin``). Every transaction before the oldest one that was running
(``pg_snapshot_xmin``) was finished when the snapshot was taken, and what it wrote was seen; whatever was written by
that one or a later one is read (again) the next time. ``pg_visible_in_snapshot`` would be narrower, and wrong: a
snapshot lists transactions, rows of savepoints have numbers of their own, and those are always higher than the
number of their transaction.

So nothing is missed; what was written while another transaction stayed open is delivered more than once, each time
as the row is then. Numbers are of one database of one cluster, and 32 bits wide: a mark of elsewhere, of the
future, or too old is no mark, and everything is read.

Sources: PostgreSQL manual, 9.27.14 "Transaction ID and Snapshot Information" and 25.1.5 "Preventing Transaction ID
Wraparound Failures".
"""

from __future__ import annotations

from dataclasses import dataclass

#: numbers of transactions wrap around after so many
WIDTH = 1 << 32
#: two numbers further apart cannot be compared; with room for what happens during a run
FARTHEST = (1 << 31) - 50_000_000

#: snapshot, oldest running, next to begin, cluster, database: all of the transaction that asks
QUERY = """
    SELECT s::text, pg_snapshot_xmin(s)::text, pg_snapshot_xmax(s)::text,
           (SELECT system_identifier::text FROM pg_control_system()),
           (SELECT oid::text FROM pg_database WHERE datname = current_database())
      FROM pg_current_snapshot() AS s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Where a run has read to.

    :param snapshot: as ``pg_current_snapshot()`` gave it: ``xmin:xmax:running``
    :param oldest: oldest transaction that was running, 64 bits
    :param following: number that the next transaction gets, 64 bits
    :param origin: cluster and database that the numbers are of
    """

    snapshot: str
    oldest: int
    following: int
    origin: str

    @classmethod
    def of(cls, row: tuple[str, str, str, str, str]) -> Mark:
        """:param row: what ``QUERY`` gave"""
        snapshot, oldest, following, cluster, database = row
        return cls(snapshot=snapshot, oldest=int(oldest), following=int(following), origin=f"{cluster}/{database}")

    @property
    def text(self) -> str:
        """:return: what is kept and told"""
        return f"{self.origin}/{self.snapshot}"

    @classmethod
    def read(cls, text: str) -> Mark | None:
        """:return: the mark that :attr:`text` was made of; None: it is none"""
        try:
            cluster, database, snapshot = text.split("/")
            oldest, following, _running = snapshot.split(":")
            return cls.of((snapshot, oldest, following, str(int(cluster)), str(int(database))))
        except ValueError:
            return None

    def since(self, now: Mark) -> int | None:
        """:return: the transaction to read from, as a 32 bit number; None: read everything"""
        if now.origin != self.origin or self.following > now.following or now.following - self.oldest > FARTHEST:
            return None
        return self.oldest % WIDTH
