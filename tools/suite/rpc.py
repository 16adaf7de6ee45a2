"""A person at the browser, as code: logs in and calls what the web client calls."""

from __future__ import annotations

import itertools
import json
import urllib.request
from http.cookiejar import CookieJar
from typing import Any

from .console import SuiteError


class Client:
    def __init__(self, url: str, database: str, login: str, password: str) -> None:
        self.url = url
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self._numbers = itertools.count(1)
        self.session = self._post("/web/session/authenticate", {"db": database, "login": login, "password": password})

    def call(self, model: str, method: str, *arguments: Any, **keywords: Any) -> Any:
        """Call a public method of a model."""
        parameters = {"model": model, "method": method, "args": arguments, "kwargs": keywords}
        return self._post(f"/web/dataset/call_kw/{model}/{method}", parameters)

    def page(self, path: str) -> tuple[int, str]:
        """Status and body of a page."""
        with self._opener.open(self.url + path, timeout=60) as answer:
            return answer.status, answer.read().decode(errors="replace")

    def _post(self, path: str, parameters: dict[str, Any]) -> Any:
        body = {"jsonrpc": "2.0", "method": "call", "id": next(self._numbers), "params": parameters}
        request = urllib.request.Request(
            self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with self._opener.open(request, timeout=120) as response:
            answer = json.load(response)
        if error := answer.get("error"):
            raise SuiteError(f"Odoo answers {path} with: {error.get('data', error).get('message', error)}")
        return answer.get("result")
