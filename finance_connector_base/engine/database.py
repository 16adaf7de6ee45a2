"""What an error of the database means for the queue."""

from __future__ import annotations

import psycopg2
import psycopg2.errors
import psycopg2.pool

#: the database asks for the transaction to be run again on a new snapshot
RERUN: tuple[type[psycopg2.Error], ...] = (
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.DeadlockDetected,
    psycopg2.errors.LockNotAvailable,
)

#: classes and codes of SQLSTATE that say the database itself is in trouble
TROUBLE = (
    "08",  # connection
    "53",  # disk full, out of memory, too many connections
    "57P",  # shut down, crashed, starting
    "58",  # files of the database
    "25006",  # read only, a standby
    "25P03",  # idle in transaction for too long
)


def is_infrastructure(error: BaseException, *, connection_closed: bool = False) -> bool:
    """Say whether an error is the database's trouble: not the message's fault, its attempt is not counted.

    :param connection_closed: the connection of the failed statement is gone
    """
    if isinstance(error, psycopg2.pool.PoolError):
        return True
    if isinstance(error, psycopg2.InterfaceError):
        # without a lost connection it is a handler's own mistake
        return connection_closed
    if not isinstance(error, psycopg2.Error):
        return False
    if error.pgcode is not None:
        return error.pgcode.startswith(TROUBLE)
    # a server that vanishes or cannot be reached has no time to send a code
    return connection_closed or isinstance(error, psycopg2.OperationalError)
