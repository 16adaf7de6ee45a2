"""What a dump of a filled database gives away, and what its copies do: B-43, B-46, S-32, fault 63, attacks 15, 37."""

from __future__ import annotations

import base64
import datetime
import json
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from suite import database as databases
from tests.conftest import Database

KEY = base64.b64encode(b"master key of the dump, 32 bytes").decode()
PASSWORD = "canary-password-90210"
TOKEN = "canary-token-77341"
ACCOUNT = "DE02120300000000202051"

FILL = """
import base64, os
from odoo.addons.finance_connector_base.engine.envelope import Envelope
os.environ["FINANCE_MASTER_KEY"] = {key!r}
os.environ.pop("FINANCE_MASTER_KEY_FILE", None)
parameters = env["ir.config_parameter"]
connection = env["finance.connection"].create(dict(
    name="Bank", adapter="finance.adapter.sftp", environment="production", state="active", check_ok=True,
    sftp_host="127.0.0.1", sftp_port={port}, sftp_username="u", sftp_host_key="SHA256:" + "A" * 43))
env["finance.secret"]._put(connection, "password", {password!r})
env["finance.secret"]._put(connection, "token", {token!r})
env["finance.credential.wizard"].create(dict(
    connection_id=connection.id, kind="tls", file=base64.b64encode({certificate!r}), key_text={private_key!r}))
connection.write(dict(state="active", check_ok=True))
flow = env["finance.flow"].create(dict(name="Fetch", connection_id=connection.id, handler="finance.handler.test",
    fetch_interval=1))
payload = env["finance.payload"]._store(b"<IBAN>" + {account!r}.encode() + b"</IBAN>" * 50, company=env.company)
env["finance.message"]._enqueue(flow, [
    Envelope(subject="statement", payload_id=payload.id),
    Envelope(kind="fetch", subject="fetch")])
env.cr.commit()
"""

WORK = """
import os
os.environ["FINANCE_MASTER_KEY"] = {key!r}
os.environ.pop("FINANCE_MASTER_KEY_FILE", None)
{before}
env["finance.flow"]._cron_schedule()
env["finance.dispatcher"]._drain()
connection = env["finance.connection"].search([("adapter", "=", "finance.adapter.sftp")])
connection.action_test()
env.cr.commit()
"""


class Door:
    """A port that counts who knocks."""

    def __init__(self) -> None:
        self.knocks = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        while True:
            try:
                caller, _address = self._socket.accept()
            except OSError:
                return
            self.knocks += 1
            caller.close()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def door() -> Iterator[Door]:
    door = Door()
    yield door
    door.close()


def make_certificate() -> tuple[bytes, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "client")])
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=90))
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return builder.sign(key, hashes.SHA256()).public_bytes(encoding), private.decode()


@pytest.fixture
def filled(database: Database, door: Door) -> tuple[Database, list[str]]:
    """A database with one of each thing that must not leave it in clear, and what these are."""
    certificate, private_key = make_certificate()
    database.shell(
        FILL.format(
            key=KEY,
            port=door.port,
            password=PASSWORD,
            token=TOKEN,
            account=ACCOUNT,
            certificate=certificate,
            private_key=private_key,
        )
    )
    return database, [PASSWORD, TOKEN, ACCOUNT, *private_key.splitlines()[1:-1], KEY]


def dump(database: Database, to: Path) -> Path:
    file = to / "dump.sql"
    subprocess.run(
        [databases.client().parent / "pg_dump", "--no-owner", f"--file={file}", database.name],
        env={**os.environ, **database.ready.server.env},
        check=True,
    )
    return file


def restore(database: Database, file: Path, name: str) -> Database:
    env = database.ready.server.env
    databases.drop(name, env=env)
    databases.query(f'CREATE DATABASE "{name}" TEMPLATE template0', env)
    subprocess.run(
        [databases.client(), "-X", "-q", "-o", os.devnull, "-v", "ON_ERROR_STOP=1", "-d", name, "-f", file],
        env={**os.environ, **env},
        check=True,
    )
    return replace(database, name=name)


def test_a_dump_gives_nothing_away_and_a_copy_sends_nothing(
    filled: tuple[Database, list[str]], door: Door, tmp_path: Path
) -> None:
    database, canaries = filled
    file = dump(database, tmp_path)
    content = file.read_bytes()
    assert b"finance_secret" in content
    for canary in canaries:
        for form in (canary.encode(), canary.encode().hex().encode(), base64.b64encode(canary.encode())[:-4]):
            assert form not in content, f"in the dump: {canary[:12]}..."

    # in the database itself the connection does go out: the door is a real witness
    database.shell(WORK.format(key=KEY, before=""))
    assert door.knocks

    neutralize = (
        "from odoo.modules.neutralize import neutralize_database\n"
        "neutralize_database(env.cr); env.cr.commit(); env.registry.clear_all_caches(); env.invalidate_all()\n"
        'env["finance.connection"].search([("state", "=", "paused")]).action_resume()\n'
        'env["finance.flow"].search([]).action_resume()'
    )
    copied = 'env["ir.config_parameter"].init(force=True); env.registry.clear_all_caches()'
    name = f"{database.name}_copy"
    for kind, before in (("same identity", ""), ("neutralized", neutralize), ("restored as a copy", copied)):
        copy = restore(database, file, name)
        door.knocks = 0
        try:
            copy.shell(WORK.format(key=KEY, before=before))
            told = copy.query("SELECT reason_code FROM finance_message WHERE kind = 'fetch' AND state = 'held'")
            result = copy.value("SELECT check_result FROM finance_connection WHERE adapter = 'finance.adapter.sftp'")
        finally:
            databases.drop(name, env=database.ready.server.env)
        assert door.knocks == 0, kind
        assert ("database_copy",) in told, json.dumps(told)
        assert "copy" in result, kind
