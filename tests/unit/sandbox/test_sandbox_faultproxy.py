"""The fault proxy in front of a small echo server: every way to break a connection."""

from __future__ import annotations

import socket
import socketserver
import tempfile
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.control import hold_port
from sandbox.process import StandIn, StandInError


class Echo(socketserver.BaseRequestHandler):
    """Answers each line with the line; counts what it executed."""

    executed: list[bytes] = []

    def handle(self) -> None:
        for line in self.request.makefile("rb"):
            self.executed.append(line)
            self.request.sendall(line)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients break off all the time here."""


@pytest.fixture(scope="module")
def running() -> Iterator[StandIn]:
    with Server(("127.0.0.1", 0), Echo) as target:
        threading.Thread(target=target.serve_forever, daemon=True).start()
        with StandIn("sandbox.faultproxy", "--listen", "0", "--target", f"127.0.0.1:{target.server_address[1]}") as it:
            yield it
        target.shutdown()


@pytest.fixture
def proxy(running: StandIn) -> Iterator[StandIn]:
    Echo.executed.clear()
    yield running
    running.control("DELETE", "/fault")
    running.control("POST", "/cut")


def connect(proxy: StandIn) -> socket.socket:
    connection = socket.create_connection((proxy.ready["host"], proxy.ready["port"]), timeout=5)
    connection.settimeout(5)
    return connection


def ask(connection: socket.socket, line: bytes) -> bytes:
    """Send a line and take what comes back until the line is whole or nothing comes any more."""
    connection.sendall(line)
    answer = b""
    while not answer.endswith(b"\n"):
        piece = connection.recv(65536)
        if not piece:
            break
        answer += piece
    return answer


def test_pass(proxy: StandIn) -> None:
    with connect(proxy) as connection:
        for _ in range(3):
            assert ask(connection, b"x" * 100_000 + b"\n") == b"x" * 100_000 + b"\n"
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""
    state = proxy.control("GET")
    assert state["fault"]["mode"] == "pass" and state["bytes"]["up"] == state["bytes"]["down"] >= 300_003


def test_refuse(proxy: StandIn) -> None:
    proxy.control("PUT", "/fault", {"mode": "refuse"})
    with pytest.raises(ConnectionRefusedError):
        connect(proxy)
    proxy.control("DELETE", "/fault")
    with connect(proxy) as connection:
        assert ask(connection, b"back\n") == b"back\n"


def test_reset_before_the_request(proxy: StandIn) -> None:
    proxy.control("PUT", "/fault", {"mode": "reset"})
    with pytest.raises(ConnectionError), connect(proxy) as connection:
        if ask(connection, b"never\n") == b"":
            raise ConnectionResetError
    assert Echo.executed == []


def test_34_reset_after_the_request(proxy: StandIn) -> None:
    proxy.control("PUT", "/fault", {"mode": "reset_after_request"})
    with connect(proxy) as connection, pytest.raises(ConnectionResetError):
        ask(connection, b"pay\n")
    assert Echo.executed == [b"pay\n"]


def test_only_so_many_times(proxy: StandIn) -> None:
    proxy.control("PUT", "/fault", {"mode": "reset_after_request", "times": 2})
    results = []
    for number in range(4):
        with connect(proxy) as connection:
            try:
                results.append(ask(connection, b"%d\n" % number))
            except ConnectionResetError:
                results.append(b"reset")
    assert results == [b"reset", b"reset", b"2\n", b"3\n"]
    assert proxy.control("GET")["times_left"] == 0


def test_black_hole_and_back(proxy: StandIn) -> None:
    with connect(proxy) as old:
        assert ask(old, b"before\n") == b"before\n"
        proxy.control("PUT", "/fault", {"mode": "black_hole"})
        with connect(proxy) as new:
            for connection in (old, new):
                connection.settimeout(0.3)
                with pytest.raises(TimeoutError):
                    ask(connection, b"silence\n")
            assert Echo.executed == [b"before\n"]
            proxy.control("DELETE", "/fault")
            for connection in (old, new):
                connection.settimeout(5)
                assert connection.recv(100) == b"silence\n"


def test_drip(proxy: StandIn) -> None:
    proxy.control("PUT", "/fault", {"mode": "drip", "rate": 200})
    with connect(proxy) as connection:
        start = time.monotonic()
        assert ask(connection, b"x" * 99 + b"\n") == b"x" * 99 + b"\n"
        assert time.monotonic() - start > 0.3
        start = time.monotonic()
        connection.sendall(b"y" * 5000 + b"\n")
        proxy.control("DELETE", "/fault")
        assert ask(connection, b"").endswith(b"y\n")
        assert time.monotonic() - start < 5


def test_delay(proxy: StandIn) -> None:
    proxy.control("PUT", "/fault", {"mode": "delay", "seconds": 0.4, "direction": "both"})
    with connect(proxy) as connection:
        start = time.monotonic()
        assert ask(connection, b"slow\n") == b"slow\n"
        assert time.monotonic() - start > 0.7


@pytest.mark.parametrize("tenths", range(1, 10))
def test_41_truncate(proxy: StandIn, tenths: int) -> None:
    line = b"z" * 99_999 + b"\n"
    wanted = len(line) * tenths // 10
    proxy.control("PUT", "/fault", {"mode": "truncate", "bytes": wanted})
    with connect(proxy) as connection:
        assert len(ask(connection, line)) == wanted


def test_reset_after_some_bytes(proxy: StandIn) -> None:
    proxy.control("PUT", "/fault", {"mode": "reset_after_bytes", "bytes": 10})
    with connect(proxy) as connection:
        connection.sendall(b"w" * 99 + b"\n")
        time.sleep(0.02)
        got = b""
        with pytest.raises(ConnectionResetError):
            while piece := connection.recv(100):
                got += piece
        assert len(got) <= 10


def test_cut(proxy: StandIn) -> None:
    with connect(proxy) as connection:
        assert ask(connection, b"here\n") == b"here\n"
        assert proxy.control("POST", "/cut")["cut"] >= 1
        with pytest.raises(ConnectionResetError):
            ask(connection, b"gone\n")


def test_nobody_behind_it() -> None:
    with hold_port("127.0.0.1", 0) as nobody:
        target = f"127.0.0.1:{nobody.getsockname()[1]}"
        with StandIn("sandbox.faultproxy", "--target", target) as lonely, pytest.raises(ConnectionError):
            with connect(lonely) as connection:
                if ask(connection, b"anyone\n") == b"":
                    raise ConnectionResetError


def test_a_target_on_a_unix_socket() -> None:
    with tempfile.TemporaryDirectory() as folder:  # pytest's own folders have names too long for a socket
        path = f"{folder}/echo"
        with socketserver.ThreadingUnixStreamServer(path, Echo) as target:
            threading.Thread(target=target.serve_forever, daemon=True).start()
            with StandIn("sandbox.faultproxy", "--target", path) as front, connect(front) as connection:
                assert ask(connection, b"over there\n") == b"over there\n"
            target.shutdown()


def test_mistakes_are_named(proxy: StandIn) -> None:
    with pytest.raises(StandInError, match="no such mode: nonsense"):
        proxy.control("PUT", "/fault", {"mode": "nonsense"})
    with pytest.raises(StandInError, match="direction"):
        proxy.control("PUT", "/fault", {"direction": "sideways"})
    with pytest.raises(StandInError):
        proxy.control("PUT", "/fault", {"unknown": 1})


def test_it_ends_with_its_starter() -> None:
    stand_in = StandIn("sandbox.faultproxy", "--target", "127.0.0.1:1")
    assert stand_in.process.stdin is not None
    stand_in.process.stdin.close()
    assert stand_in.process.wait(timeout=10) == 0
    stand_in.stop()
