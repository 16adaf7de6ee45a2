from __future__ import annotations

_UNITS = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"))


def span(seconds: float | None) -> str:
    """:return: a length of time in the largest unit that fits, as a figure on a card

    >>> span(0.25), span(75), span(7200), span(200_000), span(None)
    ('250 ms', '1 min', '2 h', '2 d', '–')
    """
    if seconds is None:
        return "–"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    for size, unit in _UNITS:
        if seconds >= size:
            number = seconds / size
            return f"{number:.1f} {unit}" if unit == "s" and number < 10 else f"{int(number)} {unit}"
    return f"{seconds:.0f} s"
