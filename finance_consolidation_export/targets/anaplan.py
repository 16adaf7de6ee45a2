"""Anaplan by its Integration API v2 (consolidation_targets.md, section 4): a file in chunks, an import or a process,
its task, and the dump of the rows it left out. Written by the documentation, not yet tried against the live service.
"""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO
from urllib.parse import quote

from odoo.addons.finance_connector_base.engine.errors import (
    AmbiguousError,
    AuthNeededError,
    MalformedError,
    RejectedError,
    TransientError,
)
from odoo.addons.finance_connector_base.safe import strict_json
from odoo.addons.finance_connector_base.safe.errors import SafetyError
from odoo.addons.finance_connector_base.transports.http import Answer, Client

from .contract import NOT_STARTED, Job, Known, Line, Mode, NotStarted, Parameter, Progress, Rejected, Report, Total
from .tables import Delimited, nth, pairs, place_of, read

#: bytes of a dump, and rows of it that are read
LARGEST, MOST = 16 << 20, 500
_DEFAULT = (
    "Company = entity; Account = account; Partner = partner; Movement = movement; Time = period; Version = scenario; \
Currency = currency; Amount = amount; Link = link"
)


class AnaplanFile:
    """A CSV whose columns are those of the import definition; the layout is the model's own."""

    SUFFIX, CONTENT_TYPE = "csv", "text/csv"
    MODES: tuple[Mode, ...] = ("whole", "cells", "amounts")
    BY_FOLDER = False
    PARAMETERS = (
        Parameter(name="workspace", about="Id of the workspace", needed=True),
        Parameter(name="model", about="Id of the model", needed=True),
        Parameter(name="file", about="Id of the import's file, 113...", needed=True),
        Parameter(name="action", about="Id of the import (112...) or the process (118...)", needed=True),
        Parameter(
            name="columns",
            about="Columns of the file: Name = entity, account, account_name, partner, movement, period, scenario, "
            "currency, amount, link, batch, or the code of a dimension of the cut",
            default=_DEFAULT,
        ),
        Parameter(
            name="period_name",
            about="Time period as the model names it: {month}, {yy}, {yyyy}, {pp}",
            default="{month} {yy}",
        ),
        Parameter(name="scenario", about="Version as the model names it", default="Actual"),
        Parameter(name="locale", about="localeName of tasks", default="en_US"),
        Parameter(name="mapping", about="Run-time choices: Version = Actual (entityType = entityName)"),
        Parameter(name="chunk_mb", about="MB of a chunk, 1 to 50", default="10"),
        Parameter(
            name="ignored",
            about="Words in types of details that stand for rows left out",
            default="ignored, failed",
            verified=False,
        ),
        Parameter(
            name="export",
            about="Id of an export (116...) with columns Company, Account, Currency, Amount to read back; empty: none",
        ),
        Parameter(
            name="export_columns",
            about="Its columns: company, account, currency, amount",
            default="Company, Account, Currency, Amount",
        ),
    )

    def compose(self, job: Job, lines: Iterable[Line], stream: BinaryIO) -> int:
        columns = pairs(job.said("columns"))
        if not {"account", "amount"} <= set(columns.values()):
            raise ValueError("columns: account, amount")
        table = Delimited(stream)
        table.add(list(columns))
        count = 0
        for line in lines:
            told = _told(job, line)
            table.add([told[name] if name in told else line.members.get(name, "") for name in columns.values()])
            count += 1
        table.close()
        return count

    def row(self, job: Job, stream: BinaryIO, number: int) -> Mapping[str, str]:
        rows = read(stream)
        header = next(rows, [])
        found = nth(rows, number)
        return place_of(header, found, _named(job)) if found else {}


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _named(job: Job) -> dict[str, str]:
    """:return: what we call a column -> what the file calls it"""
    ours = {value: name for name, value in pairs(job.said("columns")).items()}
    return {name: ours.get(name, "") for name in ("entity", "account", "partner")}


def _told(job: Job, line: Line) -> dict[str, str]:
    place = job.place
    known = {
        "month": MONTHS[place.last.month - 1],
        "yy": f"{place.fiscal_year % 100:02}",
        "yyyy": str(place.fiscal_year),
        "pp": f"{place.period:02}",
    }
    try:
        period = job.said("period_name").format_map(known)
    except (KeyError, IndexError, ValueError) as error:
        raise ValueError("period_name") from error
    return {
        "entity": line.entity,
        "account": line.account,
        "account_name": line.name,
        "partner": line.partner,
        "movement": line.movement,
        "period": period,
        "scenario": job.said("scenario"),
        "currency": line.currency,
        "amount": format(line.amount, "f"),
        "link": line.link,
        "batch": place.package,
    }


