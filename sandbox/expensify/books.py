"""Reports and expenses as the variables of templates know them."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def expense(
    identity: str,
    cents: int,
    *,
    category: str = "Travel",
    currency: str = "EUR",
    reimbursable: bool = True,
    **fields: Any,
) -> Json:
    """An expense; amounts are whole hundredths. ``fields`` are further variables."""
    return {
        "transactionID": identity,
        "created": "2026-03-02",
        "modifiedCreated": "",
        "merchant": "Taxi Meyer",
        "modifiedMerchant": "",
        "amount": cents,
        "modifiedAmount": 0,
        "currency": currency,
        "convertedAmount": cents,
        "currencyConversionRate": 1,
        "category": category,
        "categoryGlCode": "6300",
        "tag": "",
        "tagGlCode": "",
        "comment": "",
        "reimbursable": reimbursable,
        "billable": False,
        "managedCard": False,
        "bank": "",
        "mcc": "4121",
        "hasTax": False,
        "type": "expense",
        "receiptID": 0,
        "receiptFilename": "",
        # empty where there is none
        "receiptObject": {},
        "units": {},
        "attendees": [],
        **fields,
    }


def report(identity: str, *expenses: Json, person: str = "ada@firm.example", **fields: Any) -> Json:
    """A report. ``customField`` is a dictionary."""
    return {
        "reportID": identity,
        "reportName": f"Report {identity}",
        "status": "Approved",
        "accountEmail": person,
        "accountID": 4711,
        "submitterUserID": "E-100",
        "managerEmail": "boss@firm.example",
        "policyID": "POLICY1",
        "policyName": "Firm",
        "currency": "EUR",
        "created": "2026-03-01 08:00:00",
        "submitted": "2026-03-03 09:00:00",
        "approved": "2026-03-04 10:30:00",
        "total": sum(one["convertedAmount"] or 0 for one in expenses),
        "isACHReimbursed": False,
        "customField": {},
        "transactionList": list(expenses),
        **fields,
    }
