"""Odoo, loaded once, that forks: a server or a shell begins where another one would have imported Odoo's modules.

Run as ``python nursery.py SOCKET DATABASE``. It loads the modules of that database and drops what is of the database
itself (its connections, what was read from it). Each command that arrives at the socket becomes a child: a session and
a process group of its own, with the arguments, the environment, the folder, the input and the output that were sent,
running Odoo's own program from its beginning. The child's number is answered, later how it ended. The models are kept:
a child on a copy of the database, with the same modules and fields in it, takes them over instead of building them.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import selectors
import signal
import socket
import sys
from pathlib import Path

import odoo.cli.server
import odoo.cli.shell
import odoo.sql_db
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config

#: more than arguments and an environment take
LONGEST = 1 << 20
PR_SET_PDEATHSIG = 1
#: what Odoo's own program says it is
PROGRAM = str(Path(__file__).with_name("run_odoo.py"))


#: what the models of a database are built from
ORIGIN = """
    SELECT (SELECT max(id) FROM orm_signaling_registry),
           (SELECT string_agg(name || state, ' ' ORDER BY name) FROM ir_module_module WHERE state <> 'uninstalled'),
           (SELECT count(*) || ' ' || max(id) || ' ' || max(write_date) FROM ir_model),
           (SELECT count(*) || ' ' || max(id) || ' ' || max(write_date) FROM ir_model_fields)
"""


def origin(cr: odoo.sql_db.Cursor) -> list[tuple[object, ...]]:
    cr.execute(ORIGIN)
    return cr.fetchall()


class Models:
    """The models of the database that was loaded, for one copy of it in each child."""

    def __init__(self, registry: Registry) -> None:
        self.build = Registry.new
        with registry.cursor() as cr:
            self.origin = origin(cr)
        self.registry: Registry | None = registry
        Registry.new = self.new

    def new(self, database: str, **options: object) -> Registry:
        """In the place of ``Registry.new``."""
        # what is asked for once more has changed since
        registry, self.registry = self.registry, None
        if registry and not any(options.values()):
            connection = odoo.sql_db.db_connect(database)
            with connection.cursor() as cr:
                same = origin(cr) == self.origin
            if same:
                return self._hand_over(registry, database, connection)
        return self.build(database, **options)

    def _hand_over(self, registry: Registry, database: str, connection: odoo.sql_db.Connection) -> Registry:
        """As Odoo does at the end of loading: where caches stand, then the hooks of each model."""
        registry.db_name, registry._db, registry._db_readonly = database, connection, None
        for cache in registry._Registry__caches.values():
            cache.clear()
        Registry.registries[database] = registry
        registry.setup_signaling()
        registry.ready = False
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            for model in env.values():
                model._register_hook()
            env.flush_all()
        registry.ready = True
        return registry


def load(database: str) -> None:
    """Import what the database has installed and build its models; keep nothing else of it."""
    config.parse_config(["-d", database, "--no-http"], setup_logging=False)
    odoo.cli.server.server.load_server_wide_modules()
    Models(Registry.new(database))
    odoo.sql_db.close_all()
    # a child makes pools of its own, by its own settings
    odoo.sql_db._Pool = odoo.sql_db._Pool_readonly = None
    Registry.delete_all()
    gc.collect()
    gc.freeze()


class Nursery:
    """Forks on command and tells how each child ended."""

    def __init__(self, address: str) -> None:
        self.waiting = selectors.DefaultSelector()
        self.server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.server.bind(f"{address}.new")
        self.server.listen()
        # whoever sees it is answered
        os.rename(f"{address}.new", address)
        self.waiting.register(self.server, selectors.EVENT_READ)

    def serve(self) -> None:
        """Return in a child alone."""
        while True:
            for key, _events in self.waiting.select():
                if key.fileobj is self.server:
                    if self._fork():
                        return
                else:
                    self._tell(int(key.fd), *key.data)

    def _fork(self) -> bool:
        """:return: whether this is the child"""
        connection, _ = self.server.accept()
        message, files, _flags, _address = socket.recv_fds(connection, LONGEST, 2)
        wanted = json.loads(message)
        pid = os.fork()
        if not pid:
            self._become(wanted, files, connection)
            return True
        for file in files:
            os.close(file)
        connection.send(str(pid).encode())
        self.waiting.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, connection))
        return False

    def _become(self, wanted: dict[str, object], files: list[int], connection: socket.socket) -> None:
        os.setsid()
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        for key in list(self.waiting.get_map().values()):
            if key.data:
                os.close(int(key.fd))
                key.data[1].close()
        self.waiting.close()
        self.server.close()
        connection.close()
        given, output = files
        for file, number in ((given, 0), (output, 1), (output, 2)):
            os.dup2(file, number)
        for file in files:
            os.close(file)
        sys.stdin = open(0, closefd=False)
        os.chdir(str(wanted["cwd"]))
        os.environ.clear()
        os.environ.update(wanted["env"])  # type: ignore[call-overload]
        sys.argv = [PROGRAM, *wanted["arguments"]]  # type: ignore[misc]

    def _tell(self, watched: int, pid: int, connection: socket.socket) -> None:
        self.waiting.unregister(watched)
        os.close(watched)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        try:
            connection.send(str(code).encode())
        except OSError:
            pass
        connection.close()


if __name__ == "__main__":
    load(sys.argv[2])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Nursery(sys.argv[1]).serve()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    odoo.cli.main()
