"""Finding, downloading and verifying the files that data sets come in.

Archives are read in memory, member by member; nothing is ever extracted to disk, so a hostile
member name has nowhere to go.
"""

import tarfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from lib import paths
from lib.splits import DataError, Row, progress_bar


def find(names: tuple[str, ...]) -> Path | None:
    """Return the first of `names` that exists in the data folders, in the order searched."""
    for folder in paths.data_dirs():
        for name in names:
            if (folder / name).exists():
                return folder / name
    return None


def need(names: tuple[str, ...], *, where: str) -> Path:
    """Return what `find` does, for files that can't be downloaded by a program.

    Args:
        names: as for `find`.
        where: a person gets the file from.

    Raises:
        DataError: none of them is there; the message says what to do.
    """
    if path := find(names):
        return path
    looked = ", ".join(str(folder) for folder in paths.data_dirs())
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
    try:
        return Path(
            pooch.retrieve(url, known_hash=sha256, path=folder, fname=name, progressbar=True)
        )
    except ValueError as error:  # pooch's word for a hash that differs; it removes the file
        raise DataError(
            f"{url} arrived damaged (SHA-256 differs from {sha256[:12]}…); try again."
        ) from error
    except Exception as error:
        looked = ", ".join(str(folder) for folder in paths.data_dirs())
        raise DataError(
            f"{name} is not in {looked} and could not be downloaded from {url} "
            f"({type(error).__name__}). Put the file in data/ or set DATA_DIR to its folder; "
            "PROFILE=demo needs no data."
        ) from error


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


def read_rows(
    path: Path, lines: Iterator, parse: Callable[..., Row]
) -> tuple[list[Row], list[tuple[str, str]]]:
    """Parse a file's lines; return the rows, and `(file:row, reason)` of those left out.

    Args:
        path: of the file.
        lines: what it holds, a row each, counted from 1.
        parse: from a line to a row; raises `BadRow`.

    Raises:
        DataError: no row is usable.
    """
    rows, bad_rows = [], []
    for number, line in enumerate(lines, start=1):
        try:
            rows.append(parse(line))
        except BadRow as error:
            bad_rows.append((f"{path.name}:{number}", str(error)))
    if not rows:
        reasons = dict(Counter(reason for _, reason in bad_rows))
        raise DataError(f"{path} has no usable row: {reasons or 'it is empty'}.")
    return rows, bad_rows


def decode(line: bytes) -> str:
    """Return a line as text.

    Raises:
        BadRow: it is not UTF-8.
    """
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRow("not UTF-8") from error
