"""JMESPath with bounds, and with the functions that money and dates need.

An expression is text that somebody enters, evaluated over what another system says: neither is trusted. Reading one
takes at most ``MAX_LENGTH`` characters; evaluating one takes at most ``MAX_STEPS`` steps, where every value that
an expression builds counts as many steps as it has parts. Both are counted, not timed, so an expression that
works does so on every machine.

Numbers stay exact: a fraction in JSON is a ``Decimal`` (``safe/strict_json.py``), and the functions here give Decimals.

Functions beside those of JMESPath (https://jmespath.org/specification.html):

=============================  =====================================================================
``row()``                      what the feed read, from anywhere inside (lines see their header)
``given('name')``              a variable of the connection, or a fact of the request under way
``decimal(x)``                 number or text as a Decimal; null stays null
``minor(x, currency)``         whole minor units as a Decimal: 1900, 'EUR' is 19.00
``in_minor(x, currency)``      the other way round, as a whole number
``plus minus times (a, b)``    exact; null counts as nothing: null with a number is the number, times gives null
``negative(x) absolute(x)``    the sign turned, or left out
``total(list)``                sum; null items are left out, of an empty list it is 0
``rounded(x, digits)``         half up
``day(x)``                     YYYY-MM-DD of a date, an ISO time or seconds since 1970 (UTC)
``moment(x)``                  UTC time, ISO, of an ISO time or seconds since 1970
``text(x)``                    a number or text as text without blanks around; empty is null
``joined(list, separator)``    texts of the list, empty ones left out
``choose(x, table)``           the value of a table for x, or null: `{"paid": "paid"}`
``each_of(list, field)``       every item of a list in the items of a list, with its owner: {"item": ..., "of": ...}
``upper(x) lower(x)``          of a text
``replaced(x, old, new)``      of a text
``parts(x, separator)``        a text in parts
``seconds(x)``                 seconds since 1970 of an ISO time; ``milliseconds(x)`` the same in thousandths
=============================  =====================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timezone
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, TypeVar

import jmespath
from jmespath import functions as jmespath_functions
from jmespath.exceptions import JMESPathError
from jmespath.visitor import Options, TreeInterpreter

from ..canonical.currencies import places
from .errors import ExpressionError

MAX_LENGTH = 2000
MAX_STEPS = 200_000
#: characters that an expression may put together
MAX_TEXT = 100_000


def compiled(expression: str) -> Any:
    """Read an expression.

    :raise ExpressionError: it is too long, or no JMESPath, or names a function that does not exist
    """
    if len(expression) > MAX_LENGTH:
        raise ExpressionError(f"is longer than {MAX_LENGTH} characters: split it up")
    try:
        parsed = _compiled(expression)
    except JMESPathError as error:
        raise ExpressionError(f"is no JMESPath expression: {str(error).splitlines()[0]}") from None
    except RecursionError:
        raise ExpressionError("is nested too deeply") from None
    return parsed


@lru_cache(maxsize=4096)
def _compiled(expression: str) -> Any:
    parsed = jmespath.compile(expression)
    for name in sorted(_functions(parsed.parsed)):
        if name not in _Functions.FUNCTION_TABLE:
            raise ExpressionError(f"names a function that does not exist: {name}()")
    return parsed


def _functions(node: Mapping[str, Any]) -> set[str]:
    found, waiting = set(), [node]
    while waiting:
        node = waiting.pop()
        if node["type"] == "function_expression":
            found.add(node["value"])
        waiting.extend(child for child in node.get("children", ()) if isinstance(child, Mapping))
    return found


def search(expression: str, value: Any, *, row: Any = None, facts: Mapping[str, Any] | None = None) -> Any:
    """Evaluate an expression.

    :param value: what it is about
    :param row: what ``row()`` gives; default: the value itself
    :param facts: what ``given()`` gives
    :raise ExpressionError: it cannot be read, takes too many steps, or meets what it is not made for
    """
    parsed = compiled(expression)
    functions = _Functions(value if row is None else row, facts or {})
    interpreter = _Bounded(functions)
    try:
        return interpreter.visit(parsed.parsed, value)
    except ExpressionError:
        raise
    except JMESPathError as error:
        # JMESPath's own words quote the value; its kind is enough
        raise ExpressionError(f"`{expression:.80}` does not fit what it is applied to ({_kind(error)})") from None
    except (TypeError, ValueError, ArithmeticError, AttributeError):
        raise ExpressionError(f"`{expression:.80}` does not fit what it is applied to") from None
    except RecursionError:
        raise ExpressionError(f"`{expression:.80}` is nested too deeply") from None


def _kind(error: Exception) -> str:
    found = getattr(error, "actual_type", None)
    return f"{getattr(error, 'function_name', '?')}() got {found}" if found else type(error).__name__


class _Bounded(TreeInterpreter):
    """Counts what it does."""

    def __init__(self, functions: _Functions) -> None:
        super().__init__(Options(custom_functions=functions))
        functions.spend = self.spend
        self._left = MAX_STEPS

    def spend(self, steps: int) -> None:
        self._left -= steps
        if self._left < 0:
            raise ExpressionError(f"takes more than {MAX_STEPS} steps: make it simpler, or the pages smaller")

    def visit(self, node: Any, *args: Any, **options: Any) -> Any:
        self.spend(1)
        found = super().visit(node, *args, **options)
        if node["type"] in ("multi_select_list", "multi_select_dict"):
            # what is built may contain the same thing many times over
            self.spend(weight(found, self._left))
        return found


def weight(value: Any, most: int) -> int:
    """Count the parts of a value; stops a little above ``most``."""
    count, waiting = 0, [value]
    while waiting and count <= most:
        item = waiting.pop()
        count += 1
        if isinstance(item, Mapping):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, str):
            count += len(item) >> 10
    return count


_ANY: Any = {"types": []}
_F = TypeVar("_F", bound=Callable[..., Any])


def _signature(*arguments: Any) -> Callable[[_F], _F]:
    """JMESPath's decorator, with types."""
    return jmespath_functions.signature(*arguments)


