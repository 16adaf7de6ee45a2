"""The broker of the sandbox speaks AMQP 0-9-1 as clients of others do."""

from __future__ import annotations

from collections.abc import Iterator

import kombu
import pytest
from amqp.exceptions import AccessRefused, MessageNacked, NotFound

from sandbox.process import StandIn


@pytest.fixture(scope="module")
def broker() -> Iterator[StandIn]:
    with StandIn("sandbox.amqp") as running:
        yield running


def connect(broker: StandIn, password: str = "secret") -> kombu.Connection:
    broker.control("POST", "/reset")
    address = f"amqp://finance:{password}@127.0.0.1:{broker.ready['port']}//"
    return kombu.Connection(address, transport_options={"confirm_publish": True}, connect_timeout=20)


def publish(connection: kombu.Connection, exchange: str = "events") -> None:
    connection.Producer().publish(
        b"body", exchange=exchange, routing_key="a.b", message_id="m1", content_type="text/plain", retry=False
    )


def test_what_is_published_is_kept_with_its_properties(broker: StandIn) -> None:
    with connect(broker) as connection:
        publish(connection)
    [kept] = broker.control("GET")["kept"]
    assert (kept["key"], kept["message_id"], kept["body"], kept["delivery_mode"]) == ("a.b", "m1", "body", 2)


def test_it_refuses_as_brokers_do(broker: StandIn) -> None:
    with pytest.raises(AccessRefused), connect(broker, "wrong") as connection:
        connection.connect()
    with connect(broker) as connection:
        broker.control("PUT", "/broker", {"faults": ["nack"]})
        with pytest.raises(MessageNacked):
            publish(connection)
    with pytest.raises(NotFound), connect(broker) as connection:
        publish(connection, "nowhere")
