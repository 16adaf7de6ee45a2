"""Tells the scheduled actions of all servers that there is work, by one connection that a process keeps.

The notification has to come from another database than that of the work, so it needs a connection of its own. Opened
for each it costs as much as all other statements of a short transaction.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

import psycopg2
from psycopg2 import sql

CHANNEL = "cron_trigger"


class Bell:
    """Any thread of a process may ring; a process that was forked off opens a connection of its own.

    :param connect: opens a connection to the database in which the servers listen
    """

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect
        self._forget()
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        # a connection of the parent is neither used nor closed here (psycopg2 looks whose it is), and its lock may be
        # held by a thread that does not exist here
        self._lock = threading.Lock()
        self._connection: Any = None

    def ring(self, database: str, function: str = "pg_notify") -> None:
        """Notify the servers of a database; a connection that has broken meanwhile is opened anew, once.

        :param database: name of the database with work
        :param function: SQL function that notifies, as Odoo is configured
        :raise psycopg2.Error: nobody was told
        """
        statement = sql.SQL("SELECT {}(%s, %s)").format(sql.Identifier(function))
        with self._lock:
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