class _Functions(jmespath_functions.Functions):
    def __init__(self, row: Any, facts: Mapping[str, Any]) -> None:
        self._row = row
        self._facts = facts
        self.spend: Callable[[int], None] = lambda steps: None

    def call_function(self, function_name: str, resolved_args: Iterable[Any]) -> Any:
        name, arguments = function_name, list(resolved_args)
        if name not in ("row", "given", "type", "not_null"):
            self.spend(sum(weight(argument, MAX_STEPS) for argument in arguments))
        return super().call_function(name, arguments)

    # -- JMESPath's own, where they are not bounded or not exact ------------------------------

    @_signature({"types": ["string"]}, {"types": ["array-string"]})
    def _func_join(self, separator: str, items: list[str]) -> str:
        return self._joined(separator, items)

    @_signature(_ANY)
    def _func_to_string(self, value: Any) -> str | None:
        return as_text(value)

    @_signature(_ANY)
    def _func_to_number(self, value: Any) -> Decimal | None:
        return _number(value)

    @_signature(_ANY)
    def _func_sum(self, items: Any) -> Decimal:
        return _total(items)

    @_signature(_ANY)
    def _func_abs(self, value: Any) -> Decimal | None:
        return None if (number := _number(value)) is None else abs(number)

    def _joined(self, separator: str, items: Iterable[str]) -> str:
        items = list(items)
        if sum(len(item) + len(separator) for item in items) > MAX_TEXT:
            raise ExpressionError(f"makes a text of more than {MAX_TEXT} characters")
        return separator.join(items)

    # -- what is known ------------------------------------------------------------------------

    @_signature()
    def _func_row(self) -> Any:
        return self._row

    @_signature({"types": ["string"]})
    def _func_given(self, name: str) -> Any:
        return self._facts.get(name)

    # -- numbers ------------------------------------------------------------------------------

    @_signature(_ANY)
    def _func_decimal(self, value: Any) -> Decimal | None:
        return _number(value)

    @_signature(_ANY, _ANY)
    def _func_minor(self, value: Any, currency: Any) -> Decimal | None:
        number = _number(value)
        return None if number is None else number.scaleb(-_digits(currency))

    @_signature(_ANY, _ANY)
    def _func_in_minor(self, value: Any, currency: Any) -> int | None:
        number = _number(value)
        if number is None:
            return None
        whole = number.scaleb(_digits(currency))
        if whole != whole.to_integral_value():
            raise ExpressionError(f"in_minor(): {currency} has no such small part")
        return int(whole)

    @_signature(_ANY, _ANY)
    def _func_plus(self, a: Any, b: Any) -> Decimal | None:
        left, right = _number(a), _number(b)
        return right if left is None else left if right is None else left + right

    @_signature(_ANY, _ANY)
    def _func_minus(self, a: Any, b: Any) -> Decimal | None:
        left, right = _number(a), _number(b)
        if left is None:
            return None if right is None else -right
        return left if right is None else left - right

    @_signature(_ANY, _ANY)
    def _func_times(self, a: Any, b: Any) -> Decimal | None:
        left, right = _number(a), _number(b)
        return None if left is None or right is None else left * right

    @_signature(_ANY)
    def _func_negative(self, value: Any) -> Decimal | None:
        return None if (number := _number(value)) is None else -number

    @_signature(_ANY)
    def _func_absolute(self, value: Any) -> Decimal | None:
        return None if (number := _number(value)) is None else abs(number)

    @_signature(_ANY)
    def _func_total(self, items: Any) -> Decimal:
        return _total(items)

    @_signature(_ANY, _ANY)
    def _func_rounded(self, value: Any, digits: Any) -> Decimal | None:
        number = _number(value)
        step = Decimal(1).scaleb(-int(digits))
        return None if number is None else number.quantize(step, rounding=ROUND_HALF_UP)

    # -- times --------------------------------------------------------------------------------

    @_signature(_ANY)
    def _func_day(self, value: Any) -> str | None:
        if isinstance(value, str) and len(value) >= 10 and _is_day(value[:10]):
            # the day where it happened, whatever its offset: documents are dated there
            return value[:10]
        found = as_moment(value)
        return found.date().isoformat() if found else None

    @_signature(_ANY)
    def _func_moment(self, value: Any) -> str | None:
        found = as_moment(value)
        return found.strftime("%Y-%m-%dT%H:%M:%SZ") if found else None

    @_signature(_ANY)
    def _func_seconds(self, value: Any) -> int | None:
        found = as_moment(value)
        return int(found.timestamp()) if found else None

    @_signature(_ANY)
    def _func_milliseconds(self, value: Any) -> int | None:
        found = as_moment(value)
        return int(found.timestamp() * 1000) if found else None

    # -- texts --------------------------------------------------------------------------------

    @_signature(_ANY)
    def _func_text(self, value: Any) -> str | None:
        return as_text(value)

    @_signature(_ANY, {"types": ["string"]})
    def _func_joined(self, items: Any, separator: str) -> str | None:
        texts = [text for item in items or () if (text := as_text(item))]
        return self._joined(separator, texts) or None

    @_signature(_ANY, {"types": ["object"]})
    def _func_choose(self, value: Any, table: Mapping[str, Any]) -> Any:
        key = str(value).lower() if isinstance(value, bool) else as_text(value)
        return None if key is None else table.get(key)

    @_signature(_ANY, {"types": ["string"]})
    def _func_each_of(self, items: Any, field: str) -> list[dict[str, Any]]:
        found = []
        for owner in items if isinstance(items, list) else ():
            inner = owner.get(field) if isinstance(owner, Mapping) else None
            for item in inner if isinstance(inner, list) else ():
                self.spend(1)
                found.append({"item": item, "of": owner})
        return found

    @_signature(_ANY)
    def _func_upper(self, value: Any) -> str | None:
        return text.upper() if (text := as_text(value)) else None

    @_signature(_ANY)
    def _func_lower(self, value: Any) -> str | None:
        return text.lower() if (text := as_text(value)) else None

    @_signature(_ANY, {"types": ["string"]}, {"types": ["string"]})
    def _func_replaced(self, value: Any, old: str, new: str) -> str | None:
        text = as_text(value)
        if not text or not old:
            return text
        if len(text) + text.count(old) * len(new) > MAX_TEXT:
            raise ExpressionError(f"makes a text of more than {MAX_TEXT} characters")
        return text.replace(old, new)

    @_signature(_ANY, {"types": ["string"]})
    def _func_parts(self, value: Any, separator: str) -> list[str] | None:
        text = as_text(value)
        return text.split(separator) if text and separator else None


