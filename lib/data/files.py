"""Finding, downloading, verifying and reading the files that data sets come in.

Archives are read in memory, member by member; nothing is ever extracted to disk, so a hostile
member name has nowhere to go.
"""

import csv
import itertools
import tarfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from lib import paths
from lib.data.dataset import DataError, Row
from lib.progress import progress_bar

LONGEST = 2**24  # characters of a field; an open quote must not read a large file into memory
END = "\0end of file"  # stands behind the last row; within a field, it tells of an open quote


def find(names: tuple[str, ...]) -> Path | None:
    """Return the first of `names` that exists in the data folders, in the order searched."""
    files = (folder / name for folder in paths.data_dirs() for name in names)
    return next((file for file in files if file.exists()), None)


def need(names: tuple[str, ...], *, where: str) -> Path:
    """Return what `find` does, or say from `where` a person gets the file.

    Raises:
        DataError: none of them is there; the message says what to do.
    """
    if path := find(names):
        return path
    looked = ", ".join(map(str, paths.data_dirs()))
    raise DataError(
        f"{' or '.join(names)} is not in {looked}. Get it from {where} and put it in data/, or set "
        "DATA_DIR to its folder; PROFILE=demo needs no data."
    )


def download(url: str, *, sha256: str, name: str = "", folder: Path = paths.SHIPPED_DATA) -> Path:
    """Download a file with a progress bar, check it, and return its path.

    It is called `name`, or else as the address ends.

    Raises:
        DataError: the network, the server or the checksum says no; nothing half-read stays.
    """
    import pooch  # here, because most runs download nothing, and its import warns in notebooks

    name = name or url.rsplit("/", 1)[1]
    options = {"known_hash": sha256, "path": folder, "fname": name, "progressbar": True}
    try:
        return Path(pooch.retrieve(url, **options))
    except ValueError as error:  # pooch's word for a hash that differs; it removes the file
        raise DataError(
            f"{url} arrived damaged (SHA-256 differs from {sha256[:12]}…); try again."
        ) from error
    except Exception as error:
        problem = f"{url} (which could not be downloaded: {type(error).__name__})"
        return need((name,), where=problem)


def tar_members(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each regular file in a tar archive, with a progress bar.

    Raises:
        DataError: the archive is truncated or is no archive.
    """
    try:
        with tarfile.open(path) as archive:
            for member in progress_bar(archive, desc=f"Reading {path.name}", unit=" files"):
                if member.isfile():
                    yield member.name, archive.extractfile(member).read()
    except (tarfile.TarError, EOFError, OSError) as error:
        raise DataError(f"{path} is damaged or truncated ({error}); download it again.") from error


class BadRow(ValueError):
    """A row that can't be used; its message is the reason, in a few words."""


def read_csv(
    path: Path,
    *,
    columns: Collection[str] = (),
    encoding: str = "utf-8",
    errors: str = "strict",
    delimiter: str = ",",
) -> Iterator[tuple[int, dict[str, str] | BadRow]]:
    """Yield each row of a CSV file: its number, and a dict, or `BadRow` if it isn't as wide.

    Rows are counted as a spreadsheet does: the header is row 1, a quoted text with line breaks is
    one row, blank lines count. Nothing is taken for a missing value: "None" and "NA" are texts.

    Args:
        path: a CSV file with a header.
        columns, delimiter: that the header must have; what separates fields.
        encoding, errors: as for `open`; a byte-order mark is no part of the text.

    Raises:
        DataError: the file can't be read, is empty, lacks a column, or a quote is never closed.
    """
    number, utf8 = 1, encoding.lower() in ("utf-8", "utf8")
    try:
        with path.open(
            encoding="utf-8-sig" if utf8 else encoding, errors=errors, newline=""
        ) as file:
            rows = _csv_rows(path, file, delimiter)
            number, header = next(rows, (1, []))
            if not header:
                raise DataError(f"{path} is empty.")
            if "\0" in header[0]:  # UTF-16 without a byte-order mark passes as UTF-8
                raise UnicodeError
            if missing := [name for name in columns if name not in header]:
                there = f"{header!s:.300}, separated by {delimiter!r}"
                raise DataError(f"{path} has no column {missing}; it has {there}.")
            for number, fields in rows:
                if len(fields) == len(header):
                    yield number, dict(zip(header, fields, strict=True))
                else:
                    more = len(fields) > len(header)
                    yield number, BadRow("extra column" if more else "missing column")
    except FileNotFoundError as error:
        raise DataError(f"There is no file {path}.") from error
    except UnicodeError as error:
        raise DataError(f"{path} is not {encoding} near row {number}; {_advice(path)}.") from error
    except LookupError as error:
        raise DataError(f"There is no encoding {encoding!r}.") from error
    except (OSError, ValueError) as error:
        raise DataError(f"{path} can't be read ({error}).") from error


def _csv_rows(path: Path, lines: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the fields of rows that are not blank, numbered from 1."""
    csv.field_size_limit(LONGEST)
    number = 0
    try:
        for number, fields in enumerate(
            csv.reader(itertools.chain(lines, [END]), delimiter=delimiter), start=1
        ):
            if fields and fields[-1].endswith(END):
                if fields != [END]:
                    raise DataError(f"{path}, row {number}: a quote is opened and never closed.")
            elif fields:
                yield number, fields
    except csv.Error as error:
        raise DataError(f"{path}, row {number + 1}: {error}; is a quote never closed?") from error


def _advice(path: Path) -> str:
    """Say what may be done with a file that can't be decoded."""
    with path.open("rb") as file:
        start = file.read(1000)
    if start.startswith((b"PK", b"\x1f\x8b", b"\xd0\xcf")):
        return "it is an archive or a workbook: unpack it, or save it as CSV"
    return f"try the encoding {'utf-16' if 0 in start else 'latin-1'!r}"


def read_rows(
    path: Path, numbered: Iterable[tuple[int, Any]], parse: Callable[[Any], Any]
) -> tuple[list, list[tuple[int, str]]]:
    """Parse a file's rows; return what becomes of them, and `(number, reason)` of those left out.

    Args:
        path: of the file.
        numbered: its rows, with the number of each, as from `read_csv`.
        parse: from a row to what is returned; raises `BadRow`.

    Raises:
        DataError: no row is usable.
    """
    rows, bad_rows = [], []
    for number, row in numbered:
        try:
            if isinstance(row, BadRow):
                raise row
            rows.append(parse(row))
        except BadRow as error:
            bad_rows.append((number, str(error)))
    if not rows:
        reasons = dict(Counter(reason for _, reason in bad_rows))
        raise DataError(f"{path} has no usable row: {reasons or 'it is empty'}.")
    return rows, bad_rows


def read_lines(path: Path, parse: Callable[[str], Row]) -> tuple[list[Row], list[tuple[str, str]]]:
    """Do as `read_rows` with a file of one row a line; the number becomes `file:row`."""

    def decoded(line: bytes) -> Row:
        try:
            return parse(line.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise BadRow("not UTF-8") from error

    rows, bad_rows = read_rows(path, enumerate(path.read_bytes().splitlines(), start=1), decoded)
    return rows, [(f"{path.name}:{number}", reason) for number, reason in bad_rows]
