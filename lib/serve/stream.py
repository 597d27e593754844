"""Answers to the texts of files, CSV or Parquet: a stream in bounded memory that goes on again.

A file is answered a chunk of rows at a time. Each chunk's answers are a file of their own, written
whole or not at all, until all are there and become the output. A run that was interrupted finds
the chunks that are done, and of a folder the files; so every row is in the output once.
"""

import concurrent.futures
import contextlib
import functools
import itertools
import json
import multiprocessing
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from lib import paths
from lib.data.dataset import DataError
from lib.progress import progress_bar
from lib.serve.formats import CHUNK, FORMATS
from lib.text import TextPredictor

AHEAD = 4  # chunks for each process that may wait for it, read and not yet answered

Load = Callable[[], dict[str, TextPredictor]]


def predict(
    load: Load,
    models: Sequence[str],
    source: Path,
    output: Path,
    *,
    column: str = "text",
    encoding: str = "utf-8",
    jobs: int = 1,
) -> tuple[int, int]:
    """Answer a file's texts, or those of all files of a folder, with one model or several.

    The output has the source's columns, and for each model its answer and that one's probability,
    under the model's name and `<name> probability`; of a row without a text they are empty.

    Args:
        load: returns the models by name; each process calls it once.
        models: their names, by which an interrupted run is known again.
        source: a `.csv` or `.parquet` file, or a folder of them.
        output: a file of the same kind, or a folder.
        column: that of the texts.
        encoding: of CSV files.
        jobs: processes that answer; with one it is this one.

    Returns:
        How many texts were answered, and how many rows have none.

    Raises:
        DataError: no such file or column, another encoding or kind of file, a file without a text,
            or an interrupted run of other options is in the way.
    """
    recipe = [*models, column, encoding, CHUNK]
    with _answering(load, jobs) as submit:
        if not source.is_dir():
            counts = _predict_file(submit, source, output, recipe, column, encoding, jobs)
            shutil.rmtree(_parts(output))
            return counts
        files = [file for file in sorted(source.iterdir()) if file.suffix.lower() in FORMATS]
        if not files:
            raise DataError(f"{source} holds no file that ends in {' or '.join(FORMATS)}.")
        counts = [
            _predict_file(submit, file, output / file.name, recipe, column, encoding, jobs)
            for file in files
        ]
        for file in files:
            shutil.rmtree(_parts(output / file.name))
        return tuple(map(sum, zip(*counts, strict=True)))


def _predict_file(submit, source, output, recipe, column, encoding, jobs) -> tuple[int, int]:
    kind = FORMATS.get(source.suffix.lower())
    if not kind:
        raise DataError(f"{source} doesn't end in {' or '.join(FORMATS)}.")
    if output.suffix.lower() != source.suffix.lower():
        raise DataError(f"The output of {source} is to end in {source.suffix}, not {output}.")
    if not source.exists():
        raise DataError(f"There is no file {source}.")
    folder, finished = _parts(output), _parts(output) / "finished.json"
    state = source.stat()
    chunks = kind.chunks(source, column, encoding)
    first = list(itertools.islice(chunks, 1))  # before anything is written: is all well?
    _begin(folder, [str(source.resolve()), state.st_size, state.st_mtime_ns, *recipe])
    if finished.exists() and output.exists():  # in a run of a folder that was interrupted later
        return tuple(json.loads(finished.read_text(encoding="utf-8")))
    parts, counts, waiting = [], [], []
    bar = progress_bar(desc=f"Predicting {source.name}", unit=" rows")
    with bar:
        for number, chunk in enumerate(itertools.chain(first, chunks)):
            part = folder / f"{number:08}{source.suffix}"
            parts.append(part)
            waiting.append(submit(kind, chunk, column, part))
            if len(waiting) > AHEAD * jobs or jobs == 1:
                counts.append(waiting.pop(0).result())
                bar.update(sum(counts[-1]))
        counts += [future.result() for future in waiting]
    answered, without = (sum(c[i] for c in counts) for i in (0, 1))
    if not answered:
        shutil.rmtree(folder)
        raise DataError(f"{source} has no row with a text in column {column!r}.")
    with paths.written_whole(output) as partial:
        kind.join(parts, partial)
    with paths.written_whole(finished) as partial:
        partial.write_text(json.dumps([answered, without]), encoding="utf-8")
    for part in parts:
        part.unlink()
    return answered, without


def _parts(output: Path) -> Path:
    """Return the folder of an output's chunks."""
    return output.with_name(f".{output.name}.parts")


def _begin(folder: Path, recipe: list) -> None:
    """Make the folder of the chunks, or see to it that those in it are of this very run."""
    folder.mkdir(parents=True, exist_ok=True)
    noted = folder / "recipe.json"
    if noted.exists() and json.loads(noted.read_text(encoding="utf-8")) != recipe:
        message = f"{folder} holds an interrupted run of another file or model; delete it first."
        raise DataError(message)
    with paths.written_whole(noted) as partial:
        partial.write_text(json.dumps(recipe), encoding="utf-8")


@contextlib.contextmanager
def _answering(load: Load, jobs: int) -> Iterator[Callable]:
    """Give a function that answers a chunk, here or in one of several processes, as a future."""
    if jobs == 1:
        models = load()

        def here(*arguments):
            future = concurrent.futures.Future()
            future.set_result(_answer(models, *arguments))
            return future

        yield here
        return
    context = multiprocessing.get_context("spawn")  # a fork would inherit the threads of others
    with concurrent.futures.ProcessPoolExecutor(
        jobs, mp_context=context, initializer=_start, initargs=(load,)
    ) as pool:
        try:
            yield functools.partial(pool.submit, _answer_there)
        except concurrent.futures.process.BrokenProcessPool as error:
            raise DataError("A process that was to answer has died; try --jobs 1.") from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _start(load: Load) -> None:
    """Load a process's models, once."""
    global MODELS
    MODELS = load()


def _answer_there(*arguments) -> tuple[int, int]:
    return _answer(MODELS, *arguments)


def answer_columns(model: TextPredictor, name: str, texts: list[str | None]) -> dict[str, list]:
    """Return a model's answers and their probabilities, as columns; None without a text."""
    asked = _with_text(texts)
    labels, probabilities = [None] * len(texts), [None] * len(texts)
    for i, p in zip(asked, model.predict_proba([texts[i] for i in asked]), strict=True):
        labels[i] = model.label_names[p.argmax()]
        probabilities[i] = round(float(p.max()), 6)
    return {name: labels, f"{name} probability": probabilities}


def _with_text(texts: list[str | None]) -> list[int]:
    return [i for i, text in enumerate(texts) if text and text.strip()]


def _answer(models: dict, kind, chunk, column: str, part: Path) -> tuple[int, int]:
    """Answer a chunk's texts and write it to `part`; return how many have an answer, and not."""
    texts = kind.texts(chunk, column)
    if odd := [text for text in texts if not isinstance(text, str | None)]:
        kind = type(odd[0]).__name__
        raise DataError(f"The column {column!r} holds {kind}, not text: {odd[0]!r:.40}.")
    asked = _with_text(texts)
    if not part.exists():
        answers = {}
        for name, model in models.items():
            answers |= answer_columns(model, name, texts)
        with paths.written_whole(part) as partial:
            kind.write(chunk, answers, partial, first=int(part.stem) == 0)
    return len(asked), len(texts) - len(asked)
