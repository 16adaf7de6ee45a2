"""One connection to exactly one checked address, with an end in time for everything that happens on it.

The standard library's client is used below requests and urllib3, which build on it as well:
pinning the address, the deadline over slowly dripping headers, and the knowledge whether a
byte of the request has left all live at this level.
"""

from __future__ import annotations

import http.client
import selectors
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from typing import Any

from .http_address import Address, Target


class DeadlineOver(TimeoutError):
    """The time for the whole call is used up."""


class _Deadline:
    """Bounds every wait by what is left of the call's time."""

    deadline: float | None = None
    patience: float | None = None
    #: something of the answer has arrived
    has_heard: bool = False

    def _bound(self) -> None:
        if self.deadline is None:
            return
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise DeadlineOver("the time for the call is over")
        self.settimeout(min(left, self.patience or left))  # type: ignore[attr-defined]

    def _timed_out(self, error: TimeoutError) -> TimeoutError:
        """Tell silence from the end of the call's time, whichever the wait was bounded by."""
        if self.deadline is not None and time.monotonic() >= self.deadline:
            return DeadlineOver("the time for the call is over")
        return error


class _PlainSocket(_Deadline, socket.socket):
    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self._bound()
        try:
            size = super().recv_into(*args, **kwargs)
        except TimeoutError as error:
            raise self._timed_out(error) from None
        self.has_heard = self.has_heard or size > 0
        return size

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self._bound()
        super().sendall(*args, **kwargs)


class _TlsSocket(_Deadline, ssl.SSLSocket):
    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self._bound()
        try:
            size = super().recv_into(*args, **kwargs)
        except TimeoutError as error:
            raise self._timed_out(error) from None
        self.has_heard = self.has_heard or size > 0
        return size

    def send(self, *args: Any, **kwargs: Any) -> int:
        self._bound()
        return super().send(*args, **kwargs)


class Wire(http.client.HTTPConnection):
    """A connection that knows whether something of a request has left.

    :param addresses: the checked ones; they are tried in order, and no other is
    :param recheck: called with the address of the peer once connected
    """

    #: the library opens a new connection by itself otherwise, to wherever the name leads then
    auto_open = 0

    def __init__(
        self,
        to: Target,
        addresses: Sequence[Address],
        *,
        context: ssl.SSLContext | None,
        connect_timeout: float,
        recheck: Callable[[str], object],
    ) -> None:
        super().__init__(to.host, to.port)
        self.to = to
        self.addresses = addresses
        self.has_sent = False
        self._context = context
        self._connect_timeout = connect_timeout
        self._recheck = recheck
        self._line: _Deadline | None = None

    def open(self, deadline: float) -> None:
        """Connect and, where it is https, shake hands; both within the time to connect."""
        deadline = min(deadline, time.monotonic() + self._connect_timeout)
        sock: socket.socket = self._dial(deadline)
        try:
            self._recheck(str(sock.getpeername()[0]))
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._context is not None:
                # OpenSSL's handshake is bounded as a whole by the time-out of the socket
                sock.settimeout(_left(deadline))
                self._context.sslsocket_class = _TlsSocket
                # an end without goodbye is a cut: a body without length would be taken for complete
                sock = self._context.wrap_socket(sock, server_hostname=self.to.host, suppress_ragged_eofs=False)
        except BaseException:
            sock.close()
            raise
        self.sock = sock

    def _dial(self, deadline: float) -> socket.socket:
        problem: OSError = OSError("no address")
        for address in self.addresses:
            family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
            sock = _PlainSocket(family, socket.SOCK_STREAM)
            try:
                sock.settimeout(_left(deadline))
                sock.connect((str(address), self.to.port))
                return sock
            except DeadlineOver:
                sock.close()
                raise
            except OSError as error:
                sock.close()
                problem = error
        raise problem

    def begin(self, deadline: float, patience: float) -> None:
        """A new request: nothing of it has left yet.

        :param deadline: monotonic time by which it has to be answered
        :param patience: seconds without a byte
        """
        self.has_sent = False
        assert isinstance(self.sock, _Deadline)
        self.sock.deadline, self.sock.patience = deadline, patience
        self.sock.has_heard = False
        # the library forgets the socket of an answer after which it closes
        self._line = self.sock

    def send(self, data: Any) -> None:
        """EXTENDS: from the first byte on, the other side may act."""
        self.has_sent = True
        super().send(data)

    @property
    def has_heard(self) -> bool:
        """Whether a byte of the answer has arrived: the other side is there, however slow it is."""
        return self._line is not None and self._line.has_heard

    def is_usable(self) -> bool:
        """Say whether the other side has kept the connection open."""
        if self.sock is None:
            return False
        with selectors.DefaultSelector() as selector:
            selector.register(self.sock, selectors.EVENT_READ)
            # nothing has been asked: what can be read is its end, or nothing we want to take for an answer
            return not selector.select(0)

    def peer_certificate(self) -> bytes | None:
        """:return: the server's certificate (DER)"""
        return self.sock.getpeercert(binary_form=True) if isinstance(self.sock, ssl.SSLSocket) else None


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise DeadlineOver("the time to connect is over")
    return left
