"""What the Integration Server answers when it behaves, and the habits that are known of it.

The status of HTTP is 200 whatever happens (unless ``says_status``); ``responseCode`` in the body counts. Files are
there after so many looks. ``marks`` counts how often a label was put on a report.
"""

from __future__ import annotations

import json
import time
import uuid
from collections import Counter
from datetime import date
from typing import Any

from sandbox.expensify.books import Json
from sandbox.expensify.freemarker import TemplateError, render
from sandbox.http.messages import Request, Response
from sandbox.rest.base import RestSystem, route, said

PATH = "/Integration-Server/ExpensifyIntegrations"
_STATES = {"Open": "OPEN", "Processing": "SUBMITTED", "Approved": "APPROVED", "Reimbursed": "REIMBURSED"}


class Refused(Exception):
    """A job that is not done."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


class Expensify(RestSystem):
    """One integration and its workspaces. Fields without underscore can be configured."""

    def __init__(self) -> None:
        super().__init__()
        self.user, self.secret = "aa_firm_example", "expensify-secret"
        self.today = "2026-03-10"
        #: a file is looked at so often before it is there
        self.looks = 1
        #: the first look at a file that is there gives half of it
        self.cuts = False
        #: files that were made are forgotten
        self.forgets = False
        #: refusals have their code as status of HTTP, too
        self.says_status = False
        #: so many calls of ten seconds and of a minute; 0: not counted
        self.limits: list[int] = [0, 0]
        #: codes that the next jobs are answered with, whatever they are
        self.codes: list[int] = []
        #: reports that fail when their state is set
        self.failing: list[str] = []
        self.reports: dict[str, Json] = {}
        self.labels: dict[str, set[str]] = {}
        self.marks: Counter[str] = Counter()
        self.categories: dict[str, dict[str, Json]] = {"POLICY1": {}}
        self.tags: dict[str, dict[str, Json]] = {"POLICY1": {}}
        self.employees: dict[str, dict[str, Json]] = {"POLICY1": {}}
        self.receipts: dict[str, bytes] = {}
        self.jobs: list[str] = []
        self._files: dict[str, list[Any]] = {}
        self._called: list[float] = []

    # -- what people do there --------------------------------------------------------------

    def put(self, content: Json) -> str:
        """A report is what it is now; :return: its id"""
        self.reports[content["reportID"]] = content
        self.labels.setdefault(content["reportID"], set())
        return str(content["reportID"])

    def unmark(self, identity: str) -> None:
        """An administrator has a report exported once more."""
        self.labels[identity].clear()

    def configure(self, values: Json) -> None:
        for name, value in values.items():
            getattr(self, name)  # an unknown name is a mistake
            setattr(self, name, value)

    def state(self) -> Json:
        return {
            "reports": {
                identity: {"status": one["status"], "labels": sorted(self.labels[identity])}
                for identity, one in self.reports.items()
            },
            "marks": dict(self.marks),
            "jobs": self.jobs,
            "categories": self.categories,
            "tags": self.tags,
            "employees": self.employees,
        }

    # -- jobs ------------------------------------------------------------------------------

    @route("POST", PATH)
    def job(self, request: Request) -> Response:
        try:
            self._count()
            if request.headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
                raise Refused(410, "the job has to come in a form")
            form = request.form()
            job = json.loads(form["requestJobDescription"])
            kind = f"{job.get('type')}/{(job.get('inputSettings') or {}).get('type', '')}"
            self.jobs.append(kind)
            who = job.get("credentials") or {}
            if (who.get("partnerUserID"), who.get("partnerUserSecret")) != (self.user, self.secret):
                raise Refused(403, "Authentication error")
            if self.codes and (code := self.codes.pop(0)) != 200:
                raise Refused(code, "as told")
            return self._done(kind, job, form)
        except Refused as refused:
            body = {"responseCode": refused.code, "responseMessage": refused.words}
            return said(body, refused.code if self.says_status else 200)
        except (KeyError, ValueError) as error:
            return said({"responseCode": 410, "responseMessage": f"{type(error).__name__}"})

    def _count(self) -> None:
        now = time.time()
        self._called = [at for at in self._called if at > now - 60]
        for most, seconds in zip(self.limits, (10, 60), strict=True):
            if most and sum(at > now - seconds for at in self._called) >= most:
                raise Refused(429, "Too many requests")
        self._called.append(now)

    def _done(self, kind: str, job: Json, form: dict[str, str]) -> Response:
        settings = job.get("inputSettings") or {}
        match kind:
            case "file/combinedReportData":
                return self._export(job, settings, form)
            case "download/":
                return self._download(job)
            case "update/reportStatus":
                return self._status(settings)
            case "update/policy":
                return self._change(job, settings)
            case "update/employees":
                return self._employees(job, form)
            case "get/policyList":
                rows = [
                    {"id": name, "name": "Firm", "outputCurrency": "EUR", "role": "admin"} for name in self.categories
                ]
                return said({"responseCode": 200, "policyList": rows})
            case "get/policy":
                return self._policies(settings)
        raise Refused(410, f"no such job: {kind}")

    # -- exports ---------------------------------------------------------------------------

    def _export(self, job: Json, settings: Json, form: dict[str, str]) -> Response:
        if not form.get("template"):
            raise Refused(410, "No template")
        if job.get("onReceive") != {"immediateResponse": ["returnRandomFileName"]}:
            raise Refused(410, "onReceive")
        found = self._found(settings)
        try:
            text = render(form["template"], {"reports": found, "addHeader": True})
        except TemplateError as error:
            raise Refused(500, f"FreeMarker: {error}") from error
        name = f"export{uuid.uuid4()}.{job['outputSettings']['fileExtension']}"
        self._files[name] = [text.encode(), self.looks, self.cuts]
        if job.get("test") != "true":
            for action in job.get("onFinish") or ():
                if action["actionName"] == "markAsExported":
                    for one in found:
                        self.labels[one["reportID"]].add(action["label"])
                        self.marks[one["reportID"]] += 1
        # the name alone, and not as what it is
        return Response(200, name.encode(), {"Content-Type": "text/html; charset=utf-8"})

    def _found(self, settings: Json) -> list[Json]:
        filters = settings.get("filters") or {}
        ids, since = filters.get("reportIDList"), filters.get("approvedAfter") or filters.get("startDate")
        if not ids and not since:
            raise Refused(410, "One of reportIDList, startDate, approvedAfter is required")
        if (
            since
            and (date.fromisoformat(self.today) - date.fromisoformat(since)).days > 365
            and "endDate" not in filters
        ):
            raise Refused(410, "endDate is required")
        states = set((settings.get("reportState") or ",".join(_STATES.values())).split(","))
        wanted = set(ids.split(",")) if ids else None
        policies = set(filters["policyIDList"].split(",")) if filters.get("policyIDList") else None
        found = [
            one
            for identity, one in self.reports.items()
            if (wanted is None or identity in wanted)
            and (not since or (one["approved"] or "")[:10] > since)
            and _STATES.get(one["status"], "ARCHIVED") in states
            and (policies is None or one["policyID"] in policies)
            # those that carry it already are left out
            and filters.get("markedAsExported", "") not in self.labels[identity]
        ]
        return found[: int(settings["limit"])] if settings.get("limit") else found

    def _download(self, job: Json) -> Response:
        file = self._files.get(job["fileName"])
        if file is None or self.forgets or job.get("fileSystem") != "integrationServer":
            raise Refused(404, "File not found")
        content, looks, cuts = file
        file[1] -= 1
        if looks > 0:
            return Response(200, b"", {"Content-Type": "application/octet-stream"})
        if cuts:
            file[2] = False
            content = content[: len(content) // 2]
        return Response(200, content, {"Content-Type": "application/octet-stream"})

    # -- states ----------------------------------------------------------------------------

    def _status(self, settings: Json) -> Response:
        if settings.get("status") != "REIMBURSED":
            raise Refused(410, "status")
        done, skipped, failed = [], [], []
        for identity in settings["filters"]["reportIDList"].split(","):
            one = self.reports.get(identity)
            if one is None:
                skipped.append({"reportID": identity, "reason": "Report not found"})
            elif identity in self.failing:
                failed.append(identity)
            elif one["status"] != "Approved":
                words = "already Reimbursed" if one["status"] == "Reimbursed" else f"in state {one['status']}"
                skipped.append({"reportID": identity, "reason": f"Report is {words}"})
            else:
                one["status"] = "Reimbursed"
                done.append(identity)
        body: Json = {"responseCode": 200, "reportIDs": done, "skippedReports": skipped}
        return said({**body, **({"failedReports": failed} if failed else {})})

    # -- workspaces ------------------------------------------------------------------------

    def picks(self, policy: str) -> list[str]:
        """:return: categories that can be picked now"""
        return sorted(name for name, one in self.categories[policy].items() if one["enabled"])

    def _policies(self, settings: Json) -> Response:
        told = {
            policy: {
                "categories": list(self.categories[policy].values()),
                "tags": [{"name": name, **one} for name, one in self.tags[policy].items()],
                "employees": list(self.employees[policy].values()),
            }
            for policy in settings["policyIDList"]
            if policy in self.categories
        }
        wanted = set(settings["fields"])
        info = {policy: {name: one[name] for name in one.keys() & wanted} for policy, one in told.items()}
        return said({"responseCode": 200, "policyInfo": info})

    def _change(self, job: Json, settings: Json) -> Response:
        policy = settings["policyID"]
        if policy not in self.categories:
            raise Refused(404, "policy")
        if "categories" in job:
            if job["categories"]["action"] == "replace":
                self.categories[policy].clear()
            for one in job["categories"]["data"]:
                known = self.categories[policy].get(one["name"], {"name": one["name"], "enabled": True, "glCode": ""})
                self.categories[policy][one["name"]] = {**known, **one}
        for level in (job.get("tags") or {}).get("data", ()):
            # what is not named is gone
            self.tags[policy][level["name"]] = {"tags": level["tags"]}
        return said({"responseCode": 200})

    def _employees(self, job: Json, form: dict[str, str]) -> Response:
        for one in json.loads(form["data"])["Employees"]:
            if not one.get("employeeEmail") or not one.get("managerEmail") or not one.get("policyID"):
                raise Refused(410, "employeeEmail, managerEmail and policyID are required")
            people = self.employees.setdefault(one["policyID"], {})
            if one.get("isTerminated"):
                people.pop(one["employeeEmail"], None)
            else:
                people[one["employeeEmail"]] = one
        return said({"responseCode": 200})

    @route("GET", "/receipts/([0-9A-Za-z_.]+)")
    def receipt(self, request: Request, name: str) -> Response:
        content = self.receipts.get(name)
        return Response(200, content, {"Content-Type": "image/png"}) if content else Response(404)
