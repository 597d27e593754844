"""`Worker`: one model behind a queue, whose batches are whatever waited while the last one ran."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from lib.serve.runtime import Runtime
from lib.text.predictor import probabilities


class UnavailableError(Exception):
    """A model that can't answer now; the message says why.

    Attributes:
        retry_after: seconds after which it may, at least 1.
    """

    def __init__(self, reason: str, retry_after: float = 1):
        super().__init__(reason)
        self.retry_after = max(1, round(retry_after))


@dataclass
class _Waiting:
    """Texts of one request, and where their answer goes."""

    texts: list[str]
    answer: asyncio.Future


class Worker:
    """Answers texts with one model, in one thread, which leaves the event loop to HTTP.

    A batch is what has come in while the last one ran, up to `batch` texts: nobody waits for a
    batch to fill, and under load batches grow by themselves. Answers are cached by what the network
    reads of a text, so two texts that are cleaned to the same share one.

    Args:
        runtime: the model.
        batch: texts that go through the network together.
        waiting: texts that may wait; with more, `ask` refuses.
        cached: answers kept, the least recently used go first; 0 keeps none.
        seen: called after each batch, in the thread, with `(texts, rows, probabilities)`.

    Attributes:
        texts, hits: answered so far, and how many of them from the cache.
    """

    def __init__(
        self,
        runtime: Runtime,
        *,
        batch: int = 64,
        waiting: int = 1024,
        cached: int = 5000,
        seen: Callable = lambda *_: None,
    ):
        self.runtime = runtime
        self.batch = batch
        self.waiting_limit = waiting
        self.cached = cached
        self.seen = seen
        self.texts = self.hits = 0
        self.seconds_a_text = 0.001  # a moving average
        self._cache: OrderedDict[bytes, np.ndarray] = OrderedDict()
        self._queue: list[_Waiting] = []
        self._in_work: list[_Waiting] = []
        self._come = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=runtime.name)
        self._task: asyncio.Task | None = None
        self._closing = False

    @property
    def waiting(self) -> int:
        """How many texts wait or are in work."""
        return sum(len(one.texts) for one in (*self._queue, *self._in_work))

    @property
    def expected_wait(self) -> float:
        """Seconds that a text which comes now will wait, by the pace so far."""
        return self.waiting * self.seconds_a_text

    @property
    def alive(self) -> bool:
        """Whether it is at work."""
        return self._task is not None and not self._task.done()

    async def ask(self, texts: list[str]) -> np.ndarray:
        """Return probabilities `(len(texts), classes)`.

        Raises:
            UnavailableError: too many texts wait, or it is stopping or was stopped.
            Exception: what the model raised.
        """
        if self._closing:
            raise UnavailableError("it is stopping")
        if self.waiting + len(texts) > self.waiting_limit:
            raise UnavailableError("its queue is full", self.expected_wait)
        if not self.alive:  # not started yet, or killed: start anew
            self._task = asyncio.create_task(self._work())
        one = _Waiting(texts, asyncio.get_running_loop().create_future())
        self._queue.append(one)
        self._come.set()
        return await one.answer

    async def close(self) -> None:
        """Answer what was accepted, then stop; who has asked goes on before this returns."""
        self._closing = True
        self._come.set()
        if self._task:
            await asyncio.wait([self._task])
        self._thread.shutdown(wait=True)

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._queue or not self._closing:
                await self._come.wait()
                self._in_work = self._next_batch()
                texts = [text for one in self._in_work for text in one.texts]
                try:
                    found = await loop.run_in_executor(self._thread, self._answer, texts)
                except Exception as error:  # of the model: its requests fail, the worker goes on
                    self._finish(error)
                else:
                    self._finish(found)
        finally:  # killed
            self._finish(UnavailableError("it was stopped"))

    def _next_batch(self) -> list[_Waiting]:
        """Take requests that still want an answer, until a batch is full; one at least."""
        taken: list[_Waiting] = []
        while self._queue:
            if self._queue[0].answer.done():  # the client has gone
                self._queue.pop(0)
                continue
            size = sum(len(one.texts) for one in taken) + len(self._queue[0].texts)
            if taken and size > self.batch:
                break
            taken.append(self._queue.pop(0))
        if not self._queue:
            self._come.clear()
        return taken

    def _finish(self, found: np.ndarray | Exception) -> None:
        start = 0
        for one in self._in_work:
            part = slice(start, start := start + len(one.texts))
            if one.answer.done():
                continue
            if isinstance(found, Exception):
                one.answer.set_exception(found)
            else:
                one.answer.set_result(found[part])
        self._in_work = []

    def _answer(self, texts: list[str]) -> np.ndarray:
        """Probabilities of texts, in the worker's thread."""
        if not texts:
            return np.zeros((0, len(self.runtime.label_names)))
        start = time.perf_counter()
        rows = self.runtime.vectorizer.transform(texts)
        keys = [_key(row) for row in rows]
        new = {key: row for key, row in zip(keys, rows, strict=True) if key not in self._cache}
        fresh = {}
        if new:
            found = probabilities(self.runtime.logits_of_rows(list(new.values())))
            fresh = dict(zip(new, found, strict=True))
        found = np.array([fresh[key] if key in fresh else self._cache[key] for key in keys])
        self._remember(keys, found)
        self.texts += len(texts)
        self.hits += len(texts) - len(new)
        pace = (time.perf_counter() - start) / len(texts)
        self.seconds_a_text += 0.1 * (pace - self.seconds_a_text)
        self.seen(texts, rows, found)
        return found

    def _remember(self, keys: list[bytes], found: np.ndarray) -> None:
        for key, answer in zip(keys, found, strict=True):
            self._cache[key] = answer
            self._cache.move_to_end(key)
        while len(self._cache) > self.cached:
            self._cache.popitem(last=False)


def _key(row: np.ndarray | tuple) -> bytes:
    """What the network reads of a text: two texts of one key have one answer."""
    return b"|".join(part.tobytes() for part in row) if isinstance(row, tuple) else row.tobytes()
