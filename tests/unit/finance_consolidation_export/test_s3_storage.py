"""Files into S3-compatible storage, over real sockets, against a stand-in that checks the signatures (S-25)."""

from datetime import datetime, timezone

import pytest

from odoo.addons.finance_connector_base.engine.errors import AuthNeededError, FinanceError, RejectedError
from odoo.addons.finance_connector_base.transports.http import Client, Endpoint
from odoo.addons.finance_connector_base.transports.http_address import networks
from odoo.addons.finance_consolidation_export.extracts.s3 import Account, Bucket, Unsigned, signed_headers

from sandbox.s3 import Storage

SIZE = 1 << 16


@pytest.fixture
def storage():
    with Storage("books") as one:
        one.smallest_part = SIZE
        yield one


def bucket(storage, name="books", secret="hush", prefix="ledger/"):
    endpoint = Endpoint(base_url=storage.address, networks=networks("127.0.0.0/8"), allow_plain=True)
    account = Account(access="AKID", secret=secret, region=storage.region)
    client = Client(endpoint, authorization=Unsigned())
    return Bucket(client, account, name, prefix, lambda: datetime.now(timezone.utc))


def pieces(count):
    return [bytes([number % 256]) * 10_000 for number in range(count)]


def test_signature_is_that_of_the_documentation():
    """The example "PUT Object" of "Signature Calculations for the Authorization Header"."""
    account = Account(
        access="AKIAIOSFODNN7EXAMPLE", secret="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", region="us-east-1"
    )
    headers = signed_headers(
        account,
        "PUT",
        host="examplebucket.s3.amazonaws.com",
        path="/test%24file.text",
        query={},
        digest="44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
        now=datetime(2013, 5, 24, tzinfo=timezone.utc),
        more={"date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"},
    )
    assert headers["Authorization"].endswith("98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")


@pytest.mark.parametrize("count", [0, 1, 6, 7, 14, 40])
def test_s25_small_and_large_files_arrive_whole_and_once(storage, count):
    ours = bucket(storage)
    name = f"journal items={count}@1.csv.gz"
    first = ours.put(name, pieces(count), part=SIZE)
    assert storage.objects[f"ledger/{name}"] == b"".join(pieces(count))
    assert (first.size, first.was_there) == (count * 10_000, False)
    again = ours.put(name, pieces(count), part=SIZE)
    assert (again.sha256, again.was_there) == (first.sha256, True)
    with pytest.raises(RejectedError, match="Another file"):
        ours.put(name, [*pieces(count), b"x"], part=SIZE)
    assert storage.objects[f"ledger/{name}"] == b"".join(pieces(count)), "never written over"
    assert not storage.uploads, "no parts are left behind"


@pytest.mark.parametrize("fault", ["cut_complete", "error_200", "down"])
def test_s25_cut_off_anywhere_it_is_there_once_in_the_end(storage, fault):
    ours = bucket(storage)
    storage.faults[fault] = 1
    with pytest.raises(FinanceError) as caught:
        ours.put("a.csv.gz", pieces(20), part=SIZE)
    assert not isinstance(caught.value, RejectedError | AuthNeededError)
    delivered = ours.put("a.csv.gz", pieces(20), part=SIZE)
    assert storage.objects["ledger/a.csv.gz"] == b"".join(pieces(20))
    assert delivered.was_there == (fault == "cut_complete")
    assert not storage.uploads


def test_who_may_not_learns_it(storage):
    bucket(storage).check()
    with pytest.raises(AuthNeededError):
        bucket(storage, secret="wrong").put("a", [b"x"])
    with pytest.raises(FinanceError):
        bucket(storage, name="other").check()
    assert not storage.objects