@dataclass(slots=True, kw_only=True)
class Token:
    """Proves who we are by a token of half an hour: asked for when first needed, refreshed when refused.

    :param client: of the address that gives tokens
    """

    client: Client
    user: str
    password: str = field(repr=False)
    _value: str = field(default="", repr=False)

    def headers(self) -> Mapping[str, str]:
        """:return: headers of a call"""
        if not self._value:
            self._authenticate()
        return {"Authorization": f"AnaplanAuthToken {self._value}"}

    def renew(self) -> bool:
        """Refused: refresh, and where that is refused too, log in anew."""
        if self._value:
            headers = {"Authorization": f"AnaplanAuthToken {self._value}"}
            answer = self.client.request("POST", "token/refresh", headers=headers, may_repeat=True, expect={401, 403})
            if answer.status < 300:
                self._keep(answer)
                return True
        self._authenticate()
        return True

    def _authenticate(self) -> None:
        pair = base64.b64encode(f"{self.user}:{self.password}".encode()).decode("ascii")
        headers = {"Authorization": f"Basic {pair}"}
        self._keep(self.client.request("POST", "token/authenticate", headers=headers, may_repeat=True))

    def _keep(self, answer: Answer) -> None:
        told = _read(answer).get("tokenInfo")
        value = told.get("tokenValue") if isinstance(told, dict) else None
        if not isinstance(value, str) or not value.isascii() or not value.isprintable():
            raise AuthNeededError("Anaplan gave no token.")
        self._value = value


