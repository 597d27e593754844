import asyncio

import numpy as np
import pytest

pytest.importorskip("prometheus_client", reason="needs requirements-serve.txt")

from prometheus_client import generate_latest

from lib.serve.service import Service
from lib.serve.worker import UnavailableError


def run(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, 20))


def metric(service, name, **labels):
    return service.registry.get_sample_value(name, labels)


def served(*runtimes, **options):
    named = {runtime.name: runtime for runtime in runtimes}
    return Service(named, default=options.pop("default", runtimes[0].name), **options)


async def ask(service, texts, model=None):
    try:
        return await service.answer(texts, model)
    finally:
        await service.close()


def test_the_wanted_model_answers_or_the_default_one(fake):
    big, small = fake("imdb/big"), fake("imdb/small")
    answer = run(ask(served(big, small), ["good"]))
    assert (answer.answered_by, answer.fallback) == ("imdb/big", None)
    assert np.allclose(answer.probabilities, big.predict_proba(["good"]))
    answer = run(ask(served(big, small), ["good"], "imdb/small"))
    assert answer.answered_by == "imdb/small"
    with pytest.raises(KeyError):
        run(ask(served(big), ["good"], "imdb/none"))


def test_one_that_fails_or_is_late_or_missing_is_stood_in_for_and_that_is_said(fake):
    big, small = fake("imdb/big"), fake("imdb/small")
    big.error = ValueError("broken")
    service = served(big, small, fallback="imdb/small")
    answer = run(ask(service, ["good"]))
    assert (answer.answered_by, answer.fallback) == ("imdb/small", "it failed (ValueError)")
    assert metric(service, "texts_fallback_total", model="imdb/big") == 1
    slow = fake("imdb/big", seconds=2)
    answer = run(ask(served(slow, small, fallback="imdb/small", deadline=0.5), ["good"]))
    assert answer.fallback == "it would take longer than 0.5 s"
    missing = {"imdb/lost": "There is no folder /home/x."}
    answer = run(ask(served(small, fallback="imdb/small", unavailable=missing), ["a"], "imdb/lost"))
    assert answer.fallback == "it could not be loaded"


def test_a_full_queue_goes_to_the_one_that_stands_in_and_then_to_nobody(fake):
    big, small = fake("imdb/big", seconds=0.3), fake("imdb/small", seconds=0.3)

    async def flood():
        service = served(big, small, fallback="imdb/small", waiting=2, deadline=5)
        asked = [asyncio.create_task(service.answer([f"{'good ' * n}"])) for n in range(1, 6)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        await service.close()
        return service, answers

    service, answers = run(flood())
    by = [a if isinstance(a, Exception) else a.answered_by for a in answers]
    assert by[:4] == ["imdb/big"] * 2 + ["imdb/small"] * 2
    assert isinstance(by[4], UnavailableError)
    assert metric(service, "texts_refused_total", model="imdb/big") == 1


def test_nobody_stands_in_for_a_model_of_other_labels(fake):
    big, tweets, small = fake("imdb/big"), fake("tweets/gru"), fake("imdb/small")
    tweets.label_names = ("sad", "glad")
    tweets.error = ValueError("broken")
    with pytest.raises(UnavailableError, match="failed"):
        run(ask(served(big, tweets, small, fallback="imdb/small"), ["good"], "tweets/gru"))
    for role in ("fallback", "shadow"):
        with pytest.raises(ValueError, match="other labels"):
            served(big, tweets, **{role: "tweets/gru"})


def test_a_shadow_is_asked_the_same_and_not_heard(fake):
    big, other = fake("imdb/big"), fake("imdb/other")
    other.logits_of_batch = lambda batch: np.tile([1.0, 0.0], (len(batch), 1))  # always negative

    async def shadowed(texts):
        service = served(big, other, shadow="imdb/other")
        answer = await service.answer(texts)
        while metric(service, "shadow_texts_total", model="imdb/other") is None:
            await asyncio.sleep(0.01)
        await service.close()
        return service, answer

    service, answer = run(shadowed(["good", "good film", "bad"]))
    assert answer.probabilities.argmax(axis=1).tolist() == [1, 1, 0]
    assert metric(service, "shadow_texts_total", model="imdb/other") == 3
    assert metric(service, "shadow_agreed_total", model="imdb/other") == 1
    asked = []

    def broken(batch):
        asked.append(len(batch))
        raise ValueError("broken")

    async def unnoticed():
        service = served(big, other, shadow="imdb/other")
        answer = await service.answer(["good"])
        while not asked:
            await asyncio.sleep(0.01)
        await service.close()
        return service, answer

    other.logits_of_batch = broken
    service, answer = run(unnoticed())
    assert answer.answered_by == "imdb/big"
    assert metric(service, "shadow_texts_total", model="imdb/other") is None


def test_all_that_happens_is_counted(fake):
    runtime = fake()

    async def some():
        service = served(runtime)
        for text in ("good", "good", "bad film"):
            await service.answer([text, text])
        await service.close()
        return service

    service = run(some())
    name = {"model": "imdb/fake"}
    assert metric(service, "texts_answered_total", **name) == 6
    assert metric(service, "answer_seconds_count", **name) == 3
    assert metric(service, "texts_cache_hits", **name) == 4
    assert metric(service, "texts_waiting", **name) == 0
    assert metric(service, "drift_detected", **name) == 0
    assert b"texts_answered_total" in generate_latest(service.registry)
