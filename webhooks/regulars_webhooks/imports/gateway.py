"""Reading the files: NDJSON or CSV, plain, .gz or .zst, record by record, however large they are."""

import csv
import gzip
import hashlib
import io
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import zstandard

from regulars.errors import InvalidInput, Unusable
from regulars_webhooks.imports.records import Record
from regulars_webhooks.imports.spreadsheet import COLUMNS, Row, check_columns

_LONGEST_LINE = 5 * 1024 * 1024
_PIECE = 16 * 1024
_JSON = (".ndjson", ".jsonl", ".json")


@dataclass(frozen=True, slots=True)
class Opened:
    """A file being read: `stream` gives the unpacked bytes, `raw` knows how far we are in the file itself."""

    stream: BinaryIO
    raw: BinaryIO


def file_hash(path: Path) -> str:
    """The SHA-256 of the file as it lies there, hexadecimal."""
    with path.open("rb") as raw:
        return hashlib.file_digest(raw, "sha256").hexdigest()


@contextmanager
def _sound() -> Iterator[None]:
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError) as error:
        raise InvalidInput(f"The file cannot be unpacked, it is cut off or damaged: {error}.") from error


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """Open a file for reading, unpacking .gz and .zst on the way. Raises InvalidInput where that cannot be done."""
    with path.open("rb") as raw, _sound():
        stream: BinaryIO = raw
        if path.suffix == ".gz":
            stream = cast(BinaryIO, gzip.GzipFile(fileobj=raw))
        elif path.suffix == ".zst":
            _refuse_cut_off(path)
            stream = io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True))
        yield Opened(stream, raw)


def _refuse_cut_off(path: Path) -> None:
    """The streaming reader takes the end of a cut-off .zst for the end of the file; this does not."""
    frame = zstandard.ZstdDecompressor().decompressobj()
    with path.open("rb") as raw:
        while chunk := raw.read(_PIECE):
            while chunk:
                frame = zstandard.ZstdDecompressor().decompressobj() if frame.eof else frame
                frame.decompress(chunk)
                chunk = frame.unused_data
    if not frame.eof:
        raise zstandard.ZstdError("the last frame is not complete")


def form_of(path: Path) -> str:
    """`csv` or `json`, by the name of the file. Raises InvalidInput for any other."""
    name = path.with_suffix("") if path.suffix in (".gz", ".zst") else path
    if name.suffix == ".csv":
        return "csv"
    if name.suffix in _JSON:
        return "json"
    raise InvalidInput(
        f"{path.name}: name the file .ndjson or .csv (and .gz or .zst after it), so that we know how to read it."
    )


def records(file: Opened, form: str, kind: str) -> Iterator[Record]:
    """The records of an open file, in order; what cannot be read comes as a record with its trouble."""
    return _csv_records(file.stream, kind) if form == "csv" else _json_records(file.stream)


def _json_records(stream: BinaryIO) -> Iterator[Record]:
    number = 0
    while line := stream.readline(_LONGEST_LINE + 1):
        number += 1
        if len(line) > _LONGEST_LINE:
            while line and not line.endswith(b"\n"):
                line = stream.readline(_LONGEST_LINE)
            yield Record(number, trouble="The line is longer than 5 MiB.")
        elif line.strip():
            yield Record(number, json=line.strip())


def _csv_records(stream: BinaryIO, kind: str) -> Iterator[Record]:
    """One record per group of consecutive rows with the same first column; the same one again, apart, is trouble."""
    text = io.TextIOWrapper(stream, "utf-8-sig", errors="surrogateescape", newline="")
    reader = csv.reader(text)
    names = [name.strip() for name in next(reader, [])]
    check_columns(kind, names)
    groups = kind in ("order", "product")
    common = COLUMNS[kind][0]
    with closing(sqlite3.connect("")) as seen:  # a private database on disk: memory stays flat however long the file
        seen.execute("CREATE TABLE seen (id TEXT PRIMARY KEY) WITHOUT ROWID")
        group: list[Row] = []
        first_line = 0
        for line, row, trouble in _rows(reader, names):
            if group and (trouble or not groups or row[common] != group[0][common]):
                yield _grouped(seen, group, first_line, common, groups)
                group = []
            if trouble:
                yield Record(line, trouble=trouble)
                continue
            first_line = first_line if group else line
            group.append(row)
        if group:
            yield _grouped(seen, group, first_line, common, groups)


def _grouped(seen: sqlite3.Connection, group: list[Row], line: int, common: str, groups: bool) -> Record:
    if groups and not seen.execute("INSERT OR IGNORE INTO seen VALUES (?)", (group[0][common],)).rowcount:
        return Record(line, trouble=f"Rows of {common} {group[0][common]} stand apart; put all rows of one together.")
    return Record(line, rows=tuple(group))


def _rows(reader: Iterator[list[str]], names: list[str]) -> Iterator[tuple[int, Row, str | None]]:
    """Each row with the number of its line, and what is wrong with it, if anything."""
    while True:
        line = getattr(reader, "line_num", 0) + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, {}, f"The row cannot be read: {error}."
            continue
        if cells:
            yield line, dict(zip(names, (cell.strip() for cell in cells), strict=False)), _row_trouble(cells, names)


def _row_trouble(cells: list[str], names: list[str]) -> str | None:
    if len(cells) != len(names):
        return f"The row has {len(cells)} cells, but there are {len(names)} columns."
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        return "The row is not UTF-8."
    return None


def check_header(path: Path, form: str, kind: str) -> None:
    """Raises InvalidInput when the columns of a CSV file do not fit its kind."""
    if form != "csv":
        return
    with opened(path) as file:
        try:
            next(records(file, form, kind), None)
        except Unusable as error:
            raise InvalidInput(error.detail) from error
