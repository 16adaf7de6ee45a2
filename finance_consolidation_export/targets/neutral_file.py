"""The neutral trial balance with its manifest and acknowledgement (consolidation_targets.md, section 5): by a folder or
file server, and by REST.

The manifest comes last: a receiver begins once it is there. The acknowledgement is ours to define: ``batch_id``,
``status`` (accepted, partially_accepted, rejected), ``rows_loaded``, ``rows_rejected``, ``errors`` with row, field,
code and message, ``loaded_at``, and, where the receiver adds up what it has loaded, ``totals`` with entity_code,
account_code, currency and balance.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO
from urllib.parse import quote

from odoo.addons.finance_connector_base.engine.errors import MalformedError, RejectedError
from odoo.addons.finance_connector_base.safe import strict_json
from odoo.addons.finance_connector_base.safe.errors import SafetyError
from odoo.addons.finance_connector_base.transports.http import Client

from ..balances import neutral
from .contract import NOT_STARTED, Job, Known, Line, Mode, NotStarted, Parameter, Progress, Rejected, Report, Total
from .tables import nth, place_of, read

_OURS = {"entity": "entity_code", "account": "account_code", "partner": "partner_entity_code"}
#: bytes of an acknowledgement, and errors of it that are read
LARGEST, MOST = 16 << 20, 500
#: how a file is put into its place, and how what waits for us is looked at: name -> its content or None
Send = Callable[[str, Iterable[bytes]], Any]
Look = Callable[[str], bytes | None]


class NeutralFile:
    """The columns of ``balances/neutral.py``; amounts are debit positive, and all of them are there."""

    SUFFIX, CONTENT_TYPE = "csv", "text/csv"
    MODES: tuple[Mode, ...] = ("whole", "amounts")
    BY_FOLDER = False
    PARAMETERS: tuple[Parameter, ...] = (
        Parameter(
            name="acknowledgement",
            about="yes: the receiver puts an acknowledgement (FILE.ack.json) into the folder that is watched; empty: "
            "none comes",
        ),
    )

    def compose(self, job: Job, lines: Iterable[Line], stream: BinaryIO) -> int:
        wish = [job.said(name) for name in ("sign", "figures", "amounts")]
        if any(said not in ("", default) for said, default in zip(wish, ("debit", "ytd", "local"), strict=True)):
            # the columns say all of it in one way
            raise ValueError("sign, figures, amounts")
        place = job.place
        head = neutral.Head(
            batch=place.package,
            entity=place.entity,
            lei=place.lei,
            scenario=place.scenario,
            fiscal_year=place.fiscal_year,
            period=place.period,
            first=place.first,
            last=place.last,
            currency=place.currency,
            group_currency=place.group_currency,
            source="odoo",
            generated=place.generated,
        )
        return neutral.write(head, (line.source for line in lines if line.source), {}, stream).rows

    def row(self, job: Job, stream: BinaryIO, number: int) -> Mapping[str, str]:
        rows = read(stream)
        header = next(rows, [])
        found = nth(rows, number)
        return place_of(header, found, _OURS) if found else {}


def manifest(job: Job, stream: BinaryIO) -> bytes:
    """:return: JSON with the control totals of a file and who stands for it"""
    if job.about.get("layout"):
        # of a form of its own: its rows are not read
        balances: dict[tuple[str, str], Decimal] = {}
        for (entity, _account, currency), amount in job.sums.items():
            balances[entity, currency] = balances.get((entity, currency), Decimal(0)) + amount
        controls = [
            {"entity": entity, "currency": currency, "balance": str(balance)}
            for (entity, currency), balance in sorted(balances.items())
        ]
        return _manifest(job, job.rows, controls, job.sha256)
    digest = hashlib.sha256()
    while piece := stream.read(1 << 20):
        digest.update(piece)
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    sums: dict[tuple[str, str], list[Decimal]] = {}
    count = 0
    for row in csv.DictReader(text):
        count += 1
        total = sums.setdefault((row["entity_code"], row["local_currency"]), [Decimal(0), Decimal(0), Decimal(0)])
        for place, name in enumerate(("debit", "credit", "balance")):
            total[place] += Decimal(row[name])
    text.detach()
    controls = [
        {
            "entity": entity,
            "currency": currency,
            "debit": str(total[0]),
            "credit": str(total[1]),
            "balance": str(total[2]),
        }
        for (entity, currency), total in sorted(sums.items())
    ]
    return _manifest(job, count, controls, digest.hexdigest())


def _manifest(job: Job, rows: int, controls: list[dict[str, str]], sha256: str) -> bytes:
    told = {
        "batch_id": job.place.package,
        "file": job.file,
        "row_count": rows,
        "control_totals": controls,
        "sha256": sha256,
        "sends": job.mode,
        **job.about,
    }
    return json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True).encode()


def read_acknowledgement(content: bytes, batch: str) -> tuple[bool, Report]:
    """Read what a receiver says.

    :param batch: the one that was sent
    :return: whether it was taken as a whole, and the report
    :raise MalformedError: it is none, or of another batch
    """
    try:
        told = strict_json.loads(content, max_bytes=LARGEST)
    except SafetyError as error:
        raise MalformedError(f"The acknowledgement cannot be read: {error}") from error
    if not isinstance(told, dict) or told.get("batch_id") != batch:
        raise MalformedError("The acknowledgement is of another batch.")
    status = told.get("status")
    if status not in ("accepted", "partially_accepted", "rejected"):
        raise MalformedError("The acknowledgement has no status that is known.")
    errors = tuple(_errors(told.get("errors")))
    count = told.get("rows_rejected")
    if status != "accepted" and not errors:
        errors = (Rejected(message=f"{status}; rows rejected: {count}"),)
    loaded = told.get("rows_loaded")
    report = Report(
        loaded=loaded if isinstance(loaded, int) else None, rejected=errors[:MOST], totals=_totals(told.get("totals"))
    )
    return status == "accepted", report


def _errors(told: Any) -> Iterator[Rejected]:
    for one in told if isinstance(told, list) else ():
        if isinstance(one, dict):
            row = one.get("row")
            said = " ".join(str(one[name]) for name in ("code", "message") if one.get(name))
            yield Rejected(
                message=said or "Not taken",
                row=row if isinstance(row, int) else None,
                dimension=str(one.get("field") or ""),
            )


def _totals(told: Any) -> tuple[Total, ...] | None:
    if not isinstance(told, list):
        return None
    try:
        return tuple(
            Total(
                entity=str(one["entity_code"]),
                account=str(one["account_code"]),
                currency=str(one["currency"]),
                amount=Decimal(str(one["balance"])),
            )
            for one in told
        )
    except (KeyError, TypeError, InvalidOperation) as error:
        raise MalformedError("A total of the acknowledgement has no company, account, currency or balance.") from error


class ByFiles:
    """By a folder or a file server. Delivered again under its name a file is recognised and left alone."""

    def __init__(self, job: Job, send: Send, look: Look) -> None:
        self._job = job
        self._send = send
        self._look = look

    def upload(self, stream: BinaryIO) -> Known:
        """Bring the file, and note its manifest for the start."""
        told = manifest(self._job, stream)
        stream.seek(0)
        self._send(self._job.file, iter(lambda: stream.read(1 << 20), b""))
        return {"file": self._job.file, "manifest": told.decode()}

    @property
    def _manifest_name(self) -> str:
        return f"{self._job.file.rpartition('.')[0]}.manifest.json"

    def start(self) -> Known:
        """The manifest lets the receiver begin."""
        self._send(self._manifest_name, [str(self._job.known["manifest"]).encode()])
        return {"job": self._job.file}

    def inquire(self) -> Known | NotStarted | None:
        """To put it there again changes nothing: it is left alone when it is there."""
        return self.start()

    def poll(self) -> Progress:
        """Wait for the acknowledgement, where one comes."""
        if self._job.said("acknowledgement").lower() != "yes":
            return Progress(state="done")
        content = self._look(f"{self._job.file.rpartition('.')[0]}.ack.json")
        return Progress(state="running") if content is None else _answered(content, self._job)

    def report(self) -> Report:
        """What the acknowledgement has said."""
        return _kept(self._job)

    def totals(self) -> list[Total] | None:
        """A folder cannot be read back."""
        return None


def _answered(content: bytes, job: Job) -> Progress:
    accepted, report = read_acknowledgement(content, job.place.package)
    text = "" if accepted or report.rejected else "The receiver has rejected it."
    return Progress(
        state="failed" if text else "done", text=text, known={"acknowledgement": content.decode("utf-8", "replace")}
    )


def _kept(job: Job) -> Report:
    content = job.known.get("acknowledgement")
    if not content:
        return Report()
    return read_acknowledgement(str(content).encode(), job.place.package)[1]


class RestFile(NeutralFile):
    """The same file for a receiver that speaks REST: our own small contract, see docs/group-targets.md."""

    PARAMETERS = (Parameter(name="path", about="Below the address of the connection", default="batches"),)


class ByRest:
    """PUT the content, PUT the manifest, which starts the load; GET the acknowledgement. Every call may be repeated."""

    def __init__(self, client: Client, job: Job) -> None:
        self._client = client
        self._job = job
        self._batch = f"{job.said('path').strip('/')}/{quote(job.file.rpartition('.')[0], safe='')}"

    def upload(self, stream: BinaryIO) -> Known:
        """Send the content; :return: the manifest for the start"""
        told = manifest(self._job, stream)
        stream.seek(0)
        headers = {"Content-Type": "text/csv; charset=utf-8"}
        self._client.request("PUT", f"{self._batch}/content", body=stream.read(), headers=headers)
        return {"file": self._job.file, "manifest": told.decode()}

    def start(self) -> Known:
        """The receiver begins once the manifest is there, and never twice for one batch."""
        body = str(self._job.known["manifest"]).encode()
        headers = {"Content-Type": "application/json"}
        answer = self._client.request("PUT", f"{self._batch}/manifest", body=body, headers=headers, expect={409})
        if answer.status == 409:
            raise RejectedError("The receiver has another manifest of this batch.", reason="consolidation_not_loaded")
        return {"job": self._batch}

    def inquire(self) -> Known | NotStarted | None:
        """A manifest that is there was taken."""
        answer = self._client.request("GET", f"{self._batch}/manifest", expect={404})
        return NOT_STARTED if answer.status == 404 else {"job": self._batch}

    def poll(self) -> Progress:
        """404: there is none yet."""
        answer = self._client.request("GET", f"{self._batch}/acknowledgement", expect={404}, max_bytes=LARGEST)
        return Progress(state="running") if answer.status == 404 else _answered(answer.body, self._job)

    def report(self) -> Report:
        """What the acknowledgement has said."""
        return _kept(self._job)

    def totals(self) -> list[Total] | None:
        """Read back what the receiver holds, where it tells that (404: it does not)."""
        place = self._job.place
        query = {"entity": place.entity, "scenario": place.scenario, "year": place.fiscal_year, "period": place.period}
        answer = self._client.request("GET", f"{self._job.said('path').strip('/')}-totals", query=query, expect={404})
        if answer.status == 404:
            return None
        try:
            found = _totals(strict_json.loads(answer.body))
        except SafetyError as error:
            raise MalformedError(f"The totals cannot be read: {error}") from error
        if found is None:
            raise MalformedError("The totals are no list.")
        return list(found)
