"""What an application of Oracle EPM Cloud answers when it behaves: inbox, data rules, jobs, logs, data slices.

Books of its own: the members it knows, and the cells that were loaded. A row with a member it does not know fails the
whole job, and the log says which.
"""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

from sandbox.http.messages import Request, Response, as_json
from sandbox.rest.base import basic

FILES = "/interop/rest/11.1.2.3.600/applicationsnapshots/"
LOGS = "/interop/rest/11.1.2.3/applicationsnapshots/"
JOBS = "/aif/rest/V1/jobs"
USER, PASSWORD = "group.loader", "epm-password-1"
APPLICATION, CUBE, RULE = "Group", "Consol", "LoadTrialBalance"


class Platform:
    """One application. The fields without underscore can be configured."""

    def __init__(self) -> None:
        #: dimension -> members it knows; a dimension that is not here takes any
        self.members: dict[str, list[str]] = {"Account": [], "Entity": []}
        self.periods = [f"{month}-{year}" for year in range(20, 60) for month in MONTHS]
        #: so many questions a job is running
        self.running = 1
        #: 429 for so many of the next requests
        self.limited = 0
        #: added to what is read back, by account
        self.meddled: dict[str, str] = {}
        self.files: dict[str, bytes] = {}
        self.jobs: list[dict[str, Any]] = []
        self.logs: dict[str, str] = {}
        #: entity, scenario, year, period, account, currency, and the rest -> amount
        self.cells: dict[tuple[str, ...], Decimal] = {}
        self.log: list[tuple[str, str, int]] = []

    def configure(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            getattr(self, name)
            setattr(self, name, value)

    def know(self, dimension: str, *members: str) -> list[str]:
        """Members are created, as the administrator of the application does."""
        known = self.members.setdefault(dimension, [])
        known += [member for member in members if member not in known]
        return known

    def state(self) -> dict[str, Any]:
        return {
            "members": self.members,
            "files": sorted(self.files),
            "jobs": self.jobs,
            "cells": {"|".join(key): str(amount) for key, amount in self.cells.items()},
            "log": self.log,
        }

    # -- requests --------------------------------------------------------------------------

    def answer(self, request: Request) -> Response:
        response = self._guarded(request)
        self.log.append((request.method, request.path, response.status))
        return response

    def _guarded(self, request: Request) -> Response:
        if self.limited:
            self.limited -= 1
            return as_json(429, {"message": "Too Many Requests"}, **{"Retry-After": "0"})
        if request.headers.get("authorization") != basic(USER, PASSWORD):
            return as_json(401, {"message": "Unauthorized"})
        path = request.path
        if path == "/interop/rest/v2/files/list":
            return as_json(200, {"status": 0, "items": [{"name": name, "type": "EXTERNAL"} for name in self.files]})
        if path.startswith(FILES):
            return self._file(request, path.removeprefix(FILES))
        if path.startswith(LOGS):
            return self._log(path.removeprefix(LOGS))
        if path == JOBS and request.method == "POST":
            return self._start(json.loads(request.body))
        if path.startswith(JOBS + "/"):
            return self._job(path.rpartition("/")[2])
        if path == f"/HyperionPlanning/rest/v3/applications/{APPLICATION}/plantypes/{CUBE}/exportdataslice":
            return self._slice(json.loads(request.body)["gridDefinition"])
        return as_json(404, {"message": "Not Found"})

    def _file(self, request: Request, rest: str) -> Response:
        if request.method == "DELETE":
            name = unquote(rest).replace("\\", "/")
            found = self.files.pop(name, None)
            return as_json(200, {"status": 8 if found is None else 0, "details": "" if found else "No such file"})
        name = f"{request.query.get('extDirPath', 'inbox')}/{unquote(rest.removesuffix('/contents'))}"
        is_later = request.query.get("isFirst") == "false"
        if name in self.files and not is_later:
            return as_json(200, {"status": 8, "details": "EPMLCM-14000: The file already exists"})
        self.files[name] = self.files.get(name, b"") + request.body
        return as_json(200, {"status": 0, "details": None, "links": []})

    def _log(self, rest: str) -> Response:
        text = self.logs.get(unquote(rest.removesuffix("/contents")).replace("\\", "/"))
        if text is None:
            return as_json(404, {"message": "Not Found"})
        return Response(200, text.encode(), {"Content-Type": "application/octet-stream"})

    # -- jobs ------------------------------------------------------------------------------

    def _start(self, wish: dict[str, Any]) -> Response:
        job = {"jobId": len(self.jobs) + 101, "asked": 0, **wish}
        log = f"outbox/logs/{APPLICATION}_{job['jobId']}.log"
        job["logFileName"], job["status"] = log, self._run(job, log)
        self.jobs.append(job)
        return as_json(200, self._shown(job, -1))

    def _job(self, name: str) -> Response:
        for job in self.jobs:
            if str(job["jobId"]) == name:
                job["asked"] += 1
                return as_json(200, self._shown(job, -1 if job["asked"] <= self.running else job["status"]))
        return as_json(404, {"message": "Not Found"})

    def _shown(self, job: dict[str, Any], status: int) -> dict[str, Any]:
        words = {-1: "RUNNING", 0: "SUCCESS"}.get(status, "FAILED")
        return {
            "jobId": job["jobId"],
            "jobStatus": words,
            "status": status,
            "details": job.get("details") if status > 0 else None,
            "logFileName": None if status == -1 else job["logFileName"],
            "outputFileName": None,
            "processType": "COMM_LOAD_BALANCES",
            "executedBy": USER,
            "links": [],
        }

    def _run(self, job: dict[str, Any], log: str) -> int:
        """What the rule does; :return: the status at the end"""
        if job["startPeriod"] not in self.periods or job["jobName"] != RULE:
            job["details"] = f"Invalid parameter: {job['startPeriod']} {job['jobName']}"
            return 4
        content = self.files.get(job["fileName"])
        if content is None:
            job["details"] = f"File not found: {job['fileName']}"
            return 1
        rows = list(csv.DictReader(io.StringIO(content.decode())))
        wrong = []
        for number, row in enumerate(rows, 1):
            for dimension, known in self.members.items():
                if dimension in row and row[dimension] not in known:
                    wrong.append(f"Row {number}: member '{row[dimension]}' does not exist in dimension {dimension}")
        said = [f"2026-11-01 00:00:01,{n:03} ERROR [AIF]: {text}" for n, text in enumerate(wrong)]
        self.logs[log] = "\n".join(["2026-11-01 00:00:00,000 INFO  [AIF]: Start", *said]) + "\n"
        if wrong:
            job["details"] = f"{len(wrong)} invalid member(s)"
            return 1
        self._load(job, rows)
        return 0

    def _load(self, job: dict[str, Any], rows: list[dict[str, str]]) -> None:
        month, _dash, year = job["startPeriod"].partition("-")
        entities = {row["Entity"] for row in rows}
        if job["exportMode"] == "REPLACE":
            self.cells = {
                key: amount
                for key, amount in self.cells.items()
                if not (key[0] in entities and key[1:4] == ("Actual", f"FY{year}", month))
            }
        seen: dict[tuple[str, ...], Decimal] = {}
        for row in rows:
            rest = tuple(row.get(name, "") for name in ("Intercompany", "Movement", "Data Source", "Multi-GAAP"))
            currency = row.get("Currency", "Entity Currency")
            key = (row["Entity"], "Actual", f"FY{year}", month, row["Account"], currency, *rest)
            seen[key] = seen.get(key, Decimal(0)) + Decimal(row["Amount"])
        self.cells |= seen

    # -- read back -------------------------------------------------------------------------

    def _slice(self, grid: dict[str, Any]) -> Response:
        pov = dict(zip(grid["pov"]["dimensions"], (one for [one] in grid["pov"]["members"]), strict=True))
        [accounts], [currencies] = grid["rows"][0]["members"], grid["columns"][0]["members"]
        place = tuple(pov[name] for name in ("Entity", "Scenario", "Years", "Period"))
        rows = []
        for account in accounts:
            cells = []
            for currency in currencies:
                amounts = [a for key, a in self.cells.items() if key[:4] == place and key[4:6] == (account, currency)]
                meddled = Decimal(self.meddled.get(account, "0"))
                cells.append(str(sum(amounts) + meddled) if amounts or meddled else "")
            rows.append({"headers": [account], "data": cells})
        return as_json(200, {"pov": list(pov.values()), "columns": [currencies], "rows": rows})


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