def as_text(value: Any) -> str | None:
    """Give a number or text as text; nothing for the rest. Numbers are written out, never with an exponent."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float | Decimal):
        number = _number(value)
        return None if number is None else format(number, "f")
    raise ExpressionError("text() is for texts and numbers")


def as_moment(value: Any) -> datetime | None:
    """Read an ISO time (without offset: UTC) or seconds (thousandths when very large) since 1970."""
    if value is None or value == "" or isinstance(value, bool):
        return None
    if isinstance(value, str) and not value.isdigit():
        text = value.strip().replace("Z", "+00:00")
        if len(text) > 5 and text[-5] in "+-" and text[-4:].isdigit():
            # Salesforce writes +0000
            text = f"{text[:-2]}:{text[-2:]}"
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            raise ExpressionError("a time is expected: ISO 8601, or seconds since 1970") from None
        return (found if found.tzinfo else found.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
    seconds = Decimal(value) if isinstance(value, str) else _number(value)
    if seconds is None:
        return None
    if seconds > 10**11:
        seconds /= 1000
    try:
        return datetime.fromtimestamp(float(seconds), tz=timezone.utc)
    except (OverflowError, OSError, ValueError):
        raise ExpressionError("a time is expected: ISO 8601, or seconds since 1970") from None


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _number(value: Any) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = value.strip()
        if not value:
            return None
    try:
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        raise ExpressionError("a number is expected") from None
    if not number.is_finite() or number.adjusted() > 30 or len(number.as_tuple().digits) > 60:
        raise ExpressionError("a number of sensible size is expected")
    return number


def _total(items: Any) -> Decimal:
    if items is None:
        return Decimal(0)
    if not isinstance(items, list):
        raise ExpressionError("total() takes a list")
    return sum((number for item in items if (number := _number(item)) is not None), Decimal(0))


def _digits(currency: Any) -> int:
    text = as_text(currency)
    if not text or len(text) != 3:
        raise ExpressionError("a currency is expected (ISO 4217)")
    return places(text.upper())
