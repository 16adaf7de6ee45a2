"""Run the stand-in: ``python -m sandbox.berlingroup``.

The ready line gives addresses (plain, with TLS, with mutual TLS) and certificates. The control port takes:

    GET /             consents, ids of accounts, every request, the log of calls (account, endpoint, person, status)
    PUT /settings     fields of sandbox.berlingroup.system.Bank or of its authorisation server
    POST /account     {"iban": ..., "currency": "EUR", "owner": ..., "opening": "1000.00"}
    POST /book        {"iban": ..., "amount": "-9.50", "day": "2026-03-10", "text": ..., "name": ..., "end_to_end": ...}
    POST /announce    the same, as pending; POST /settle {"iban": ...}: everything pending is booked, under other ids
    POST /camt        {"iban": ..., "from_day": ..., "to_day": ...}: the same days as a camt.053 file
    POST /consent     {"consent": ..., "status": "revokedByPsu"}
    PUT /payments     fields of sandbox.berlingroup.payments.Payments or of sandbox.payments.bank.PaymentBank
    POST /due         payments whose day has come are carried out
    POST /return      {"end_to_end_id": ..., "reason": ..., "day": ..., "fee": "3.00"}: the money comes back
    POST /new-day     calls without a person are counted from nought; POST /change-keys: accounts get other ids
    POST /grant       a pair of tokens as after a login; POST /expire; POST /revoke
    PUT /chaos        a list of misbehaviours, see sandbox.http.server.Chaos; DELETE /chaos
    POST /refuse      nobody listens any more; POST /accept
    POST /reset       everything as in the beginning, ports stay
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from sandbox.berlingroup.payments import Payments
from sandbox.berlingroup.system import PREFIX, Bank
from sandbox.control import ControlError, announce_and_wait, serve_control
from sandbox.http.certificates import Shop
from sandbox.http.server import Server, steer


async def _command(server: Server[Bank], method: str, path: str, body: Any) -> Any:
    command = (method, path)
    if command == ("POST", "/reset"):
        server.system, server.chaos, server.calls = Bank(), [], []
        await server.accept()
    elif not await steer(server, method, path, body):
        told = _bank(server.system, method, path, body)
        if told is not None:
            return told
    return server.system.state()


def _bank(bank: Bank, method: str, path: str, body: Any) -> Any:
    """What happens at the bank; :return: what is told about it, if anything"""
    match method, path:
        case "PUT", "/settings":
            bank.configure(body)
        case "POST", "/account":
            bank.open_account(**body)
        case "POST", "/book":
            return {"reference": bank.book(**body)}
        case "POST", "/announce":
            return {"id": bank.announce(**body)}
        case "POST", "/settle":
            bank.settle(**body)
        case "POST", "/camt":
            return {"content": bank.camt(**body)}
        case "POST", "/consent":
            bank.set_consent(body["consent"], body["status"])
        case "POST", "/new-day":
            bank.forget_calls()
        case "POST", "/change-keys":
            bank.change_keys()
        case "POST", "/grant":
            return bank.oauth.grant()
        case "POST", "/expire":
            bank.oauth.expire_tokens()
        case "POST", "/revoke":
            bank.oauth.revoke()
        case "GET", "/":
            pass
        case _:
            return _payments(bank.payments, method, path, body)
    return None


def _payments(payments: Payments, method: str, path: str, body: Any) -> Any:
    """What happens to payments."""
    match method, path:
        case "PUT", "/payments":
            payments.configure(body)
        case "POST", "/due":
            payments.day_has_come()
        case "POST", "/return":
            day, fee = date.fromisoformat(body["day"]), Decimal(body.get("fee", "0"))
            executions = payments.bank.executions
            return {"reference": executions.send_back(body["end_to_end_id"], body["reason"], day, fee)}
        case _:
            raise ControlError(f"no such command: {method} {path}")
    return None


async def _serve(options: argparse.Namespace) -> None:
    server = Server(Bank())
    shop = Shop()
    with tempfile.TemporaryDirectory() as folder:
        await server.listen("plain", None, options.port)
        for kind in ("good", "mutual"):
            await server.listen(kind, shop.context(kind, Path(folder)))

    async def handler(method: str, path: str, body: Any) -> Any:
        return await _command(server, method, path, body)

    control, control_port = await serve_control(handler, options.control_port)
    ready = {
        "ready": "berlingroup",
        "host": server.host,
        "ports": server.ports,
        "prefix": PREFIX,
        "control_port": control_port,
        "authority": shop.authority.certificate_pem,
        "client_certificate": shop.client.certificate_pem,
        "client_key": shop.client.key_pem,
    }
    await announce_and_wait(ready, until_stdin_ends=options.until_stdin_ends)
    control.close()
    server.stop()


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.berlingroup", description="A bank's NextGenPSD2 interface."
    )
    parser.add_argument("--port", type=int, default=0, help="port for plain HTTP, 0 takes a free one")
    parser.add_argument("--control-port", type=int, default=0, help="port for commands, 0 takes a free one")
    parser.add_argument("--until-stdin-ends", action="store_true", help="end with the standard input")
    asyncio.run(_serve(parser.parse_args(arguments)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
