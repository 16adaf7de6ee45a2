"""A real message broker: Debian's RabbitMQ, unpacked, started without root, ended with its folder.

Nothing of it is installed and nothing stays: its node, its port mapper (epmd) and what it keeps belong to one block.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import shlex
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from . import debian, paths
from .console import SuiteError, die_with_parent, say, tail
from .server import free_port
from .stamp import lock

UNPACKED = paths.RUN / "rabbitmq"
ERLANG = UNPACKED / "usr/lib/erlang"
ADVICE = "The tests run without it: they publish to a broker of their own (sandbox/amqp)."
USER = "finance"
EXCHANGE = QUEUE = "events"
DEAF = "deaf"
#: names the broker that tests ask
VARIABLE = "FIN_AMQP"
STARTS_WITHIN = 180.0
#: what a client of AMQP 0-9-1 says first
GREETING = b"AMQP\x00\x00\x09\x01"


def ensure() -> None:
    """Unpack it where that was not done yet.

    :raises SuiteError: it cannot be fetched here
    """
    with lock("rabbitmq"):
        if not UNPACKED.exists():
            say("      fetching RabbitMQ and Erlang (about 35 MB) ...")
            debian.unpack(
                debian.fetch_for_this_machine("rabbitmq-server", paths.CACHE / "rabbitmq", advice=ADVICE), UNPACKED
            )


@contextmanager
def beside(wanted: bool) -> Iterator[dict[str, str]]:
    """Let it start beside the tests: whoever asks it waits until it answers.

    :param wanted: a test that asks it is among those that run
    :return: environment that names it; empty where it is not wanted, cannot be had, or another one is named
    """
    if not wanted or VARIABLE in os.environ:
        yield {}
        return
    try:
        ensure()
    except SuiteError as error:
        say(f"   without RabbitMQ: {error}")
        yield {}
        return
    with running(wait=False) as address:
        yield {VARIABLE: address}


@contextmanager
def running(*, wait: bool = True) -> Iterator[str]:
    """Start it: what comes to the exchange `events` goes to the queue `events`, and what comes to `deaf` to none.

    :param wait: until it answers
    :return: its address
    """
    with tempfile.TemporaryDirectory(prefix="rabbitmq-", ignore_cleanup_errors=True) as name:
        home = Path(name)
        port, password = free_port(), secrets.token_hex(12)
        env = _settings(home, port, password)
        log = paths.LOGS / "rabbitmq.log"
        with log.open("wb") as output:
            mapper = _start([str(_tool("epmd")), "-port", env["ERL_EPMD_PORT"]], env, output.fileno())
            node = _start([str(_program())], env, output.fileno())
            try:
                if wait:
                    _wait(node, port, log)
                yield f"amqp://{USER}:{password}@127.0.0.1:{port}"
            finally:
                for process in (node, mapper):
                    _end(process)


def _program() -> Path:
    return next(UNPACKED.glob("usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server"))


def _tool(name: str) -> Path:
    return next(ERLANG.glob(f"erts-*/bin/{name}"))


def _settings(home: Path, port: int, password: str) -> dict[str, str]:
    """Write what it reads at its start; :return: its environment."""
    definitions = home / "definitions.json"
    definitions.write_text(json.dumps(_definitions(password)))
    (home / "rabbitmq.conf").write_text(
        f"listeners.tcp.1 = 127.0.0.1:{port}\nload_definitions = {definitions}\nloopback_users = none\n"
        # a full disk of the machine is no matter of a test
        "disk_free_limit.absolute = 1MB\n"
    )
    (home / "enabled_plugins").write_text("[].\n")
    (home / "bin").mkdir()
    erl = home / "bin" / "erl"
    # the program that is unpacked looks for itself where it would be installed
    erl.write_text(
        f"#!/bin/sh\nROOTDIR={shlex.quote(str(ERLANG))} BINDIR={shlex.quote(str(_tool('erlexec').parent))}"
        ' EMU=beam PROGNAME=erl\nexport ROOTDIR BINDIR EMU PROGNAME\nexec "$BINDIR/erlexec" "$@"\n'
    )
    erl.chmod(0o755)
    libraries = sorted({str(path.parent) for path in UNPACKED.rglob("*.so*")})
    return {
        **os.environ,
        "PATH": os.pathsep.join((str(erl.parent), str(ERLANG / "bin"), os.environ["PATH"])),
        "LD_LIBRARY_PATH": os.pathsep.join(libraries),
        "HOME": str(home),
        "ERL_EPMD_PORT": str(free_port()),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": f"fin{port}@localhost",
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
        "RABBITMQ_CONF_ENV_FILE": str(home / "none"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
        "RABBITMQ_LOG_BASE": str(home / "log"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_PID_FILE": str(home / "pid"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(home / "generated"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(home / "advanced.config"),
        # the shell that starts it becomes it
        "RUNNING_UNDER_SYSTEMD": "true",
    }


def _definitions(password: str) -> Mapping[str, object]:
    """:return: what is declared in it; the clients of it declare nothing"""
    salt = secrets.token_bytes(4)
    digest = base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()
    return {
        "users": [
            {
                "name": USER,
                "password_hash": digest,
                "hashing_algorithm": "rabbit_password_hashing_sha256",
                "tags": "",
            }
        ],
        "vhosts": [{"name": "/"}],
        "permissions": [{"user": USER, "vhost": "/", "configure": "", "write": ".*", "read": ".*"}],
        "exchanges": [
            {"name": name, "vhost": "/", "type": "topic", "durable": True, "auto_delete": False}
            for name in (EXCHANGE, DEAF)
        ],
        "queues": [{"name": QUEUE, "vhost": "/", "durable": True, "auto_delete": False}],
        "bindings": [
            {
                "source": EXCHANGE,
                "vhost": "/",
                "destination": QUEUE,
                "destination_type": "queue",
                "routing_key": "#",
            }
        ],
    }


def _start(command: list[str], env: Mapping[str, str], output: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=dict(env),
        cwd=env["HOME"],
        start_new_session=True,
        preexec_fn=die_with_parent,
    )


def _wait(node: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline:
        if node.poll() is not None:
            break
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
                client.sendall(GREETING)
                # a frame of the kind method: it talks
                if client.recv(1) == b"\x01":
                    return
        except OSError:
            pass
        time.sleep(0.2)
    raise SuiteError(f"RabbitMQ does not start. The end of {log}:\n{tail(log)}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """All processes of a group; it keeps nothing that would be worth a goodbye."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
