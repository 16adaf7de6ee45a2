"""A vault with one KV v2 mount, in memory, that misbehaves on command.

Paths and answers after https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2 and .../auth/approle
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


class Vault:
    """``with Vault() as vault: vault.write("odoo/finance", {"key": "..."})``

    :ivar fault: ``""``, ``"sealed"`` (503), ``"denied"`` (403), ``"garbage"`` (a page instead of JSON)
    """

    def __init__(self, *, mount: str = "secret", token: str = "t", role: tuple[str, str] = ("role", "secret")) -> None:
        self.mount, self.token, self.role = mount, token, role
        self.versions: dict[str, list[dict[str, Any] | None]] = {}
        self.fault = ""
        self.reads = 0
        self.logins = 0
        vault = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(*vault.get(self.path, self.headers.get("X-Vault-Token", "")))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self._answer(*vault.post(self.path, json.loads(body or b"{}")))

            def _answer(self, status: int, value: Any) -> None:
                page = isinstance(value, str)
                data = value.encode() if page else json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/html" if page else "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Vault:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def write(self, path: str, data: dict[str, Any]) -> None:
        """Write a new version."""
        self.versions.setdefault(path, []).append(data)

    def _broken(self) -> tuple[int, Any] | None:
        faults: dict[str, tuple[int, Any]] = {
            "sealed": (503, {"errors": ["Vault is sealed"]}),
            "denied": (403, {"errors": ["permission denied"]}),
            "garbage": (200, "<html>login</html>"),
        }
        return faults.get(self.fault)

    def get(self, target: str, token: str) -> tuple[int, Any]:
        self.reads += 1
        if broken := self._broken():
            return broken
        if token != self.token:
            return 403, {"errors": ["permission denied"]}
        url = urlsplit(target)
        versions = self.versions.get(url.path.removeprefix(f"/v1/{self.mount}/data/"), [])
        number = int(parse_qs(url.query).get("version", [str(len(versions))])[0])
        data = versions[number - 1] if 0 < number <= len(versions) else None
        if data is None:
            return 404, {"errors": []}
        return 200, {"data": {"data": data, "metadata": {"version": number, "destroyed": False}}}

    def post(self, target: str, body: Any) -> tuple[int, Any]:
        self.logins += 1
        if broken := self._broken():
            return broken
        if target != "/v1/auth/approle/login" or (body.get("role_id"), body.get("secret_id")) != self.role:
            return 400, {"errors": ["invalid role or secret ID"]}
        return 200, {"auth": {"client_token": self.token, "lease_duration": 3600}}
