"""What Expensify is asked to write of a report: a FreeMarker template that gives JSON.

The server has no format of its own for reports. Everything is optional here, so that a variable that a workspace does
not have cannot break the export; numbers and booleans stay what they are, the rest is text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

#: report fields that somebody has given a name in the workspace
CUSTOM = "customField."
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")
REPORT = (
    "reportID reportName status accountEmail accountID submitterUserID employeeCustomField1 employeeCustomField2"
    " managerEmail policyID policyName currency created submitted approved total isACHReimbursed"
).split()
EXPENSE = (
    "transactionID created modifiedCreated merchant modifiedMerchant amount modifiedAmount currency modifiedCurrency"
    " convertedAmount currencyConversionRate category categoryGlCode categoryPayrollCode tag tagGlCode comment"
    " reimbursable billable mcc managedCard bank cardID hasTax taxAmount modifiedTaxAmount taxName taxRate taxRateName"
    " taxCode type receiptID receiptFilename receiptObject.url receiptObject.type units.count units.rate units.unit"
).split()
ATTENDEE = "email displayName".split()
#: any value as JSON
_WRITE = (
    "<#function j v><#if v?is_boolean || v?is_number><#return v?c></#if>"
    '<#return "\\"" + v?json_string + "\\""></#function>'
)


def template(custom: Iterable[str] = ()) -> str:
    """Give the template.

    :param custom: names of report fields, as ``customField.Cost_Center``
    :raise ValueError: one of them is none
    """
    names = sorted({name for name in custom if name.startswith(CUSTOM)})
    if not all(_NAME.fullmatch(name.removeprefix(CUSTOM)) for name in names):
        raise ValueError("a report field is named by letters, digits and underscores")
    attendees = (
        '"attendees":[<#if (expense.attendees)?? && expense.attendees?is_sequence><#list expense.attendees as attendee>'
        f"{{{_fields('attendee', ATTENDEE)}}}<#sep>,</#sep></#list></#if>]"
    )
    expenses = (
        f"<#list report.transactionList as expense>{{{_fields('expense', EXPENSE)},{attendees}}}<#sep>,</#sep></#list>"
    )
    return (
        f"{_WRITE}[<#list reports as report>"
        f'{{{_fields("report", [*REPORT, *names])},"transactionList":[{expenses}]}}<#sep>,</#sep></#list>]'
    )


def _fields(owner: str, names: Iterable[str]) -> str:
    return ",".join(f'"{name}":${{j(({owner}.{name})!"")}}' for name in names)
