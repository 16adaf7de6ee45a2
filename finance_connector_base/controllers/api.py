import hashlib
import ipaddress
import json
import logging
import re
import uuid
from datetime import UTC, datetime, time
from email.utils import format_datetime

import psycopg2
from werkzeug.exceptions import RequestEntityTooLarge

from odoo import fields
from odoo.exceptions import AccessError, ConcurrencyError, MissingError
from odoo.http import Controller, request, route

from ..api.contract import read, read_body
from ..api.endpoints import BASE, VERSION
from ..api.made import Made, fingerprint, of_problem, read_key
from ..api.page import page
from ..api.problem import Fault, Problem
from ..engine.work import is_correlation_id
from ..models.finance_api_answer import as_problem
from . import api_dispatcher  # noqa: F401  # the kind of the route

_logger = logging.getLogger(__name__)
#: bytes of a body that are read at all
LARGEST = 1 << 20
_WORD = re.compile(r"(?<!^)(?=[A-Z])")
_SAFE = ("GET", "HEAD", "OPTIONS")
#: a page that loads nothing and runs nothing
_CSP = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


class ApiController(Controller):
    """The interface for programs: one door for all of it, so that no endpoint can forget a check."""

    @route(
        [BASE, f"{BASE}/<path:path>"],
        type="finance_api",
        auth="none",
        csrf=False,
        save_session=False,
        max_content_length=LARGEST,
        readonly=False,
    )
    def answer(self, path=""):
        """Answer one request: who asks, how often, what for, and only then what."""
        number = uuid.uuid4().hex
        try:
            return self._answer(f"/{path}", number)
        except (Problem, MissingError, AccessError) as error:
            return self._problem(as_problem(error), number)
        except RequestEntityTooLarge:
            return self._problem(Problem("too_large", f"At most {LARGEST} bytes are read."), number)
        except (psycopg2.Error, ConcurrencyError):
            # Odoo runs the request again
            raise
        except Exception:
            _logger.exception("request %s failed", number)
            return self._problem(Problem("internal", "Ask for it again later, naming the instance."), number)

    def _answer(self, path, number):
        call = request.httprequest
        model = request.env["finance.api"]
        asked = call.headers.get("Finance-Api-Version", VERSION)
        if asked != VERSION:
            raise Problem("version", f"Version {VERSION} is spoken here.")
        endpoints = model._endpoints()
        if path in ("/", "/openapi.json"):
            return self._described(path, call, number)
        if call.method == "OPTIONS":
            allowed = self._endpoint(endpoints, path, None)
            return request.make_response(b"", headers=[("Allow", allowed), *self._headers(number)], status=204)
        client = self._client(call)
        wait = request.env["finance.api.usage"]._take(client)
        if wait:
            raise Problem("too_many", headers={"Retry-After": str(max(int(wait + 0.999), 1))})
        endpoint, named = self._endpoint(endpoints, path, call.method)
        if not call.accept_mimetypes.accept_json and call.accept_mimetypes:
            raise Problem("not_acceptable")
        if endpoint.sunset and fields.Date.today() >= endpoint.sunset:
            raise Problem("gone", f"It was served until {endpoint.sunset}.")
        if endpoint.right not in client.right_ids.mapped("code"):
            raise Problem("not_allowed", f"The key needs the right {endpoint.right}.")
        return self._send(self._worked(call, path, client, endpoint, named, number), number, endpoint)

    def _worked(self, call, path, client, endpoint, named, number):
        parameters = self._parameters(call, endpoint.query)
        query = read(endpoint.query, parameters, place="?")
        given = {"query": query, **named}
        body = None
        if endpoint.body:
            body = read_body(call.headers, call.get_data())
            given["body"] = read(endpoint.body, body)
        # as the user of the program, in the companies of the program, without anything a client could say
        context = {
            "allowed_company_ids": client.company_ids.ids,
            "lang": "en_US",
            "tz": "UTC",
            "finance_api_client": client.id,
            "finance_api_correlation": self._correlation(call) or number,
        }
        api = request.env(user=client.user_id.id, context=context, su=False)["finance.api"]

        def work():
            answer = getattr(api, "_do_" + _WORD.sub("_", endpoint.name).lower())(**given)
            location = endpoint.location and BASE + endpoint.location.format_map(vars(answer))
            return Made(status=endpoint.status, content=answer.model_dump_json().encode(), location=location)

        if not endpoint.effect:
            return work()
        key = read_key(call.headers.get("Idempotency-Key"))
        asked = fingerprint(call.method, path, parameters, body)
        return request.env["finance.api.answer"]._once_only(client, key, asked, work, number)

    def _described(self, path, call, number):
        if call.method not in _SAFE:
            raise Problem("method", headers={"Allow": ", ".join(_SAFE)})
        described = request.env["finance.api"]._described(call.host_url)
        if path == "/openapi.json":
            return self._send(Made(status=200, content=json.dumps(described).encode()), number)
        made = Made(status=200, content=page(described).encode(), media_type="text/html; charset=utf-8")
        answer = self._send(made, number)
        answer.headers["Content-Security-Policy"] = _CSP
        return answer

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
        """:return: the endpoint, and the names in the path; without a method what may be done there"""
        allowed = {}
        for endpoint in endpoints.values():
            match = re.fullmatch(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(endpoint.path)), path)
            # a name that is written in the path of another endpoint is none of an object
            if match and (endpoint.method, bool(match.groupdict())) not in allowed:
                allowed[endpoint.method, bool(match.groupdict())] = endpoint, match.groupdict()
        if not allowed:
            raise Problem("not_found")
        if any(not is_named for _method, is_named in allowed):
            allowed = {key: value for key, value in allowed.items() if not key[1]}
        methods = {key[0]: value for key, value in allowed.items()}
        if "GET" in methods:
            methods["HEAD"] = methods["GET"]
        text = ", ".join(sorted([*methods, "OPTIONS"]))
        if method is None:
            return text
        if method not in methods:
            raise Problem("method", headers={"Allow": text})
        return methods[method]

    def _parameters(self, call, contract):
        values = {}
        for name, many in call.args.lists():
            # a list can be written with commas or by repeating it
            if len(many) > 1 and name not in contract.lists():
                raise Problem("invalid", faults=[Fault("is there more than once", f"?{name[:50]}")])
            values[name] = ",".join(many)
        return values

    # -- the answer ----------------------------------------------------------------------------

    def _send(self, made, number, endpoint=None):
        call = request.httprequest
        headers = [("Content-Type", made.media_type), *self._headers(number), *self._ends(endpoint)]
        if made.is_replayed:
            headers.append(("Idempotency-Replayed", "true"))
        if made.location:
            headers.append(("Location", made.location))
        if call.method in _SAFE and made.status == 200:
            tag = f'"{hashlib.sha256(made.content).hexdigest()[:32]}"'
            headers.append(("ETag", tag))
            if tag in [part.strip().removeprefix("W/") for part in call.headers.get("If-None-Match", "").split(",")]:
                return request.make_response(b"", headers=headers[1:], status=304)
        return request.make_response(made.content, headers=headers, status=made.status)

    def _ends(self, endpoint):
        """:return: headers that tell how long an endpoint is served (RFC 9745, RFC 8594)"""
        headers = []
        if endpoint and endpoint.deprecated:
            headers.append(("Deprecation", f"@{int(_midnight(endpoint.deprecated).timestamp())}"))
            headers.append(("Link", f'<{BASE}#{endpoint.name}>; rel="deprecation"; type="text/html"'))
        if endpoint and endpoint.sunset:
            headers.append(("Sunset", format_datetime(_midnight(endpoint.sunset), usegmt=True)))
        return headers

    def _problem(self, problem, number):
        if request.httprequest.method not in _SAFE:
            # nothing of a request that failed stays
            request.env.cr.rollback()
        made = of_problem(problem, number)
        headers = [("Content-Type", made.media_type), *problem.headers.items(), *self._headers(number)]
        return request.make_response(made.content, headers=headers, status=made.status)

    def _correlation(self, call):
        given = call.headers.get("X-Correlation-Id", "")
        return given if is_correlation_id(given) else None

    def _headers(self, number):
        given = self._correlation(request.httprequest)
        headers = [
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Request-Id", number),
            ("Finance-Api-Version", VERSION),
        ]
        return [*headers, ("X-Correlation-Id", given)] if given else headers


def _midnight(day):
    return datetime.combine(day, time(), UTC)
