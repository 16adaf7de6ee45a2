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
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.berlingroup.payments import Payments
from sandbox.berlingroup.system import PREFIX, Bank
from sandbox.stand import parser, run, unknown


def command(bank: Bank, method: str, path: str, body: Any) -> Any:
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
            raise unknown(method, path)
    return None


if __name__ == "__main__":
    options = parser("berlingroup", "A bank's NextGenPSD2 interface.").parse_args()
    raise SystemExit(run("berlingroup", options, Bank, command, kinds=("good", "mutual"), prefix=PREFIX))
