"""The texts of many files, answered on a Ray cluster.

Ray Data reads the files in blocks, hands each to one of a pool of actors that hold the exported
model, and writes as many files. A node that dies takes its blocks with it, and they are answered
again elsewhere.
"""

import logging
import os
from pathlib import Path

from lib.data.dataset import DataError
from lib.serve.formats import CHUNK, FORMATS, with_answers
from lib.serve.runtime import Runtime
from lib.serve.stream import answer_columns


class Answers:
    """What an actor does: it loads the model once, and answers batches of rows."""

    def __init__(self, folder: str, name: str, column: str):
        self.runtime = Runtime(folder)
        self.name, self.column = name, column

    def __call__(self, table):
        """Return a pyarrow table with the answers as its last columns, None without a text."""
        texts = table.column(self.column).to_pylist()
        return with_answers(table, answer_columns(self.runtime, self.name, texts))


def predict(
    exported: Path,
    source: Path,
    output: Path,
    *,
    name: str,
    column: str = "text",
    encoding: str = "utf-8",
    actors: int = 2,
    address: str | None = None,
) -> None:
    """Answer the texts of a file or folder on a Ray cluster, into a new folder of files.

    Args:
        exported: folder of the exported model; every node must see it, and source and output.
        source: a `.csv` or `.parquet` file, or a folder of one of these kinds.
        output: the folder; it may not be there yet.
        name: of the column of answers.
        column: that of the texts.
        encoding: of CSV files.
        actors: copies of the model.
        address: of the cluster; None is that of the variable `RAY_ADDRESS`, or else one on this
            machine.

    Raises:
        DataError: Ray isn't installed, there is no such file or column, or the folder is there.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
    try:
        import ray
        from pyarrow import csv
    except ImportError as error:
        message = "A cluster needs Ray: pip install -r requirements-scale.txt"
        raise DataError(message) from error
    if output.exists():
        raise DataError(f"{output} is there already; choose another --output.")
    files = sorted(source.glob("[!.]*")) if source.is_dir() else [source]
    kinds = {file.suffix.lower() for file in files}
    if not source.exists() or len(kinds) != 1 or not kinds <= FORMATS.keys():
        raise DataError(f"{source} is no CSV or Parquet file, nor a folder of files of one kind.")
    (kind,) = kinds
    first = next(iter(FORMATS[kind].chunks(files[0], column, encoding)), None)  # is all well?
    ray.init(address=address, ignore_reinit_error=True, logging_level="warning")
    ray.data.DataContext.get_current().enable_progress_bars = False
    # Where a node dies, its actors move to the others and may fill them; reading and writing must
    # go on all the same, so they ask for no core of their own.
    light = {"ray_remote_args": {"num_cpus": 0}, "concurrency": actors}
    paths, blocks = [str(file.resolve()) for file in files], {"override_num_blocks": 4 * actors}
    if kind == ".parquet":
        rows = ray.data.read_parquet(paths, **blocks, **light)
    else:  # quoted texts may hold line breaks, and no column is to be taken for numbers
        types = dict.fromkeys(first[0] if first else [], "string")
        options = {
            "read_options": csv.ReadOptions(encoding=encoding),
            "parse_options": csv.ParseOptions(newlines_in_values=True),
            "convert_options": csv.ConvertOptions(column_types=types),
        }
        rows = ray.data.read_csv(paths, **options, **blocks, **light)
    answered = rows.map_batches(
        Answers,
        fn_constructor_args=(str(exported.resolve()), name, column),
        batch_format="pyarrow",
        batch_size=CHUNK,
        compute=ray.data.ActorPoolStrategy(size=actors),
        num_cpus=0.5,
    )
    logging.getLogger("ray.data").setLevel(logging.ERROR)  # now: reading has set it up
    write = answered.write_parquet if kind == ".parquet" else answered.write_csv
    write(str(output.resolve()), **light)
