"""`Service`: several models, which of them answers, and what is noted on the way."""

import asyncio
import time
from dataclasses import dataclass

import numpy as np
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from lib.serve.drift import Drift
from lib.serve.runtime import Runtime
from lib.serve.worker import UnavailableError, Worker

SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)


@dataclass(frozen=True)
class Answer:
    """Probabilities `(texts, classes)`, whose they are, and why if not the wanted model's."""

    probabilities: np.ndarray
    label_names: tuple[str, ...]
    answered_by: str
    fallback: str | None


class Service:
    """Models by name behind their queues, a small one that stands in, and one in the shadow.

    Args:
        runtimes: the models by name.
        default: whose answer is given where none is asked for.
        fallback: who answers where the wanted model fails, or would keep a request waiting for
            longer than the deadline: a small, fast one of the same labels.
        shadow: a model that is asked everything that `default` answers, whose answers are noted and
            not given.
        unavailable: names of models that should be there and could not be loaded, with the reason.
        deadline: seconds that a request may wait for the wanted model.
        waiting: texts that may wait for a model.

    Raises:
        ValueError: fallback or shadow have other labels than the default model.

    Attributes:
        registry: the metrics, for Prometheus.
        drift: by name, what a model's last texts looked like.
    """

    def __init__(
        self,
        runtimes: dict[str, Runtime],
        *,
        default: str,
        fallback: str | None = None,
        shadow: str | None = None,
        unavailable: dict[str, str] | None = None,
        deadline: float = 2.0,
        waiting: int = 1024,
    ):
        for other in (fallback, shadow):
            same = {runtimes[n].label_names for n in (default, other) if n in runtimes}
            if len(same) > 1:
                raise ValueError(f"{other} has other labels than {default}.")
        self.runtimes = runtimes
        self.default, self.fallback, self.shadow = default, fallback, shadow
        self.unavailable = unavailable or {}
        self.deadline = deadline
        self.drift = {name: Drift(runtime) for name, runtime in runtimes.items()}
        self.workers = {
            name: Worker(runtime, waiting=waiting, seen=self.drift[name].add)
            for name, runtime in runtimes.items()
        }
        self.registry = CollectorRegistry()
        named = {"registry": self.registry, "labelnames": ["model"]}
        self.answered = Counter("texts_answered", "Texts answered, by who answered", **named)
        self.stood_in = Counter("texts_fallback", "Texts that another model answered", **named)
        self.refused = Counter("texts_refused", "Texts refused, as too many were waiting", **named)
        self.latency = Histogram("answer_seconds", "Of a request", buckets=SECONDS, **named)
        self.agreed = Counter("shadow_agreed", "Texts the shadow answers alike", **named)
        self.shadowed = Counter("shadow_texts", "Texts that the shadow has answered", **named)
        self.shadow_latency = Histogram(
            "shadow_seconds", "Of a request in the shadow", buckets=SECONDS, **named
        )
        gauges = {
            "waiting": lambda worker: worker.waiting,
            "cache_hits": lambda worker: worker.hits,
        }
        for kind, read in gauges.items():
            gauge = Gauge(f"texts_{kind}", f"Texts: {kind.replace('_', ' ')}", **named)
            for name, worker in self.workers.items():
                gauge.labels(name).set_function(lambda worker=worker, read=read: read(worker))
        drifted = Gauge("drift_detected", "1 where texts differ from validation", **named)
        for name, drift in self.drift.items():
            drifted.labels(name).set_function(lambda drift=drift: drift.report()["drift"])
        self._in_shadow: set[asyncio.Task] = set()

    async def answer(self, texts: list[str], model: str | None = None) -> Answer:
        """Answer with the wanted model, or with the one that stands in, and say why.

        Raises:
            KeyError: no such model.
            UnavailableError: none that could answer can do so now.
        """
        name = self.default if model is None else model
        if name not in self.workers and name not in self.unavailable:
            raise KeyError(name)
        start, by, reason = time.perf_counter(), name, None
        try:
            found = await self._ask(name, texts)
        except UnavailableError as error:
            by, reason = self.fallback, str(error)
            if not self._can_stand_in(name):
                self.refused.labels(name).inc(len(texts))
                raise
            try:
                found = await self._ask(by, texts)
            except UnavailableError:
                self.refused.labels(name).inc(len(texts))
                raise
            self.stood_in.labels(name).inc(len(texts))
        self.answered.labels(by).inc(len(texts))
        self.latency.labels(by).observe(time.perf_counter() - start)
        if by == self.default and self.shadow:
            task = asyncio.create_task(self._compare(texts, found))
            self._in_shadow.add(task)
            task.add_done_callback(self._in_shadow.discard)
        return Answer(found, self.runtimes[by].label_names, by, reason)

    def _can_stand_in(self, name: str) -> bool:
        """Whether the fallback has the labels of a model; of one that isn't there, its task's."""
        if self.fallback in (None, name):
            return False
        if name in self.runtimes:
            return self.runtimes[name].label_names == self.runtimes[self.fallback].label_names
        return name.split("/")[0] == self.fallback.split("/")[0]

    async def _ask(self, name: str, texts: list[str]) -> np.ndarray:
        if name in self.unavailable:
            raise UnavailableError("it could not be loaded")  # paths are not for clients
        worker = self.workers[name]
        late = f"it would take longer than {self.deadline:g} s"
        if worker.expected_wait > self.deadline:
            raise UnavailableError(late, worker.expected_wait)
        try:
            return await asyncio.wait_for(worker.ask(texts), self.deadline)
        except UnavailableError:
            raise
        except TimeoutError as error:
            raise UnavailableError(late, worker.expected_wait) from error
        except Exception as error:  # whatever the model raised
            raise UnavailableError(f"it failed ({type(error).__name__})") from error

    async def _compare(self, texts: list[str], given: np.ndarray) -> None:
        """Ask the shadow; where it fails or is busy, nothing is noted and nobody waits."""
        start = time.perf_counter()
        try:
            found = await self._ask(self.shadow, texts)
        except UnavailableError:
            return
        self.shadow_latency.labels(self.shadow).observe(time.perf_counter() - start)
        alike = int((found.argmax(axis=1) == given.argmax(axis=1)).sum())
        self.agreed.labels(self.shadow).inc(alike)
        self.shadowed.labels(self.shadow).inc(len(texts))

    async def close(self) -> None:
        """Answer what was accepted, then stop."""
        await asyncio.gather(*(worker.close() for worker in self.workers.values()))
