"""Oracle FCCS, and other applications of Oracle EPM Cloud, by Data Management (consolidation_targets.md, section 2).

The file goes to the inbox, a DATARULE job maps and loads it, the job is asked for until it has ended, and its log is
fetched. Read back with a data slice. Written by the documentation, not yet tried against the live service.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO
from urllib.parse import quote

from odoo.addons.finance_connector_base.engine.errors import (
    AmbiguousError,
    MalformedError,
    RejectedError,
    TransientError,
)
from odoo.addons.finance_connector_base.safe import strict_json
from odoo.addons.finance_connector_base.safe.errors import SafetyError
from odoo.addons.finance_connector_base.transports.http import Answer, Client

from .contract import Job, Known, Line, Mode, NotStarted, Parameter, Progress, Rejected, Report, Total
from .tables import Delimited, nth, pairs, place_of, read, words

FILES = "interop/rest/11.1.2.3.600/applicationsnapshots"
LOGS = "interop/rest/11.1.2.3/applicationsnapshots"
#: names of months as the seeded calendar has them
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: what a job says when it does not know its own state
UNCLEAR = 2**31 - 1
#: accounts in one data slice
SLICE = 500
#: characters of a line of a log that are looked at, and bytes of a log
LONGEST, LARGEST = 2000, 16 << 20
#: what rows of the log are looked for unless the setting says otherwise
PATTERN = (
    r"(?:row|line|record)\W+(?P<row>\d+).{0,200}?member\W+(?P<member>[\w .-]+?)\W+(?:does not|is not|invalid)"
    r"(?:.{0,100}?dimension\W+(?P<dimension>[\w -]+))?"
)

_OURS = {"entity": "Entity", "account": "Account", "partner": "Intercompany"}


class FccsFile:
    """A delimited file for an import format of Data Management; the point of view gives scenario, year and period."""

    SUFFIX, CONTENT_TYPE = "csv", "text/csv"
    MODES: tuple[Mode, ...] = ("whole", "cells")
    BY_FOLDER = False
    PARAMETERS = (
        Parameter(name="application", about="Name of the application", needed=True),
        Parameter(name="rule", about="Data rule (or integration) that loads the file", needed=True),
        Parameter(name="folder", about="Folder of the inbox the rule reads from; empty: the inbox itself"),
        Parameter(
            name="columns",
            about="Columns of the import format, in its order. Known: Account, Entity, Intercompany, Movement, View, "
            "Data Source, Multi-GAAP, Currency, Description, Amount, Link, and those of Custom dimensions",
            default="Account, Entity, Intercompany, Movement, Data Source, Multi-GAAP, Currency, Amount, Link",
        ),
        Parameter(name="delimiter", about="Between columns", default=","),
        Parameter(
            name="period_name", about="Name in the period mapping: {month} is Jan, {yy} 26", default="{month}-{yy}"
        ),
        Parameter(name="scenario", about="Member of Scenario", default="Actual"),
        Parameter(name="year", about="Member of Years: {yy} is 26", default="FY{yy}"),
        Parameter(name="view", about="Member of View", default="FCCS_YTD_Input"),
        Parameter(name="data_source", about="Member of Data Source", default="FCCS_Data Input"),
        Parameter(name="multi_gaap", about="Member of Multi-GAAP", default="FCCS_Local GAAP"),
        Parameter(name="no_movement", about="Movement of balances without one", default="FCCS_No Movement"),
        Parameter(name="no_partner", about="Intercompany without company", default="FCCS_No Intercompany"),
        Parameter(
            name="custom",
            about="Custom dimensions: Product = product | No Product; the code of a dimension of the cut, then the "
            "member of what has none",
        ),
        Parameter(name="import_mode", about="APPEND, REPLACE, RECALCULATE or NONE", default="REPLACE"),
        Parameter(
            name="export_mode",
            about="Of everything: REPLACE clears scenario, year, period, company and data source first; MERGE "
            "overwrites cells. Cells that changed always go by MERGE",
            default="REPLACE",
        ),
        Parameter(name="job_type", about="DATARULE; INTEGRATION in newer releases", default="DATARULE"),
        Parameter(
            name="chunk_mb", about="Larger files are uploaded in pieces of so many MiB, at most 50", default="50"
        ),
        Parameter(
            name="separator", about="Between folder and file in addresses of files", default="%5C", verified=False
        ),
        Parameter(name="cube", about="Cube that is read back; empty: nothing is read back", default="Consol"),
        Parameter(
            name="readback",
            about="Members that are read back, of dimensions other than account, company, scenario, year, period and "
            "currency",
            default="View = FCCS_YTD_Input; Movement = FCCS_Mvmts_Subtotal; Intercompany = FCCS_Intercompany Top; "
            "Data Source = FCCS_Data Input; Multi-GAAP = FCCS_Local GAAP; Consolidation = FCCS_Entity Input",
            verified=False,
        ),
        Parameter(
            name="log_pattern",
            about="How a rejected row stands in the log: a regular expression with the groups row, member, dimension",
            default=PATTERN,
            verified=False,
        ),
    )

    def compose(self, job: Job, lines: Iterable[Line], stream: BinaryIO) -> int:
        columns = words(job.said("columns"))
        custom = _custom(job)
        unknown = set(columns) - set(custom) - set(_FIELDS)
        if unknown or not {"Account", "Entity", "Amount"} <= set(columns):
            raise ValueError(f"columns: {', '.join(sorted(unknown)) or 'Account, Entity, Amount'}")
        table = Delimited(stream, job.said("delimiter") or ",")
        table.add(columns)
        count = 0
        for line in lines:
            cells = {name: give(job, line) for name, give in _FIELDS.items()}
            cells |= {name: line.members.get(code, nothing) for name, (code, nothing) in custom.items()}
            table.add([cells[name] for name in columns])
            count += 1
        table.close()
        return count

    def row(self, job: Job, stream: BinaryIO, number: int) -> Mapping[str, str]:
        rows = read(stream, job.said("delimiter") or ",")
        header = next(rows, [])
        found = nth(rows, number)
        return place_of(header, found, _OURS) if found else {}


_FIELDS: dict[str, Callable[[Job, Line], str]] = {
    "Account": lambda job, line: line.account,
    "Entity": lambda job, line: line.entity,
    "Intercompany": lambda job, line: line.partner or job.said("no_partner"),
    "Movement": lambda job, line: line.movement or job.said("no_movement"),
    "View": lambda job, line: job.said("view"),
    "Data Source": lambda job, line: job.said("data_source"),
    "Multi-GAAP": lambda job, line: job.said("multi_gaap"),
    "Currency": lambda job, line: "Parent Currency" if line.is_group else "Entity Currency",
    "Description": lambda job, line: line.name,
    "Amount": lambda job, line: format(line.amount, "f"),
    "Link": lambda job, line: line.link,
}


def _custom(job: Job) -> dict[str, tuple[str, str]]:
    """:return: column -> (code of the dimension, member of what has none)"""
    found = {}
    for name, text in pairs(job.said("custom")).items():
        code, _bar, nothing = text.partition("|")
        found[name] = (code.strip(), nothing.strip())
    return found


def period_name(job: Job) -> str:
    """:return: the period as the period mapping names it
    :raise ValueError: the setting has other placeholders
    """
    return _filled(job, "period_name")


def _filled(job: Job, name: str) -> str:
    place = job.place
    known = {
        "month": MONTHS[place.last.month - 1],
        "yy": f"{place.fiscal_year % 100:02}",
        "yyyy": str(place.fiscal_year),
        "period": f"{place.period:02}",
    }
    try:
        return job.said(name).format_map(known)
    except (KeyError, IndexError, ValueError) as error:
        raise ValueError(name) from error


class Fccs:
    """One delivery at an application."""

    def __init__(self, client: Client, job: Job) -> None:
        self._client = client
        self._job = job

    # -- the file --------------------------------------------------------------------------

    def _address(self, root: str, path: str) -> str:
        separator = self._job.said("separator") or "%5C"
        return f"{root}/{separator.join(quote(part, safe='') for part in path.split('/'))}"

    @property
    def _folder(self) -> str:
        return "/".join(filter(None, ("inbox", self._job.said("folder").strip("/"))))

    def upload(self, stream: BinaryIO) -> Known:
        """Upload in one call or in pieces. Existing is an error there; under this name it is an earlier attempt of
        ours, whole or not, and goes first."""
        if self._exists():
            self._delete()
        piece = min(int(self._job.said("chunk_mb") or 50), 50) << 20
        pieces = _pieces(stream, piece, self._job.size)
        is_one = self._job.size <= piece
        for number, (content, is_last) in enumerate(pieces):
            query: dict[str, Any] = {"extDirPath": self._folder}
            if not is_one:
                query |= {
                    "isFirst": "true" if number == 0 else "false",
                    "isLast": "true" if is_last else "false",
                    "chunkSize": len(content),
                    "fileSize": self._job.size,
                }
            answer = self._client.request(
                "POST",
                f"{FILES}/{quote(self._job.file, safe='')}/contents",
                query=query,
                body=content,
                headers={"Content-Type": "application/octet-stream"},
                # the next attempt begins by taking it away
                may_repeat=True,
            )
            told = _read(answer)
            if told.get("status") not in (0, -1):
                raise RejectedError(
                    f"The file was not taken: {_words(told)}",
                    reason="consolidation_not_loaded",
                    params={"told": _words(told)},
                )
        return {"file": f"{self._folder}/{self._job.file}"}

    def _exists(self) -> bool:
        told = _read(self._client.get("interop/rest/v2/files/list"))
        items = told.get("items") or []
        wanted = f"{self._folder}/{self._job.file}"
        return any(
            isinstance(item, dict) and str(item.get("name", "")).replace("\\", "/").lstrip("/") == wanted
            for item in items
        )

    def _delete(self) -> None:
        path = f"{self._folder}/{self._job.file}"
        told = _read(self._client.request("DELETE", self._address(FILES, path)))
        if told.get("status") not in (0, -1):
            raise RejectedError(
                f"An earlier upload of the file cannot be taken away: {_words(told)}", reason="consolidation_not_loaded"
            )

    # -- the job ---------------------------------------------------------------------------

    def start(self) -> Known:
        """Start the data rule. Values of modes are case-sensitive."""
        period = period_name(self._job)
        mode = self._job.said("export_mode").upper() if self._job.mode == "whole" else "MERGE"
        body = {
            "jobType": self._job.said("job_type") or "DATARULE",
            "jobName": self._job.said("rule"),
            "startPeriod": period,
            "endPeriod": period,
            "importMode": self._job.said("import_mode").upper(),
            "exportMode": mode,
            "fileName": f"{self._folder}/{self._job.file}",
        }
        answer = self._client.post("aif/rest/V1/jobs", json=body)
        try:
            told = _read(answer)
        except MalformedError as error:
            raise AmbiguousError("The answer to the start of the load cannot be read.") from error
        if not isinstance(told.get("jobId"), int | str):
            raise AmbiguousError("The answer to the start of the load names no job.")
        return {"job": str(told["jobId"])}

    def inquire(self) -> Known | NotStarted | None:
        """There is no documented way to ask for a job whose number is not known."""
        return None

    def poll(self) -> Progress:
        """Ask for the job by its number."""
        told = _read(self._client.get(f"aif/rest/V1/jobs/{quote(str(self._job.known['job']), safe='')}"))
        known: Known = {name: told[name] for name in ("logFileName", "outputFileName") if told.get(name)}
        status = told.get("status")
        match status:
            case -1 | 2:
                return Progress(state="running", known=known)
            case 0:
                return Progress(state="done", known=known)
            case 1 | 3 | 4:
                ended = {1: "has failed", 3: "was cancelled", 4: "was refused (invalid parameter)"}[status]
                said = f"The job {ended}: {_words(told)}".rstrip(": ")
                return Progress(state="failed", text=said, known=known)
        if status == UNCLEAR or status is None:
            return Progress(state="unclear", known=known)
        return Progress(state="failed", text=f"status {status}. {_words(told)}", known=known)

    def report(self) -> Report:
        """Fetch the log of the job."""
        name = str(self._job.known.get("logFileName") or "")
        if not name:
            return Report()
        answer = self._client.get(
            f"{self._address(LOGS, name.replace(chr(92), '/'))}/contents", accept="*/*", max_bytes=LARGEST, expect={404}
        )
        if answer.status == 404:
            return Report(text="The log is not there any more.")
        text = answer.body.decode("utf-8", "replace")
        rejected = tuple(read_log(text, self._job.said("log_pattern") or PATTERN))
        told = [line.strip()[:LONGEST] for line in text.splitlines() if re.search(r"\b(ERROR|FATAL)\b", line)]
        return Report(rejected=rejected, text="\n".join(told[:20]))

    # -- what is there ---------------------------------------------------------------------

    def totals(self) -> list[Total] | None:
        """Read back by data slices: accounts down, currencies across."""
        cube, place = self._job.said("cube"), self._job.place
        if not cube:
            return None
        pov = {
            "Entity": place.entity,
            "Scenario": self._job.said("scenario"),
            "Years": _filled(self._job, "year"),
            "Period": MONTHS[place.last.month - 1],
            **pairs(self._job.said("readback")),
        }
        wish = self._job.said("amounts") or "local"
        currencies = []
        if wish in ("local", "both"):
            currencies.append(("Entity Currency", place.currency))
        if wish in ("group", "both"):
            currencies.append(("Parent Currency", place.group_currency))
        address = (
            f"HyperionPlanning/rest/v3/applications/{quote(self._job.said('application'), safe='')}"
            f"/plantypes/{quote(cube, safe='')}/exportdataslice"
        )
        found: list[Total] = []
        for begin in range(0, len(self._job.accounts), SLICE):
            grid = {
                "suppressMissingBlocks": True,
                "pov": {"dimensions": list(pov), "members": [[member] for member in pov.values()]},
                "columns": [{"dimensions": ["Currency"], "members": [[member for member, _code in currencies]]}],
                "rows": [{"dimensions": ["Account"], "members": [list(self._job.accounts[begin : begin + SLICE])]}],
            }
            answer = self._client.request(
                "POST", address, json={"exportPlanningData": False, "gridDefinition": grid}, may_repeat=True
            )
            found += self._slice(_read(answer), [code for _member, code in currencies])
        return found

    def _slice(self, told: dict[str, Any], currencies: list[str]) -> Iterator[Total]:
        for row in told.get("rows") or []:
            try:
                [account], cells = row["headers"], row["data"]
                for currency, value in zip(currencies, cells, strict=True):
                    yield Total(
                        entity=self._job.place.entity, account=str(account), currency=currency, amount=_amount(value)
                    )
            except (KeyError, TypeError, ValueError, InvalidOperation) as error:
                raise MalformedError("A row of the data slice cannot be read.") from error


def _amount(value: Any) -> Decimal:
    if value in (None, "", "#Missing", "#missing"):
        return Decimal(0)
    amount = Decimal(str(value))
    if not amount.is_finite():
        raise ValueError(value)
    return amount


def read_log(text: str, pattern: str = PATTERN) -> Iterator[Rejected]:
    """Find the rows that a log speaks of.

    :param pattern: regular expression with the group ``row`` or ``member``, and ``dimension`` where the log tells it
    :raise ValueError: the pattern is none
    """
    try:
        known = re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise ValueError("log_pattern") from error
    for line in text.splitlines():
        line = line[:LONGEST]
        match = known.search(line)
        if not match:
            continue
        groups = match.groupdict()
        row = (groups.get("row") or "").strip()
        yield Rejected(
            message=_plain(line),
            row=int(row) if row.isdigit() and len(row) < 10 else None,
            member=(groups.get("member") or "").strip(),
            dimension=(groups.get("dimension") or "").strip(),
        )


def _plain(line: str) -> str:
    """Without the stamp of the logger in front."""
    found = re.search(r"\b(?:ERROR|FATAL|WARN|INFO)\b\s*(?:\[[^\]]*\])?:?\s*(.*)", line)
    return (found.group(1) if found else line).strip()


def _pieces(stream: BinaryIO, size: int, whole: int) -> Iterator[tuple[bytes, bool]]:
    """:return: pieces, each with whether it is the last; an empty file is one empty piece"""
    sent = 0
    while True:
        content = stream.read(size)
        sent += len(content)
        yield content, sent >= whole
        if sent >= whole:
            return
        if not content:
            raise TransientError("The file is shorter than it was.")


def _read(answer: Answer) -> dict[str, Any]:
    try:
        told = strict_json.loads(answer.body)
    except SafetyError as error:
        raise MalformedError(f"The answer of Oracle EPM Cloud cannot be read: {error}") from error
    if not isinstance(told, dict):
        raise MalformedError("The answer of Oracle EPM Cloud is no object.")
    return told


def _words(told: Mapping[str, Any]) -> str:
    said = told.get("details")
    return " ".join(said.split())[:500] if isinstance(said, str) else ""


__all__ = ["Fccs", "FccsFile", "period_name", "read_log"]
