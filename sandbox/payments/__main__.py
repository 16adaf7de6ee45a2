"""Run the payment side of the bank behind a folder: ``python -m sandbox.payments --root DIR``.

DIR is the folder of one SFTP user (``python -m sandbox.sftp --root PARENT`` gives it out) or any other. Files in
``outgoing/`` are taken, answers appear in ``inbox/``; the books are ``bank.sqlite`` and ``executions.sqlite`` in DIR.
The control port takes:

    GET /             every execution, how often each end-to-end id was carried out, answers that wait
    PUT /settings     fields of sandbox.payments.bank.PaymentBank (flow, rules, drop_answers, duplicates, shuffled ...)
    POST /turn        look at the folder now; {"taken": files}
    POST /release     deliver the answers that wait
    POST /anew        a bank that has seen nothing: books, habits and folders are empty
    POST /reject      {"end_to_end_id": ..., "reason": ...}: a late RJCT
    POST /return      {"end_to_end_id": ..., "reason": ..., "day": ..., "fee": "3.00"}: the money comes back
    POST /notify      {"day": ...}: camt.054 into the folder
    POST /statement   {"from_day": ..., "to_day": ...}: camt.053 into the folder
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from sandbox.bank.ledger import Ledger
from sandbox.control import ControlError, announce_and_wait, serve_control
from sandbox.payments.bank import PaymentBank
from sandbox.payments.executions import Executions
from sandbox.payments.folder import Folder

BOOKS = ("bank.sqlite", "executions.sqlite")


def open_books(root: Path) -> PaymentBank:
    """:return: the bank whose books lie in this folder"""
    ledger = Ledger(root / BOOKS[0])
    return PaymentBank(ledger, Executions(ledger, root / BOOKS[1]))


def close(bank: PaymentBank) -> None:
    """Close the books."""
    bank.executions.close()
    bank.ledger.close()


def command(folder: Folder, method: str, path: str, body: Any) -> Any:
    """Carry out one command."""
    bank = folder.bank
    match method, path:
        case "GET", "/":
            pass
        case "PUT", "/settings":
            bank.configure(body)
        case "POST", "/turn":
            return {"taken": folder.turn()}
        case "POST", "/release":
            folder.deliver()
        case "POST", "/anew":
            close(bank)
            folder.clear()
            for book in BOOKS:
                (folder.root / book).unlink(missing_ok=True)
            folder.bank = bank = open_books(folder.root)
        case "POST", "/reject":
            bank.reject(**body)
        case "POST", "/return":
            day, fee = date.fromisoformat(body["day"]), Decimal(body.get("fee", "0"))
            reference = bank.executions.send_back(body["end_to_end_id"], body["reason"], day, fee, body.get("text", ""))
            return {"reference": reference}
        case "POST", "/notify":
            folder.put(f"camt054-{body['day']}.xml", bank.notify(body["day"]))
        case "POST", "/statement":
            folder.put(f"camt053-{body['to_day']}.xml", bank.statement(body["from_day"], body["to_day"]))
        case _:
            raise ControlError(f"no such command: {method} {path}")
    return bank.state()


async def _serve(options: argparse.Namespace) -> None:
    options.root.mkdir(parents=True, exist_ok=True)
    bank = open_books(options.root)
    if options.today:
        bank.today = options.today
    folder = Folder(bank, options.root)

    async def handler(method: str, path: str, body: Any) -> Any:
        return command(folder, method, path, body)

    async def watch() -> None:
        while True:
            await asyncio.sleep(options.interval)
            folder.turn()

    control, control_port = await serve_control(handler, options.control_port)
    watcher = asyncio.create_task(watch()) if options.interval else None
    await announce_and_wait(
        {"ready": "payments", "control_port": control_port}, until_stdin_ends=options.until_stdin_ends
    )
    if watcher:
        watcher.cancel()
    control.close()
    close(folder.bank)


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of the command line."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.payments", description="A bank that carries out payments.")
    parser.add_argument("--root", type=Path, required=True, help="folder of the customer, with outgoing/ and inbox/")
    parser.add_argument("--interval", type=float, default=0.2, help="seconds between two looks; 0: only on command")
    parser.add_argument("--today", default="", help="business day of the bank, e.g. 2026-12-01")
    parser.add_argument("--control-port", type=int, default=0, help="port for commands, 0 takes a free one")
    parser.add_argument("--until-stdin-ends", action="store_true", help="end with the standard input")
    asyncio.run(_serve(parser.parse_args(arguments)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
