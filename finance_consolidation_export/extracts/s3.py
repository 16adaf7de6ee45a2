"""Files into S3-compatible storage: signed by Signature Version 4, large ones in parts, never over another object.

Sources: Amazon S3 API Reference, "Authenticating Requests (AWS Signature Version 4)", PutObject, CreateMultipartUpload,
UploadPart, CompleteMultipartUpload; "How to prevent object overwrites with conditional writes" (If-None-Match).
Addresses are in path style (host/bucket/key), which every compatible storage knows.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import quote

from odoo.addons.finance_connector_base.engine.errors import FinanceError, TransientError
from odoo.addons.finance_connector_base.safe import xml
from odoo.addons.finance_connector_base.safe.errors import SafetyError
from odoo.addons.finance_connector_base.transports.deliver import Counted, Delivered, checked_name, taken
from odoo.addons.finance_connector_base.transports.http import Answer, Client

#: bytes of a part; the service takes at least 5 MiB, and 10,000 parts
PART = 16 << 20
#: of an answer that is no object
ANSWER_BYTES = 1 << 20
#: the largest object that is compared with ours
LARGEST = 1 << 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who signs, for where.

    :param access: access key id
    """

    access: str
    secret: str = field(repr=False)
    region: str
    service: str = "s3"


class Unsigned:
    """The log in of the client: nothing, every request carries its own signature."""

    def headers(self) -> Mapping[str, str]:
        return {}

    def renew(self) -> bool:
        return False


