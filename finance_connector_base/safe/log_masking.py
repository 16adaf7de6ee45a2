"""Masks what the suite (and Odoo on its behalf) writes into logs: account numbers, cards, tokens, keys."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Callable

from .masking import mask_text

#: loggers whose lines may carry what a message carries: the suite, failed SQL statements, failed requests
MASKED = ("odoo.addons.finance_", "odoo.sql_db", "odoo.http", "odoo.addons.base.models.ir_cron", "werkzeug")
#: a query that has a one-time code in it, also as part of another address (the page to log in)
_CODE = re.compile(r"(finance(?:/|%2F)oauth2(?:/|%2F)callback)(?:\?|%3F)[^\s\"']*", re.IGNORECASE)


def mask_log_records() -> None:
    """From now on, in this process. A filter would not do: filters of a logger do not see its children's lines."""
    factory = logging.getLogRecordFactory()
    if not getattr(factory, "masks_finance_data", False):
        logging.setLogRecordFactory(_masking(factory))


def _masking(factory: Callable[..., logging.LogRecord]) -> Callable[..., logging.LogRecord]:
    def make(*args: object, **kwargs: object) -> logging.LogRecord:
        record = factory(*args, **kwargs)
        if record.name.startswith(MASKED):
            _mask(record)
        return record

    make.masks_finance_data = True  # type: ignore[attr-defined]
    # whoever looks for a mark of the factory below must still find it
    vars(make).update({**vars(factory), **vars(make)} if hasattr(factory, "__dict__") else {})
    return make


def _mask(record: logging.LogRecord) -> None:
    try:
        text = record.getMessage()
    except (TypeError, ValueError):
        return  # a broken line says so by itself
    # the lines about requests are Odoo's own and many: nothing else in them is ours
    masked = text if record.name.startswith("werkzeug") else mask_text(text)
    masked = _CODE.sub(r"\1?…", masked)
    if masked != text:
        record.msg, record.args = masked, ()
    if record.exc_info and record.exc_info[1] is not None:
        told = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
        masked = mask_text(told)
        if masked != told:
            # formatters take this text as it is; the exception itself would be written in clear
            record.exc_text = masked
