import asyncio

import numpy as np
import pytest

from lib.serve.worker import UnavailableError, Worker


def run(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, 20))


async def begun(runtime, batches=1):
    """Wait until so many batches were begun."""
    while runtime.begun < batches:
        await asyncio.sleep(0.001)


def test_answers_are_the_models_and_go_to_who_asked(fake):
    runtime = fake(seconds=0.002)

    async def many():
        worker = Worker(runtime)
        texts = [["good " * n, "bad"] for n in range(1, 30)]
        found = await asyncio.gather(*(worker.ask(two) for two in texts))
        await worker.close()
        return texts, found

    texts, found = run(many())
    for two, answer in zip(texts, found, strict=True):
        assert np.allclose(answer, runtime.predict_proba(two))


def test_a_batch_is_what_waited_while_the_last_one_ran(fake):
    runtime = fake()
    runtime.open.clear()

    async def burst():
        worker = Worker(runtime, batch=16)
        texts = [f"{'bad ' * n} film" for n in range(41)]
        asked = [asyncio.create_task(worker.ask(texts[:1]))]
        await begun(runtime)
        asked += [asyncio.create_task(worker.ask([text])) for text in texts[1:]]
        await asyncio.sleep(0)  # they wait in the queue
        assert worker.waiting == 41
        runtime.open.set()
        await asyncio.gather(*asked)
        await worker.close()

    run(burst())
    assert runtime.batches == [1, 16, 16, 8]


def test_equal_texts_are_answered_once_and_the_cache_is_bounded(fake):
    runtime = fake()

    async def ask():
        worker = Worker(runtime, cached=3)
        for text in ("A good film!", "a <br />good film !", "bad", "a good film!"):
            await worker.ask([text])
        assert (worker.texts, worker.hits) == (4, 2)  # cleaned to the same
        for n in range(1, 9):
            await worker.ask(["fine " * n])
        assert len(worker._cache) == 3
        await worker.ask(["bad"])  # long gone
        assert worker.hits == 2
        await worker.close()

    run(ask())


def test_a_full_queue_refuses_and_says_for_how_long(fake):
    runtime = fake()
    runtime.open.clear()

    async def flood():
        worker = Worker(runtime, waiting=5, batch=1)
        asked = [asyncio.create_task(worker.ask([f"{'good ' * n}"])) for n in range(1, 6)]
        await begun(runtime)
        with pytest.raises(UnavailableError, match="full") as refused:
            await worker.ask(["one more"])
        assert refused.value.retry_after >= 1
        runtime.open.set()
        await asyncio.gather(*asked)
        await worker.ask(["now there is room"])
        await worker.close()

    run(flood())


def test_a_fault_of_the_model_fails_its_own_requests_only(fake):
    runtime = fake()

    async def fail():
        worker = Worker(runtime, cached=0)
        runtime.error = ValueError("broken")
        with pytest.raises(ValueError, match="broken"):
            await worker.ask(["good"])
        runtime.error = None
        assert (await worker.ask(["good"])).shape == (1, 2)
        await worker.close()

    run(fail())


def test_a_killed_worker_fails_what_was_in_work_and_comes_back(fake):
    runtime = fake()
    runtime.open.clear()

    async def kill():
        worker = Worker(runtime)
        asked = asyncio.create_task(worker.ask(["good"]))
        await begun(runtime)
        assert worker.alive
        worker._task.cancel()
        with pytest.raises(UnavailableError, match="stopped"):
            await asked
        assert not worker.alive
        runtime.open.set()
        assert (await worker.ask(["bad"]))[0, 0] > 0.5
        await worker.close()

    run(kill())


def test_closing_answers_what_was_accepted_and_takes_no_more(fake):
    runtime = fake()
    runtime.open.clear()

    async def close():
        worker = Worker(runtime, batch=1)
        asked = [asyncio.create_task(worker.ask([f"{'good ' * n}"])) for n in range(1, 5)]
        await begun(runtime)
        closed = asyncio.create_task(worker.close())
        await asyncio.sleep(0)
        with pytest.raises(UnavailableError, match="stopping"):
            await worker.ask(["good"])
        assert not closed.done()  # it waits for those that wait
        runtime.open.set()
        await closed
        assert all(task.done() and task.exception() is None for task in asked)
        assert runtime.batches == [1] * 4

    run(close())


def test_closing_ends_with_none_asked_none_in_work_or_after_a_kill(fake):
    runtime = fake()

    async def close():
        await Worker(runtime).close()
        idle = Worker(runtime)
        await idle.ask(["good"])
        await idle.close()
        assert not idle.alive
        killed = Worker(runtime)
        await killed.ask(["good"])
        killed._task.cancel()
        await killed.close()
        await killed.close()
        assert not killed.alive

    run(close())


def test_nobody_is_asked_for_who_has_gone(fake):
    runtime = fake()
    runtime.open.clear()

    async def leave():
        worker = Worker(runtime, batch=1)
        first = asyncio.create_task(worker.ask(["good"]))
        await begun(runtime)
        gone = asyncio.create_task(worker.ask(["bad"]))
        await asyncio.sleep(0)  # it waits in the queue
        gone.cancel()
        last = asyncio.create_task(worker.ask(["fine"]))
        await asyncio.sleep(0)
        assert worker.waiting == 3
        runtime.open.set()
        await asyncio.gather(first, last)
        await worker.close()

    run(leave())
    assert runtime.batches == [1, 1]


def test_what_was_seen_is_told(fake):
    seen = []

    async def ask():
        worker = Worker(fake(), seen=lambda *told: seen.append(told))
        await worker.ask(["good", "bad film"])
        await worker.close()

    run(ask())
    ((texts, rows, probabilities),) = seen
    assert texts == ["good", "bad film"]
    assert [len(row) for row in rows] == [1, 2]
    assert probabilities.shape == (2, 2)
