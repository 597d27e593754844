"""The server as a process of its own, with shipped models: under load, and when it is stopped."""

import concurrent.futures
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

pytest.importorskip("fastapi", reason="needs requirements-serve.txt")

from support import free_port

from lib import models, paths
from lib.export import export
from lib.serve import Runtime

CLIENTS, SECONDS = 64, 5
TEXTS = [
    f"{start} {middle} {end}"
    for start in ("A wonderful film,", "A dull film,", "Not bad:", "I slept.", "Great fun:")
    for middle in ("the actors", "the plot", "my sister", "nobody", "the music")
    for end in ("was good.", "was awful.", "made me laugh", "made me leave", "is not worth it.")
]


def post(port, body, path="predict", timeout=20):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/{path}",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=timeout) as reply:
        return json.load(reply)


def metric(port, name, model="imdb/ffnn"):
    """A figure that the server tells of a model; 0 before there is one."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as reply:
        found = re.search(
            rf'^{name}{{model="{model}"}} (\S+)$', reply.read().decode(), re.MULTILINE
        )
    return float(found[1]) if found else 0.0


def memory(process):
    """Megabytes that a process holds."""
    status = paths.Path("/proc") / str(process.pid) / "status"  # Linux
    return int(status.read_text().split("VmRSS:")[1].split()[0]) / 1e3 if status.exists() else 0


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported")
    for name in ("lstm_attention", "ffnn"):
        model = models.load(paths.ROOT / "models" / "imdb" / f"{name}.keras")
        export(model, folder / "imdb" / name, name=f"imdb/{name}")
    return folder


def start(exported, *options):
    port = free_port()
    command = [sys.executable, "-m", "lib.serve", "--models", "imdb/lstm_attention", "imdb/ffnn"]
    command += ["--exported", str(exported), "--port", str(port), *options]
    environment = os.environ | {"PROFILE": "full"}
    log = exported / "log.txt"
    with log.open("w") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, env=environment)
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=1)
            return process, port
        except (urllib.error.URLError, ConnectionError):
            assert process.poll() is None, log.read_text()
            time.sleep(0.05)
    raise AssertionError("the server did not start")


@pytest.fixture
def server(exported):
    process, port = start(exported, "--default", "imdb/lstm_attention")
    yield process, port
    process.kill()
    process.wait()


def test_under_load_no_answer_is_wrong_and_memory_stays(server, exported):
    process, port = server
    offline = Runtime(exported / "imdb" / "lstm_attention").predict_proba(TEXTS)[:, 1]
    late, wrong, answered, by_default = [], [], 0, 0

    def client(number, until):
        found, i = [], number
        while time.perf_counter() < until:
            i = (i * 31 + 7) % len(TEXTS)
            text = TEXTS[i] if i % 3 else f"{TEXTS[i]} {'film ' * (i % 7)}"  # some are new
            begin = time.perf_counter()
            told = post(port, {"texts": text})
            found.append((i, text, told, time.perf_counter() - begin))
        return found

    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        warm = [time.perf_counter() + SECONDS] * CLIENTS
        list(pool.map(client, range(CLIENTS), warm))  # the runtime's memory grows to its size
        before, until = memory(process), [time.perf_counter() + SECONDS] * CLIENTS
        for found in pool.map(client, range(CLIENTS), until):
            for i, text, told, seconds in found:
                answered += 1
                late.append(seconds)
                p = told["answers"][0]["probabilities"]["positive"]
                by_default += told["answered_by"] == "imdb/lstm_attention"
                if told["answered_by"] == "imdb/lstm_attention" and text == TEXTS[i]:
                    wrong += [] if abs(p - offline[i]) < 1e-3 else [(text, p, offline[i])]
    assert wrong == []
    assert answered > 200
    assert by_default > 0.9 * answered
    assert memory(process) < min(before + 100, 600)
    print(
        f"{answered / SECONDS:.0f} requests a second, p99 {sorted(late)[-len(late) // 100]:.3f} s"
    )


def test_a_client_that_stalls_keeps_nobody_waiting(server, exported):
    _, port = server
    stalled = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
    for one in stalled:
        head = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        one.sendall(head + b'Content-Length: 100\r\n\r\n{"texts": "go')
    begin = time.perf_counter()
    assert post(port, {"texts": "I loved it."})["answers"][0]["label"] == "positive"
    assert time.perf_counter() - begin < 2
    for one in stalled:
        one.close()
    assert post(port, {"texts": "I loved it."})["answers"]
    assert "Traceback" not in (exported / "log.txt").read_text()


def test_stopped_in_mid_flight_it_answers_what_it_accepted(server):
    process, port = server
    many = ["A long review. " * 200 + str(i) for i in range(256)]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(post, port, {"texts": many, "model": "imdb/ffnn"}) for _ in range(2)]
        while metric(port, "texts_waiting") + metric(port, "texts_answered_total") < 2 * 256:
            time.sleep(0.005)  # until both are accepted
        process.send_signal(signal.SIGTERM)
        assert [len(one.result()["answers"]) for one in asked] == [256, 256]
    assert process.wait(timeout=15) in (0, -signal.SIGTERM)


def test_faults_of_the_command_are_one_line(exported):
    command = [sys.executable, "-m", "lib.serve", "--exported", str(exported)]
    for options, line in (
        (["--models", "imdb/none"], "There is no folder"),
        (["--models", "imdb/ffnn", "--fallback", "imdb/gru"], "--fallback imdb/gru"),
    ):
        environment = os.environ | {"PROFILE": "full"}
        ran = subprocess.run([*command, *options], capture_output=True, text=True, env=environment)
        assert ran.returncode == 2
        (said,) = ran.stderr.splitlines()
        assert line in said


def test_a_port_that_is_taken_is_said_before_anything_is_loaded():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "lib.serve", "--port", port]
        ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 2
    (said,) = ran.stderr.splitlines()
    assert f"127.0.0.1:{port} can't be had" in said
    assert not ran.stdout
