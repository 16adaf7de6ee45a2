"""Parquet, where pyarrow is installed: it is no part of what the module needs."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from .feed import Feed

#: bytes of CSV that are in memory at a time
BLOCK = 8 << 20
#: digits of exact numbers
PRECISION, SCALE = 38, 18


def is_there() -> bool:
    """:return: whether this server can write Parquet"""
    return importlib.util.find_spec("pyarrow") is not None


def pack(path: Path, feed: Feed) -> Path:
    """Write a CSV of the feed as Parquet beside it, block by block.

    :return: the new file
    """
    import pyarrow  # type: ignore[import-not-found,import-untyped,unused-ignore]
    from pyarrow import csv, parquet

    types: dict[str, Any] = {
        "integer": pyarrow.int64(),
        "decimal": pyarrow.decimal128(PRECISION, SCALE),
        "text": pyarrow.string(),
        "json": pyarrow.string(),
        "date": pyarrow.date32(),
        "datetime": pyarrow.timestamp("us"),
        "boolean": pyarrow.bool_(),
    }
    fields = {name: types[kind] for name, kind in feed.kinds.items()}
    convert = csv.ConvertOptions(
        column_types=fields,
        true_values=["t"],
        false_values=["f"],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    parse = csv.ParseOptions(newlines_in_values=True)
    target = path.with_suffix(".parquet")
    with (
        csv.open_csv(
            path, read_options=csv.ReadOptions(block_size=BLOCK), parse_options=parse, convert_options=convert
        ) as reader,
        parquet.ParquetWriter(target, pyarrow.schema(list(fields.items())), compression="zstd") as writer,
    ):
        for batch in reader:
            writer.write_batch(batch)
    return target
