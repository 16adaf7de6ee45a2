import json
import time

from odoo import SUPERUSER_ID
from odoo.http import Controller, request, route

from odoo.addons.finance_connector_base.api.problem import Problem
from odoo.addons.finance_connector_base.controllers.api import ApiController

from ..metrics.exposition import MEDIA_TYPE

RIGHT = "metrics:read"
#: seconds for which an answer about readiness holds: who asks without a key costs the database nothing more
KEPT = 5.0
_known = {}


class MonitoringController(Controller):
    """What monitoring systems ask: metrics with a key, health without one but without details."""

    # who asks is found out, and how often, as the interface for programs does
    _client = ApiController._client
    _is_from = ApiController._is_from

    @route(
        "/finance/metrics", type="http", auth="none", methods=["GET"], csrf=False, save_session=False, readonly=False
    )
    def metrics(self):
        """All metrics, as OpenMetrics text."""
        try:
            client = self._allowed()
        except Problem as problem:
            return self._text(problem.code, problem.status, [*problem.headers.items()])
        context = {"allowed_company_ids": client.company_ids.ids, "lang": "en_US", "tz": "UTC"}
        # as the user of the key, in its companies: rules of samples apply
        env = request.env(user=client.user_id.id, context=context, su=False)
        return self._text(env["finance.metric.export"]._text(), 200, [], MEDIA_TYPE)

    @route("/finance/health/live", type="http", auth="none", methods=["GET"], csrf=False, save_session=False)
    def live(self):
        """Whether the process answers."""
        return self._json({"status": "ok"}, 200)

    @route(
        "/finance/health/ready",
        type="http",
        auth="none",
        methods=["GET"],
        csrf=False,
        save_session=False,
        readonly=False,
    )
    def ready(self):
        """Whether work can be done; with a key also what is wrong."""
        is_ready, checks = self._checked()
        told = {"status": "ready" if is_ready else "not ready"}
        if request.httprequest.headers.get("Authorization"):
            try:
                self._allowed()
            except Problem as problem:
                return self._json({"status": problem.code}, problem.status)
            told["checks"] = {name: {"ok": ok, "seen": seen} for name, (ok, seen) in checks.items()}
        return self._json(told, 200 if is_ready else 503)

    def _checked(self):
        name = request.env.cr.dbname
        at, answer = _known.get(name, (0.0, None))
        if answer is None or time.monotonic() - at > KEPT:
            # su: nobody has logged in; what is found is told as a yes or no
            checks = request.env(user=SUPERUSER_ID, su=True)["finance.health"]._ready()
            answer = all(ok for ok, _seen in checks.values()), checks
            _known[name] = time.monotonic(), answer
        return answer

    def _allowed(self):
        """:return: the client whose key was sent
        :raise Problem: there is none, it asks too often, or it has not the right
        """
        client = self._client(request.httprequest)
        wait = request.env["finance.api.usage"]._take(client)
        if wait:
            raise Problem("too_many", headers={"Retry-After": str(max(int(wait + 0.999), 1))})
        if RIGHT not in client.right_ids.mapped("code"):
            raise Problem("not_allowed", f"The key needs the right {RIGHT}.")
        return client

    def _text(self, content, status, headers, media_type="text/plain; charset=utf-8"):
        return request.make_response(
            content, headers=[("Content-Type", media_type), ("Cache-Control", "no-store"), *headers], status=status
        )

    def _json(self, content, status):
        return self._text(json.dumps(content), status, [], "application/json")