def signed_headers(
    account: Account,
    method: str,
    *,
    host: str,
    path: str,
    query: Mapping[str, str],
    digest: str,
    now: datetime,
    more: Mapping[str, str],
) -> dict[str, str]:
    """Sign a request.

    :param path: as it is sent, percent-encoded once
    :param digest: SHA-256 of the body in hexadecimal digits
    :param now: UTC
    :param more: other headers that are signed, by lower-case names
    :return: the headers to send, without ``host``
    """
    moment = now.strftime("%Y%m%dT%H%M%SZ")
    signed = {"host": host, "x-amz-content-sha256": digest, "x-amz-date": moment, **more}
    names = ";".join(sorted(signed))
    request = "\n".join(
        (
            method,
            path,
            canonical_query(query),
            *(f"{name}:{' '.join(signed[name].split())}" for name in sorted(signed)),
            "",
            names,
            digest,
        )
    )
    scope = f"{moment[:8]}/{account.region}/{account.service}/aws4_request"
    text = "\n".join(("AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(request.encode()).hexdigest()))
    key = f"AWS4{account.secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    del signed["host"]
    return {
        **signed,
        "Authorization": f"AWS4-HMAC-SHA256 Credential={account.access}/{scope}, SignedHeaders={names}, "
        f"Signature={signature}",
    }


def canonical_query(query: Mapping[str, str]) -> str:
    """:return: names and values encoded, in order; a name without value has an equals sign"""
    pairs = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in query.items())
    return "&".join(f"{name}={value}" for name, value in pairs)


class Bucket:
    """One bucket, over a client of the connection.

    :param client: its log in is :class:`Unsigned`
    :param prefix: put before every name, e.g. ``ledger/``
    :param clock: gives the time, UTC
    """

    def __init__(self, client: Client, account: Account, bucket: str, prefix: str, clock: Any) -> None:
        self._client, self._account, self._clock = client, account, clock
        self._bucket, self._prefix = bucket, prefix

    def check(self) -> None:
        """:raise FinanceError: the bucket is not there or not ours"""
        self._call("HEAD", "")

    def put(self, name: str, pieces: Iterable[bytes], part: int = PART) -> Delivered:
        """Deliver a file: complete under its name or not at all, never over another one.

        :raise RejectedError: another object has the name
        :raise TransientError: nothing was delivered, or it is found there the next time
        """
        key = self._prefix + checked_name(name)
        content = Counted(pieces)
        buffer = bytearray()
        upload = ""
        tags: list[str] = []
        try:
            for piece in content:
                buffer += piece
                if len(buffer) >= part:
                    upload = upload or self._begin(key)
                    tags.append(self._part(key, upload, len(tags) + 1, bytes(buffer)))
                    buffer.clear()
            if upload:
                if buffer:
                    tags.append(self._part(key, upload, len(tags) + 1, bytes(buffer)))
                is_new = self._complete(key, upload, tags)
            else:
                answer = self._call("PUT", key, body=bytes(buffer), more={"if-none-match": "*"}, expect={409, 412})
                is_new = self._is_new(answer, key)
        except Exception:
            if upload:
                self._abort(key, upload)
            raise
        if not is_new:
            if upload:
                self._abort(key, upload)
            # public: digests of a file that both sides have
            if self._digest(key) != content.sha256:
                raise taken(name)
        return Delivered(name=name, size=content.size, sha256=content.sha256, was_there=not is_new)

    # -- parts ---------------------------------------------------------------------------------

    def _begin(self, key: str) -> str:
        answer = self._call("POST", key, query={"uploads": ""})
        return _text(answer, "UploadId")

    def _part(self, key: str, upload: str, number: int, body: bytes) -> str:
        answer = self._call("PUT", key, query={"partNumber": str(number), "uploadId": upload}, body=body)
        return answer.headers.get("etag", "")

    def _complete(self, key: str, upload: str, tags: list[str]) -> bool:
        parts = "".join(
            f"<Part><PartNumber>{number}</PartNumber><ETag>{escape(tag, quote=False)}</ETag></Part>"
            for number, tag in enumerate(tags, 1)
        )
        body = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()
        answer = self._call(
            "POST", key, query={"uploadId": upload}, body=body, more={"if-none-match": "*"}, expect={409, 412}
        )
        if answer.status == 200:
            # an error may come with status 200 after the headers were sent
            _text(answer, "ETag")
        return self._is_new(answer, key)

    def _abort(self, key: str, upload: str) -> None:
        with suppress(FinanceError):
            self._call("DELETE", key, query={"uploadId": upload}, expect={404})

    def _is_new(self, answer: Answer, key: str) -> bool:
        if answer.status == 409:
            raise TransientError(f"Somebody else is writing {key} at the moment.")
        return answer.status != 412

    def _digest(self, key: str) -> str:
        """:return: SHA-256 of the object that is there"""
        digest = _Digest()
        self._call("GET", key, into=digest, max_bytes=LARGEST)
        return digest.hexdigest()

    # -- calls ---------------------------------------------------------------------------------

    def _call(
        self,
        method: str,
        key: str,
        *,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        more: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Answer:
        path = f"{quote(self._bucket, safe='-_.~')}/{quote(key, safe='-_.~/')}".rstrip("/")
        query = query or {}
        to = self._client.endpoint.target(path)
        headers = signed_headers(
            self._account,
            method,
            host=to.authority,
            path=to.resource,
            query=query,
            digest=hashlib.sha256(body or b"").hexdigest(),
            now=self._clock(),
            more=more or {},
        )
        options.setdefault("max_bytes", ANSWER_BYTES)
        return self._client.request(
            method,
            f"{path}?{canonical_query(query)}" if query else path,
            body=body if body is not None else (b"" if method in ("PUT", "POST") else None),
            headers=headers,
            accept="*/*",
            # what is done twice is done once here: parts replace themselves, an object is never written over
            may_repeat=True,
            **options,
        )


class _Digest:
    """Takes an object without keeping it."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def write(self, piece: bytes) -> int:
        self._hash.update(piece)
        return len(piece)

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def _text(answer: Answer, name: str) -> str:
    """:return: text of the first element of this name
    :raise TransientError: it is an error, or nothing that was asked for
    """
    try:
        root = xml.document(answer.body)
    except SafetyError as error:
        raise TransientError("The storage answered with something that is no XML.") from error
    for element in root.iter():
        if isinstance(element.tag, str) and xml.local_name(element) == name and element.text:
            return str(element.text)
    raise TransientError(f"The storage answered without {name}: {xml.local_name(root)[:60]}.")
