"""What a dump of a filled database gives away: B-43, S-32, attack 15."""

from __future__ import annotations

import base64
import datetime
import os
import subprocess
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
NAME = "Erika Musterkanarie"

FILL = """
import base64, os
from odoo.addons.finance_connector_base.engine.envelope import Envelope
os.environ["FINANCE_MASTER_KEY"] = {key!r}
os.environ.pop("FINANCE_MASTER_KEY_FILE", None)
parameters = env["ir.config_parameter"]
connection = env["finance.connection"].create(dict(
    name="Bank", adapter="finance.adapter.sftp", environment="production", state="active", check_ok=True,
    sftp_host="127.0.0.1", sftp_username="u", sftp_host_key="SHA256:" + "A" * 43))
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
    Envelope(kind="fetch", subject="fetch"),
    # content of messages: worked, held with its cause, refused, and still waiting
    Envelope(subject="worked", data=dict(do="effect", key="worked", iban={account!r}, debtor_name={name!r})),
    Envelope(subject="held", data=dict(do="hold", detail={account!r} + " is not known", debtor_name={name!r})),
    Envelope(subject="refused", data=dict(
        do="raise", error="RejectedError", detail={account!r} + " is closed")),
    Envelope(subject="mapped", data=dict(do="map", domain="canary", code="C", facts=dict(payee={name!r})))])
domain = env["finance.mapping.domain"].create(dict(code="canary", name="Canary", res_model="res.partner"))
env["finance.mapping"].create(dict(domain_id=domain.id, connection_id=connection.id, code="C",
    res_id=env.company.partner_id.id, state="active"))
states = lambda: dict(env["finance.message"]._read_group(
    [("flow_id", "=", flow.id)], ["state"], ["__count"]))
env["finance.dispatcher"]._drain(flows=flow)
env["finance.message"]._enqueue(flow, [Envelope(subject="waits", data=dict(iban={account!r}, debtor_name={name!r}))])
assert env["finance.message"].search_count([("flow_id", "=", flow.id), ("state", "=", "held")]) >= 2, states()
assert env["finance.message"].search_count([("subject", "=", "mapped"), ("state", "=", "done")]), states()
bank = env["finance.master.partner.bank"]
proposal = env["finance.master.proposal"]._propose(
    bank, env["res.partner.bank"],
    dict(holder=dict(acc_holder_name={name!r}), account_number=dict(acc_number={account!r})),
    env.company, kind="create", connection=connection)
env["finance.master.drift"].create(dict(connection_id=connection.id, company_id=env.company.id,
    domain="partner.bank", kind="differing", external_id="B1", content=[dict(field="holder", after={name!r})],
    theirs=dict(account_number={account!r})))
env.cr.commit()
"""


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
def filled(database: Database) -> tuple[Database, list[str]]:
    """A database with one of each thing that must not leave it in clear, and what these are."""
    certificate, private_key = make_certificate()
    database.shell(
        FILL.format(
            key=KEY,
            password=PASSWORD,
            token=TOKEN,
            account=ACCOUNT,
            name=NAME,
            certificate=certificate,
            private_key=private_key,
        )
    )
    return database, [PASSWORD, TOKEN, ACCOUNT, NAME, *private_key.splitlines()[1:-1], KEY]


def dump(database: Database, to: Path) -> Path:
    file = to / "dump.sql"
    subprocess.run(
        [databases.client().parent / "pg_dump", "--no-owner", f"--file={file}", database.name],
        env={**os.environ, **database.ready.server.env},
        check=True,
    )
    return file


def test_a_dump_gives_nothing_away(filled: tuple[Database, list[str]], tmp_path: Path) -> None:
    database, canaries = filled
    file = dump(database, tmp_path)
    content = file.read_bytes()
    assert b"finance_secret" in content
    for canary in canaries:
        for form in (canary.encode(), canary.encode().hex().encode(), base64.b64encode(canary.encode())[:-4]):
            assert form not in content, f"in the dump: {canary[:12]}..."
