"""The one way to a message broker (AMQP 0-9-1): checked address, TLS, publisher confirms. Needs kombu.

A message counts as told when the broker has confirmed that it has it, and that at least one queue takes it.
"""

from __future__ import annotations

import importlib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ..engine.errors import AuthNeededError, FinanceError, TransientError
from ..engine.work import note_reached, pass_gate
from .http_address import Network, Resolver, Target, check_listed, resolve, system_resolver

#: seconds to connect, and to wait for a confirmation
CONNECT, CONFIRM = 10.0, 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where a broker is, and who we are there.

    :param networks: networks that are not public and may be reached nevertheless
    :param hosts: hosts that may be reached at all
    :param plain: without TLS, to these networks only
    :param authorities: certificates (PEM) that the broker's one comes from; empty: public ones
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    vhost: str = "/"
    networks: tuple[Network, ...] = ()
    hosts: frozenset[str] | None = None
    plain: bool = False
    authorities: str = ""
    resolver: Resolver = system_resolver

    @property
    def place(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message to publish."""

    body: bytes = field(repr=False)
    exchange: str
    routing_key: str
    message_id: str
    kind: str
    correlation_id: str
    content_type: str


def check(broker: Broker, exchange: str) -> None:
    """See whether the broker lets us in and has the exchange, without publishing anything.

    :raise FinanceError: it does not
    """
    with _channel(broker) as channel:
        if exchange:
            channel.exchange_declare(exchange, "topic", passive=True)


def publish(broker: Broker, letter: Letter) -> None:
    """Publish one message; it may have been published before.

    :raise FinanceError: it was not confirmed, or no queue takes it
    """
    kombu = _library("kombu")
    returned: list[str] = []
    with _channel(broker) as channel:
        producer = kombu.Producer(channel, on_return=lambda error, *rest: returned.append(str(error)))
        producer.publish(
            letter.body,
            exchange=letter.exchange,
            routing_key=letter.routing_key,
            content_type=letter.content_type,
            content_encoding="binary",
            delivery_mode=2,
            mandatory=True,
            retry=False,
            message_id=letter.message_id,
            correlation_id=letter.correlation_id,
            type=letter.kind,
            confirm_timeout=CONFIRM,
        )
        if returned:
            raise TransientError(
                f"No queue at {broker.place} takes messages of {letter.routing_key}. Bind one to the exchange.",
                reason="amqp_unroutable",
            )


@contextmanager
def _channel(broker: Broker) -> Iterator[Any]:
    refused, kombu = _library("amqp.exceptions"), _library("kombu")
    pass_gate(broker.place, letter_box(broker))
    check_listed(broker.host, broker.hosts)
    scheme = "http" if broker.plain else "https"
    to = Target(scheme=scheme, host=broker.host, port=broker.port, resource="/")
    address = resolve(to, broker.networks, broker.resolver, only_allowed=broker.plain)[0]
    context = {"cadata": broker.authorities or None, "check_hostname": True}
    connection = kombu.Connection(
        transport="pyamqp",
        # the address that was checked; the name is for the certificate
        hostname=str(address),
        port=broker.port,
        userid=broker.user,
        password=broker.password,
        virtual_host=broker.vhost,
        ssl=False if broker.plain else {"server_hostname": broker.host, "context": context},
        connect_timeout=CONNECT,
        transport_options={"confirm_publish": True, "read_timeout": CONFIRM, "write_timeout": CONFIRM},
    )
    try:
        connection.connect()
        note_reached(broker.place)
        yield connection.channel()
    except FinanceError:
        raise
    except refused.AccessRefused as error:
        raise AuthNeededError(f"{broker.place} refuses the user or its rights ({error.reply_code}).") from error
    except (refused.NotFound, refused.NotAllowed, refused.PreconditionFailed) as error:
        raise TransientError(
            f"{broker.place} does not know the exchange or the virtual host ({error.reply_code}).",
            reason="amqp_refused",
        ) from error
    except refused.MessageNacked as error:
        raise TransientError(f"{broker.place} could not keep the message.", reason="amqp_refused") from error
    except ssl.SSLError as error:
        raise TransientError(
            f"No secure connection with {broker.place} came about.", reason="http_tls_failed", endpoint=broker.place
        ) from error
    except (OSError, *connection.recoverable_connection_errors, *connection.recoverable_channel_errors) as error:
        raise TransientError(
            f"{broker.place} did not answer, or broke off.", reason="amqp_unreachable", endpoint=broker.place
        ) from error
    finally:
        _close(connection)


def _library(name: str) -> Any:
    """:return: a module of the extra, when it is needed: without it nothing here is called"""
    return importlib.import_module(name)


def letter_box(broker: Broker) -> str:
    """:return: what limits of calls see as the path"""
    return f"/{broker.vhost.strip('/')}"


def _close(connection: Any) -> None:
    try:
        connection.close()
    except Exception:  # it is over, however it ends
        return
