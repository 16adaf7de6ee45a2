"""Proposals for a sample that may hold several tables: one for each that holds bookings."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..model import FormatError
from .around import Around
from .guess import Guess, guess
from .kinds import bare, first_rows
from .profile import XLSX, SheetProfile
from .sections import Section, are_periods, goes_on, split
from .workbook import titles

_AMOUNTS = ("amount", "debit", "credit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A table of a sample; ``section`` is absent where the sample holds no other."""

    section: Section | None = None
    #: absent where it holds no bookings
    found: Guess | None = None
    #: another table has the same columns, and its account is not told
    is_title_needed: bool = False


def samples(content: bytes) -> list[Sample]:
    """Look at a sample.

    :return: its tables, in the order of the file; none where it is no table
    """
    whole = guess(content)
    if whole is None:
        return []
    try:
        parts = list(_parts(content, whole.profile))
    except FormatError:
        parts = []
    firsts = [part for at, part in enumerate(parts) if not at or not goes_on(parts[at - 1][1], part[1])]
    read = [_sample(content, way, section) for way, section in firsts]
    if not any(sample.found for sample in read) or len(parts) < 2:
        return [Sample(found=whole)]
    return [_titled(one, read) for one in read] if len(read) > 1 else [Sample(found=read[0].found)]


def _titled(sample: Sample, others: list[Sample]) -> Sample:
    section = sample.section
    alike = [one.section for one in others if one.section and section and one.section.header == section.header]
    is_told = all(Around(above=one.above).ibans or one.sheet for one in alike)
    are_months = are_periods([one.title for one in alike])
    found = sample.found
    if found and section and section.sheet and (are_months or len(alike) == 1 and _is_first(section, others)):
        # the sheets of the next file have other names
        found = replace(found, profile=replace(found.profile, sheet=""))
    return replace(sample, found=found, is_title_needed=len(alike) > 1 and not is_told and not are_months)


def _is_first(section: Section, others: list[Sample]) -> bool:
    first = others[0].section
    return first is not None and first.sheet == section.sheet


def _parts(content: bytes, profile: SheetProfile) -> Iterator[tuple[SheetProfile, Section]]:
    if profile.kind == XLSX:
        for title in titles(io.BytesIO(content)):
            way = bare(XLSX, sheet=title)
            for section in split(first_rows(content, way), sheet=title):
                if section.rows or section.above:
                    yield way, section
        return
    way = bare(profile.kind, delimiter=profile.delimiter, encoding=profile.encoding)
    for section in split(first_rows(content, way)):
        yield way, section


def _sample(content: bytes, way: SheetProfile, section: Section) -> Sample:
    if section.rows and not section.is_pending and not section.is_of_securities:
        found = guess(content, (way, [*section.rows, *section.below]))
        is_told = found is not None and "date" in found.columns and any(role in found.columns for role in _AMOUNTS)
        if found is not None and is_told and found.profile.has_header:
            return Sample(section=section, found=found)
    return Sample(section=section)