class Anaplan:
    """One delivery into a model."""

    def __init__(self, client: Client, job: Job) -> None:
        self._client = client
        self._job = job
        said = {name: quote(job.said(name), safe="") for name in ("workspace", "model", "file", "action", "export")}
        self._model = f"workspaces/{said['workspace']}/models/{said['model']}"
        self._file = f"{self._model}/files/{said['file']}"
        kind = "processes" if said["action"].startswith("118") else "imports"
        self._tasks = f"{self._model}/{kind}/{said['action']}/tasks"
        self._export = f"{self._model}/exports/{said['export']}" if said["export"] else ""
        self._download = f"{self._model}/files/{said['export']}"

    def upload(self, stream: BinaryIO) -> Known:
        """Chunks may be cut at any byte; the file there is replaced. Notes which tasks there are before ours."""
        piece = max(1, min(int(self._job.said("chunk_mb") or 10), 50)) << 20
        count = max(1, -(-self._job.size // piece))
        told = _read(self._client.request("POST", self._file, json={"chunkCount": count}, may_repeat=True))
        given = told.get("file")
        if isinstance(given, dict) and str(given.get("id")) != self._job.said("file"):
            # a wrong id makes a new file there
            raise RejectedError(
                "Anaplan has another file under this id: check the setting file.", reason="consolidation_not_loaded"
            )
        sent = 0
        for number in range(count):
            content = stream.read(piece)
            sent += len(content)
            self._client.request(
                "PUT",
                f"{self._file}/chunks/{number}",
                body=content,
                headers={"Content-Type": "application/octet-stream"},
            )
        if sent != self._job.size:
            raise TransientError("The file is shorter than it was.")
        self._client.request("POST", f"{self._file}/complete", json={"id": self._job.said("file")}, may_repeat=True)
        return {"file": self._job.said("file"), "before": self._task_ids()}

    def _task_ids(self) -> list[str]:
        told = _read(self._client.get(self._tasks)).get("tasks")
        return [str(one.get("taskId")) for one in told if isinstance(one, dict)] if isinstance(told, list) else []

    def start(self) -> Known:
        """Start the import or the process."""
        body: dict[str, Any] = {"localeName": self._job.said("locale") or "en_US"}
        if choices := pairs(self._job.said("mapping")):
            body["mappingParameters"] = [{"entityType": kind, "entityName": name} for kind, name in choices.items()]
        answer = self._client.post(self._tasks, json=body)
        try:
            return {"job": self._task(answer)["taskId"]}
        except (MalformedError, KeyError) as error:
            raise AmbiguousError("The answer to the start of the import names no task.") from error

    def _task(self, answer: Answer) -> dict[str, Any]:
        told = _read(answer).get("task")
        if not isinstance(told, dict):
            raise MalformedError("The answer of Anaplan has no task.")
        return told

    def inquire(self) -> Known | NotStarted | None:
        """A task that was not there before the start is ours, where it is the only one."""
        before = set(self._job.known.get("before") or ())
        new = [one for one in self._task_ids() if one not in before]
        if len(new) == 1:
            return {"job": new[0]}
        return None if new else NOT_STARTED

    def poll(self) -> Progress:
        """Ask for the task."""
        task = self._task(self._client.get(f"{self._tasks}/{quote(str(self._job.known['job']), safe='')}"))
        state = task.get("taskState")
        if state in ("NOT_STARTED", "IN_PROGRESS", "CANCELLING"):
            return Progress(state="running", text=str(task.get("currentStep") or ""))
        result = task.get("result")
        if state == "CANCELLED":
            return Progress(state="failed", text="It was cancelled.")
        if state != "COMPLETE" or not isinstance(result, dict):
            return Progress(state="unclear")
        known: Known = {"result": _slim(result)}
        if result.get("successful") is not True:
            return Progress(state="failed", text="\n".join(_words(result))[:1000], known=known)
        return Progress(state="done", known=known)

    def report(self) -> Report:
        """COMPLETE and successful can hold rows that were left out: the details and the dump tell them."""
        result = self._job.known.get("result") or {}
        left_out = _ignored(result, self._job.said("ignored"))
        rejected: list[Rejected] = []
        for name in _dumps(result):
            rejected += self._dump(name)
        if left_out and not rejected:
            rejected = [Rejected(message=text) for text in left_out]
        loaded = max(self._job.rows - len(rejected), 0) if result.get("successful") else 0
        return Report(loaded=loaded, rejected=tuple(rejected[:MOST]), text="\n".join(_words(result))[:4000])

    def _dump(self, name: str) -> Iterator[Rejected]:
        task = quote(str(self._job.known["job"]), safe="")
        path = f"{self._tasks}/{task}/dumps/{quote(name, safe='')}" if name else f"{self._tasks}/{task}/dump"
        answer = self._client.get(path, accept="*/*", max_bytes=LARGEST, expect={404})
        if answer.status == 404:
            return
        table = csv.reader(io.StringIO(answer.body.decode("utf-8-sig", "replace"), newline=""))
        header = next(table, [])
        ours = _named(self._job)
        for row in table:
            place = place_of(header, row, ours)
            more = [cell for column, cell in zip(header, row, strict=False) if column.startswith("_") and cell]
            message = "; ".join(more) or "Not taken"
            member = next((value for value in place.values() if value and value in message), "")
            dimension = next(
                (column for column, cell in zip(header, row, strict=False) if member and cell == member), ""
            )
            yield Rejected(
                message=message,
                entity=place["entity"],
                account=place["account"],
                partner=place["partner"],
                member=member,
                dimension=dimension,
            )

    def totals(self) -> list[Total] | None:
        """Read back by an export, whose file is in chunks too."""
        if not self._export:
            return None
        if not self._job.known.get("exporting"):
            body = {"localeName": self._job.said("locale") or "en_US"}
            # an export changes nothing
            task = self._task(self._client.request("POST", f"{self._export}/tasks", json=body, may_repeat=True))
            for _time in range(60):
                if task.get("taskState") == "COMPLETE":
                    break
                task = self._task(self._client.get(f"{self._export}/tasks/{quote(str(task.get('taskId')), safe='')}"))
            else:
                raise TransientError("The export that is read back takes long.")
        told = _read(self._client.get(f"{self._download}/chunks")).get("chunks")
        content = b"".join(
            self._client.get(f"{self._download}/chunks/{quote(str(one['id']), safe='')}", accept="*/*").body
            for one in (told if isinstance(told, list) else [])
        )
        return list(self._exported(content))

    def _exported(self, content: bytes) -> Iterator[Total]:
        names = [name.strip() for name in self._job.said("export_columns").split(",")]
        for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")):
            try:
                entity, account, currency, amount = (row[name] for name in names)
                if entity == self._job.place.entity:
                    yield Total(entity=entity, account=account, currency=currency, amount=Decimal(amount or "0"))
            except (KeyError, ValueError, InvalidOperation) as error:
                raise MalformedError("The export that is read back has no such columns: see export_columns.") from error


def _nested(result: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The result, and those of the imports of a process."""
    yield result
    for one in result.get("nestedResults") or ():
        if isinstance(one, dict):
            yield from _nested(one)


def _details(result: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for one in _nested(result):
        yield from (detail for detail in one.get("details") or () if isinstance(detail, dict))


def _words(result: Mapping[str, Any]) -> list[str]:
    return [str(detail["localMessageText"]) for detail in _details(result) if detail.get("localMessageText")]


def _ignored(result: Mapping[str, Any], signs: str) -> list[str]:
    """:return: what the details say about rows that were left out"""
    looked_for = [sign.strip().lower() for sign in signs.split(",") if sign.strip()]
    return [
        str(detail.get("localMessageText") or detail.get("type"))
        for detail in _details(result)
        if detail.get("occurrences") and any(sign in str(detail.get("type", "")).lower() for sign in looked_for)
    ]


def _dumps(result: Mapping[str, Any]) -> list[str]:
    """:return: objects that have a dump; an empty text is the import itself"""
    return [
        str(one.get("objectId") or "") if one is not result else ""
        for one in _nested(result)
        if one.get("failureDumpAvailable")
    ]


def _slim(result: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a result: values of cells are not."""
    kept = {name: result[name] for name in ("successful", "failureDumpAvailable", "objectId") if name in result}
    kept["details"] = [
        {name: detail[name] for name in ("localMessageText", "occurrences", "type") if name in detail}
        for detail in (result.get("details") or ())[:100]
        if isinstance(detail, dict)
    ]
    kept["nestedResults"] = [_slim(one) for one in (result.get("nestedResults") or ())[:100] if isinstance(one, dict)]
    return kept


def _read(answer: Answer) -> dict[str, Any]:
    try:
        told = strict_json.loads(answer.body) if answer.body else {}
    except SafetyError as error:
        raise MalformedError(f"The answer of Anaplan cannot be read: {error}") from error
    if not isinstance(told, dict):
        raise MalformedError("The answer of Anaplan is no object.")
    return told
