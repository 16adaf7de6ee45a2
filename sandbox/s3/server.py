"""Storage with buckets in path style that checks Signature Version 4 and misbehaves on command.

After https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html, PutObject,
CreateMultipartUpload, UploadPart, CompleteMultipartUpload, AbortMultipartUpload.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import threading
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, unquote, urlsplit

#: bytes that every part but the last must have
SMALLEST_PART = 5 << 20
SKEW = timedelta(minutes=15)


def _tag(content: bytes) -> str:
    """An entity tag; what it is made of is nobody's business."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


class Refused(Exception):
    """An error answer."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


class Storage:
    """``with Storage("bucket") as storage: ... storage.objects["ledger/a.csv.gz"]``

    :ivar faults: ``cut_complete`` (carried out, but the answer never comes), ``error_200`` (an error after status 200),
        ``down`` (503), each as often as the number says
    :ivar uploads: upload id -> key and parts that are not completed
    """

    def __init__(self, bucket: str, *, access: str = "AKID", secret: str = "hush", region: str = "eu-test-1") -> None:
        self.bucket, self.access, self.secret, self.region = bucket, access, secret, region
        self.objects: dict[str, bytes] = {}
        self.uploads: dict[str, tuple[str, dict[int, bytes]]] = {}
        self.faults: dict[str, int] = {}
        self.smallest_part = SMALLEST_PART
        self.calls: list[str] = []
        storage = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                try:
                    status, more, answer = storage.answer(self.command, self.path, headers, body)
                except Refused as refusal:
                    status, more = refusal.status, {"Content-Type": "application/xml"}
                    answer = f"<Error><Code>{refusal.code}</Code></Error>".encode()
                except ConnectionAbortedError:
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in more.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _any

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Storage:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _fault(self, name: str) -> bool:
        if self.faults.get(name, 0) < 1:
            return False
        self.faults[name] -= 1
        return True

    # -- signature -----------------------------------------------------------------------------

    def _verify(self, method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> None:
        scheme, _, rest = headers.get("authorization", "").partition(" ")
        if scheme != "AWS4-HMAC-SHA256":
            raise Refused(403, "AccessDenied")
        fields = dict(part.strip().split("=", 1) for part in rest.split(","))
        access, day, region, service, _end = fields["Credential"].split("/")
        if (access, region, service) != (self.access, self.region, "s3"):
            raise Refused(403, "InvalidAccessKeyId")
        moment = datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
        if abs(datetime.now(timezone.utc) - moment) > SKEW or headers["x-amz-date"][:8] != day:
            raise Refused(403, "RequestTimeTooSkewed")
        if headers["x-amz-content-sha256"] != hashlib.sha256(body).hexdigest():
            raise Refused(400, "XAmzContentSHA256Mismatch")
        names = fields["SignedHeaders"].split(";")
        must = {"host", *(name for name in headers if name.startswith("x-amz-"))}
        if not must <= set(names):
            raise Refused(403, "AccessDenied")
        pairs = sorted(
            f"{quote(unquote(name), safe='-_.~')}={quote(unquote(value), safe='-_.~')}"
            for name, value in (part.split("=", 1) if "=" in part else (part, "") for part in query.split("&") if part)
        )
        lines = [method, path, "&".join(pairs)]
        lines += [f"{name}:{headers[name].strip()}" for name in names]
        lines += ["", ";".join(names), headers["x-amz-content-sha256"]]
        scope = f"{day}/{region}/{service}/aws4_request"
        to_sign = f"AWS4-HMAC-SHA256\n{headers['x-amz-date']}\n{scope}\n"
        to_sign += hashlib.sha256("\n".join(lines).encode()).hexdigest()
        key = b"AWS4" + self.secret.encode()
        for part in (day, region, service, "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        if not hmac.compare_digest(hmac.digest(key, to_sign.encode(), "sha256").hex(), fields["Signature"]):
            raise Refused(403, "SignatureDoesNotMatch")

    # -- what it does --------------------------------------------------------------------------

    def answer(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        """:return: status, headers, body"""
        url = urlsplit(target)
        self.calls.append(f"{method} {url.path} {url.query}".strip())
        if self._fault("down"):
            raise Refused(503, "SlowDown")
        self._verify(method, url.path, url.query, headers, body)
        bucket, _, key = unquote(url.path).lstrip("/").partition("/")
        if bucket != self.bucket:
            raise Refused(404, "NoSuchBucket")
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        if method == "POST" and "uploads" in query:
            upload = secrets.token_urlsafe(12)
            self.uploads[upload] = (key, {})
            told = f"<UploadId>{upload}</UploadId>"
            return 200, {}, f"<InitiateMultipartUploadResult>{told}</InitiateMultipartUploadResult>".encode()
        if "uploadId" in query:
            return self._of_upload(method, key, query, headers, body)
        if method == "PUT":
            self._write(key, body, headers)
            return 200, {"ETag": _tag(body)}, b""
        if method == "HEAD" and not key:
            return 200, {}, b""
        if key not in self.objects:
            raise Refused(404, "NoSuchKey")
        return 200, {"Content-Type": "application/octet-stream"}, self.objects[key]

    def _write(self, key: str, body: bytes, headers: dict[str, str]) -> None:
        if headers.get("if-none-match") == "*" and key in self.objects:
            raise Refused(412, "PreconditionFailed")
        self.objects[key] = body

    def _of_upload(
        self, method: str, key: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        upload = query["uploadId"]
        if upload not in self.uploads or self.uploads[upload][0] != key:
            raise Refused(404, "NoSuchUpload")
        parts = self.uploads[upload][1]
        if method == "PUT":
            parts[int(query["partNumber"])] = body
            return 200, {"ETag": _tag(body)}, b""
        if method == "DELETE":
            del self.uploads[upload]
            return 204, {}, b""
        if self._fault("error_200"):
            return 200, {}, b"<Error><Code>InternalError</Code></Error>"
        named = [
            (int(number), tag)
            for number, tag in re.findall(
                r"<Part><PartNumber>(\d+)</PartNumber><ETag>(.*?)</ETag></Part>", body.decode()
            )
        ]
        if [number for number, _tag in named] != sorted(parts):
            raise Refused(400, "InvalidPartOrder")
        for place, (number, tag) in enumerate(named, 1):
            if tag != _tag(parts[number]):
                raise Refused(400, "InvalidPart")
            if place < len(named) and len(parts[number]) < self.smallest_part:
                raise Refused(400, "EntityTooSmall")
        self._write(key, b"".join(parts[number] for number, _tag in named), headers)
        del self.uploads[upload]
        if self._fault("cut_complete"):
            raise ConnectionAbortedError
        return 200, {}, b"<CompleteMultipartUploadResult><ETag>x-1</ETag></CompleteMultipartUploadResult>"
