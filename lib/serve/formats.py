"""Files of rows, CSV or Parquet, read and written a chunk at a time.

A format is four functions: `chunks` yields them, `texts` gives a chunk's column of texts, `write`
writes a chunk with columns more to a file, `join` makes one file of several.
"""

import csv
import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

from lib.data.dataset import DataError
from lib.data.files import read_csv

CHUNK = 1000  # rows


class Csv:
    """Rows of a CSV file as dicts of strings; a row of another width becomes an empty one."""

    @staticmethod
    def chunks(path: Path, column: str, encoding: str) -> Iterator[list[dict]]:
        """Yield the file's rows, `CHUNK` at a time; raise DataError if it can't be read."""
        rows = (row for _, row in read_csv(path, columns=[column], encoding=encoding))
        empty = None
        while chunk := list(itertools.islice(rows, CHUNK)):
            if not (empty := empty or next((row for row in chunk if isinstance(row, dict)), None)):
                raise DataError(f"{path}: no row is as wide as the header.")
            empty = dict.fromkeys(empty, "")
            yield [row if isinstance(row, dict) else empty for row in chunk]

    @staticmethod
    def texts(chunk: list[dict], column: str) -> list[str]:
        """Return the texts of a chunk, None or empty where there is none."""
        return [row[column] for row in chunk]

    @staticmethod
    def write(chunk: list[dict], answers: dict[str, list], path: Path, *, first: bool) -> None:
        """Write a chunk with the answers as its last columns; the `first` has the header."""
        fields = [*(name for name in chunk[0] if name not in answers), *answers]
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, fields, lineterminator="\n")
            if first:
                writer.writeheader()
            for row, *values in zip(chunk, *answers.values(), strict=True):
                writer.writerow(row | dict(zip(answers, values, strict=True)))

    @staticmethod
    def join(parts: list[Path], path: Path) -> None:
        """Write the rows of the parts, in their order."""
        with path.open("wb") as output:
            for part in parts:
                with part.open("rb") as file:
                    shutil.copyfileobj(file, output)


class Parquet:
    """Row groups of a Parquet file as pyarrow tables, whose columns keep their types."""

    @staticmethod
    def chunks(path: Path, column: str, encoding: str) -> Iterator:
        """Yield the file's rows, `CHUNK` at a time; raise DataError if it can't be read."""
        parquet = _pyarrow_parquet()
        try:
            file = parquet.ParquetFile(path)
        except Exception as error:  # pyarrow raises kinds of its own
            raise DataError(f"{path} is no Parquet file: {error!s:.100}.") from error
        names = file.schema_arrow.names
        if column not in names:
            raise DataError(f"{path} has no column [{column!r}]; it has {names!s:.300}.")
        yield from (_table(batch) for batch in file.iter_batches(CHUNK))

    @staticmethod
    def texts(chunk, column: str) -> list[str | None]:
        """Return the texts of a chunk, None or empty where there is none."""
        return chunk.column(column).to_pylist()

    @staticmethod
    def write(chunk, answers: dict[str, list], path: Path, *, first: bool) -> None:
        """Write a chunk with the answers as its last columns."""
        _pyarrow_parquet().write_table(with_answers(chunk, answers), path)

    @staticmethod
    def join(parts: list[Path], path: Path) -> None:
        """Write the rows of the parts, in their order."""
        parquet = _pyarrow_parquet()
        with parquet.ParquetWriter(path, parquet.read_schema(parts[0])) as writer:
            for part in parts:
                writer.write_table(parquet.read_table(part))


def with_answers(table, answers: dict[str, list]):
    """Return a pyarrow table with the answers as its last columns, in the place of older ones."""
    import pyarrow

    for name, values in answers.items():
        if name in table.column_names:
            table = table.drop_columns([name])
        kind = pyarrow.float64() if name.endswith(" probability") else pyarrow.string()
        table = table.append_column(name, pyarrow.array(values, kind))  # all may be None
    return table


FORMATS = {".csv": Csv, ".parquet": Parquet}


def _pyarrow_parquet():
    try:
        from pyarrow import parquet
    except ImportError as error:
        message = "Parquet files need pyarrow: pip install -r requirements-scale.txt"
        raise DataError(message) from error
    return parquet


def _table(batch):
    import pyarrow

    return pyarrow.Table.from_batches([batch])
