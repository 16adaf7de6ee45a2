"""Tells the scheduled actions of all servers that there is work, by one connection that a process keeps.

The notification has to come from another database than that of the work, so it needs a connection of its own. Opened
for each it costs as much as all other statements of a short transaction. And whoever is woken looks at everything that
is due: in a burst he is woken now and then, or looking would take the time that answering needs.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg2
from psycopg2 import sql

_logger = logging.getLogger(__name__)
CHANNEL = "cron_trigger"
#: seconds between two notifications of one process; the first one goes at once, what comes meanwhile shares the next
GAP = 0.25


class Bell:
    """Any thread of a process may ring; a process that was forked off opens a connection of its own.

    :param connect: opens a connection to the database in which the servers listen
    """

    def __init__(self, connect: Callable[[], Any], gap: float = GAP) -> None:
        self._connect = connect
        self._gap = gap
        self._forget()
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        # a connection of the parent is neither used nor closed here (psycopg2 looks whose it is), and its lock may be
        # held by a thread that does not exist here
        self._lock = threading.Lock()
        self._connection: Any = None
        self._next: dict[str, float] = {}
        self._owed: set[str] = set()

    def ring(self, database: str, function: str = "pg_notify") -> None:
        """Notify the servers of a database, at once or by the end of the gap.

        :param database: name of the database with work
        :param function: SQL function that notifies, as Odoo is configured
        :raise psycopg2.Error: nobody was told
        """
        with self._lock:
            if database in self._owed:
                return
            wait = self._next.get(database, 0.0) - time.monotonic()
            if wait <= 0:
                self._notify(database, function)
                return
            self._owed.add(database)
        later = threading.Timer(wait, self._ring_owed, (database, function))
        # a process that ends meanwhile does not wait: the poll finds the work
        later.daemon = True
        later.start()

    def _ring_owed(self, database: str, function: str) -> None:
        with self._lock:
            self._owed.discard(database)
            try:
                self._notify(database, function)
            except psycopg2.Error:
                _logger.warning("wake-up of the workers failed, they will poll", exc_info=True)

    def _notify(self, database: str, function: str) -> None:
        """Tell; a connection that has broken meanwhile is opened anew, once."""
        self._next[database] = time.monotonic() + self._gap
        statement = sql.SQL("SELECT {}(%s, %s)").format(sql.Identifier(function))
        try:
            self._tell(statement, database)
        except psycopg2.Error:
            self._drop()
            try:
                self._tell(statement, database)
            except psycopg2.Error:
                self._drop()
                raise

    def _tell(self, statement: sql.Composable, database: str) -> None:
        if self._connection is None:
            self._connection = self._connect()
            # each statement by itself: a transaction that is left open would be held against us
            self._connection.autocommit = True
        with self._connection.cursor() as cursor:
            cursor.execute(statement, (CHANNEL, database))

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
