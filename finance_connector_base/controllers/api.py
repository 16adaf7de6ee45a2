import hashlib
import ipaddress
import json
import logging
import re
import uuid

import psycopg2

from odoo.exceptions import AccessError, ConcurrencyError, MissingError
from odoo.http import Controller, request, route

from ..api.contract import read
from ..api.endpoints import BASE, VERSION
from ..api.openapi import document
from ..api.problem import MEDIA_TYPE, Problem
from ..engine.work import is_correlation_id

_logger = logging.getLogger(__name__)
#: bytes of a body that are read at all
LARGEST = 1 << 20
_WORD = re.compile(r"(?<!^)(?=[A-Z])")


class ApiController(Controller):
    """The interface for programs: one door for all of it, so that no endpoint can forget a check."""

    @route(
        [f"{BASE}/<path:path>"],
        type="http",
        auth="none",
        methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
        csrf=False,
        save_session=False,
        max_content_length=LARGEST,
        readonly=False,
    )
    def answer(self, path, **_parameters):
        """Answer one request: who asks, how often, what for, and only then what."""
        number = uuid.uuid4().hex
        try:
            return self._answer(f"/{path}", number)
        except Problem as problem:
            return self._problem(problem, number)
        except MissingError:
            return self._problem(Problem("not_found"), number)
        except AccessError:
            # what the user of the program may not do in Odoo; the names of models are nobody's business
            detail = "The user of this program has no right to this in Odoo."
            return self._problem(Problem("not_allowed", detail), number)
        except (psycopg2.Error, ConcurrencyError):
            # Odoo runs the request again
            raise
        except Exception:
            _logger.exception("request %s failed", number)
            request.env.cr.rollback()
            return self._problem(Problem("internal", "Ask for it again later, naming the instance."), number)

    def _answer(self, path, number):
        call = request.httprequest
        model = request.env["finance.api"]
        if path == "/openapi.json" and call.method == "GET":
            content = json.dumps(document(model._endpoints(), call.host_url)).encode()
            return self._made(content, number)
        if not call.accept_mimetypes.accept_json and call.accept_mimetypes:
            raise Problem("not_acceptable")
        client = self._client(call)
        wait = request.env["finance.api.usage"]._take(client)
        if wait:
            raise Problem("too_many", headers={"Retry-After": str(max(int(wait + 0.999), 1))})
        endpoint, named = self._endpoint(model._endpoints(), path, call.method)
        if endpoint.right not in client.right_ids.mapped("code"):
            raise Problem("not_allowed", f"The key needs the right {endpoint.right}.")
        query = read(endpoint.query, self._parameters(call), place="?")
        # as the user of the program, in the companies of the program, without anything a client could say
        context = {"allowed_company_ids": client.company_ids.ids, "lang": "en_US", "tz": "UTC"}
        api = request.env(user=client.user_id.id, context=context, su=False)["finance.api"]
        answer = getattr(api, "_do_" + _WORD.sub("_", endpoint.name).lower())(query, **named)
        return self._made(answer.model_dump_json().encode(), number)

    # -- who asks ------------------------------------------------------------------------------

    def _client(self, call):
        kind, _blank, key = call.headers.get("Authorization", "").partition(" ")
        challenge = {"WWW-Authenticate": "Bearer"}
        if kind.lower() != "bearer" or not key.strip():
            raise Problem("key_missing", "Send it as Authorization: Bearer <key>.", headers=challenge)
        client = request.env["finance.api.client"]._of_key(key.strip())
        if not client:
            raise Problem("key_refused", headers=challenge)
        networks = client._networks()
        if networks and not self._is_from(call.remote_addr, networks):
            raise Problem("not_allowed", "This key is not used from this address.")
        return client

    def _is_from(self, address, networks):
        try:
            given = ipaddress.ip_address(address)
        except ValueError:
            return False
        given = getattr(given, "ipv4_mapped", None) or given
        return any(given in network for network in networks)

    # -- what for ------------------------------------------------------------------------------

    def _endpoint(self, endpoints, path, method):
        """:return: the endpoint, and the names in the path"""
        allowed = set()
        for endpoint in endpoints.values():
            match = re.fullmatch(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(endpoint.path)), path)
            if not match:
                continue
            if method == endpoint.method or (method == "HEAD" and endpoint.method == "GET"):
                return endpoint, match.groupdict()
            allowed.add(endpoint.method)
        if allowed:
            raise Problem("method", headers={"Allow": ", ".join(sorted(allowed))})
        raise Problem("not_found")

    def _parameters(self, call):
        values = {}
        for name, many in call.args.lists():
            if len(many) > 1:
                raise Problem("invalid", f"The parameter {name[:50]} is there more than once.")
            values[name] = many[0]
        return values

    # -- the answer ----------------------------------------------------------------------------

    def _made(self, content, number):
        call = request.httprequest
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        headers = [("ETag", tag), *self._headers(number)]
        if tag in [part.strip().removeprefix("W/") for part in call.headers.get("If-None-Match", "").split(",")]:
            return request.make_response(b"", headers=headers, status=304)
        return request.make_response(content, headers=[("Content-Type", "application/json"), *headers])

    def _problem(self, problem, number):
        headers = [("Content-Type", MEDIA_TYPE), *problem.headers.items(), *self._headers(number)]
        return request.make_response(problem.write(number), headers=headers, status=problem.status)

    def _headers(self, number):
        given = request.httprequest.headers.get("X-Correlation-Id", "")
        headers = [
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Request-Id", number),
            ("Finance-Api-Version", VERSION),
        ]
        return [*headers, ("X-Correlation-Id", given)] if is_correlation_id(given) else headers
