import socket
import threading
import time

import pytest

pytest.importorskip("fastapi", reason="needs requirements-serve.txt")

import uvicorn
from support import free_port

from lib.serve import protocol


async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


@pytest.fixture
def port(monkeypatch):
    monkeypatch.setattr(protocol, "PATIENCE", 1.0)
    port = free_port()
    options = {"http": protocol.ImpatientProtocol, "lifespan": "off", "limit_concurrency": 10}
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", **options))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield port
    server.should_exit = True
    thread.join()


def ask(port):
    with socket.create_connection(("127.0.0.1", port), timeout=5) as asking:
        asking.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        return asking.recv(100).split(b"\r\n")[0]


def test_those_who_ask_nothing_lock_nobody_out(port):
    assert b"204" in ask(port)
    idle = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(12)]
    for one in idle[:4]:
        one.sendall(b"GET / HT")  # half a head
    for status in (b"503", b"204"):  # all places are taken, and free again
        until = time.monotonic() + 20
        while status not in ask(port):
            assert time.monotonic() < until
            time.sleep(0.02)
    assert idle[0].recv(10) == b""  # closed
    for one in idle:
        one.close()
