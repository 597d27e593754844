import asyncio
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("fastapi", reason="needs requirements-serve.txt")

from starlette.testclient import TestClient

from lib.serve import limits
from lib.serve.app import create_app
from lib.serve.service import Service

JSON = {"content-type": "application/json"}


@pytest.fixture
def client(fake):
    """Two models, one of which stands in."""
    runtimes = {name: fake(name) for name in ("imdb/big", "imdb/small")}
    service = Service(
        runtimes,
        default="imdb/big",
        fallback="imdb/small",
        unavailable={"imdb/lost": "There is no folder."},
    )
    with TestClient(create_app(service)) as client:
        client.service = service
        yield client


def ask(client, **body):
    return client.post("/predict", json=body)


def test_one_text_and_a_list(client):
    one = ask(client, texts="good film").json()
    assert one["answered_by"] == "imdb/big"
    assert one["fallback"] is None
    (answer,) = one["answers"]
    assert answer["label"] == "positive"
    offline = client.service.runtimes["imdb/big"].predict_proba(["good film"])[0]
    assert list(answer["probabilities"].values()) == pytest.approx(offline, abs=1e-6)
    many = ask(client, texts=["good", "bad", ""], model="imdb/small").json()
    assert [a["label"] for a in many["answers"]] == ["positive", "negative", "negative"]
    assert many["answered_by"] == "imdb/small"


def test_one_that_stands_in_says_so(client):
    told = ask(client, texts="good", model="imdb/lost").json()
    assert (told["answered_by"], told["fallback"]) == ("imdb/small", "it could not be loaded")


def test_explain_gives_the_words(client):
    told = client.post("/explain", json={"text": "good film bad"}).json()
    assert told["model"] == "imdb/big"
    effects = dict(told["words"])
    assert set(effects) == {"good", "film", "bad"}
    told = client.post("/explain", json={"text": "good film", "label": "negative"}).json()
    assert told["label"] == "negative"
    assert dict(told["words"])["good"] < 0
    for body, line in (
        ({"text": "w " * 501}, "501 words, the most is 500"),
        ({"text": "w" * 5_001}, "5,001 characters, the most is 5,000"),
        ({"text": "good", "label": "sad"}, "one of negative, positive"),
        ({"text": "good", "model": "none"}, "no such model"),
    ):
        refused = client.post("/explain", json=body)
        assert refused.status_code in (404, 422)
        assert line in refused.json()["detail"]
    assert client.post("/explain", json={"text": "a", "model": "imdb/lost"}).status_code == 503


def test_models_health_ready_and_documentation(client):
    told = client.get("/models").json()
    assert [model["name"] for model in told["models"]] == ["imdb/big", "imdb/small"]
    assert told["default"] == "imdb/big"
    assert client.get("/health").json() == {"status": "alive"}
    assert client.get("/ready").status_code == 200
    client.service.unavailable["imdb/big"] = "It is gone."
    assert client.get("/ready").status_code == 503
    schema = client.get("/openapi.json").json()
    body = schema["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]
    assert set(body["schema"]["properties"]) == {"texts", "model"}
    assert client.get("/docs").status_code == 200


def test_metrics_and_drift(client):
    ask(client, texts=["good", "bad"])
    text = client.get("/metrics").text
    assert 'texts_answered_total{model="imdb/big"} 2.0' in text
    assert "answer_seconds_bucket" in text
    assert client.get("/drift").json()["imdb/big"]["texts"] == 2


def test_page_loads_nothing_from_elsewhere(client):
    page = client.get("/")
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "http" not in page.text.lower().replace("https://", "http://").split("<script>")[0]
    assert "innerHTML" not in page.text


@pytest.mark.parametrize(
    ("body", "status", "line"),
    [
        (b"", 422, "body: Invalid JSON"),
        (b"{", 422, "body: Invalid JSON"),
        (b"\xff\xfe", 422, "body: Invalid JSON"),
        (b"[]", 422, "body: Input should be an object"),
        (b"{}", 422, "texts: Field required"),
        (b'{"texts": []}', 422, "texts: give at least one"),
        (b'{"texts": null}', 422, "texts: Input should be"),
        (b'{"texts": ["a", 1]}', 422, "texts: Input should be"),
        (b'{"texts": "a", "model": "../../etc/passwd"}', 404, "there is no such model"),
        (b'{"texts": "a", "model": "imdb/big.keras"}', 404, "there is no such model"),
        (b'{"texts": "a", "url": "http://x"}', 422, "'url': Extra inputs"),
        (b'{"texts": "a", "a\\nb": 1}', 422, "'a\\nb': Extra inputs"),
        (b'{"texts": "a", "' + b"x" * 90_000 + b'": 1}', 422, "xxx: Extra inputs"),
        (b'{"texts": "\\ud800"}', 422, "body: Invalid JSON"),
        (b'{"texts": "' + b"a" * 1_000_001 + b'"}', 413, "at most 1,000,000 bytes"),
        (json.dumps({"texts": ["x"] * 300}).encode(), 422, "300 are too many"),
        (json.dumps({"texts": "w " * 20_001}).encode(), 422, "20,001 words are too many"),
        (json.dumps({"texts": "w" * 200_001}).encode(), 422, "200,001 characters"),
    ],
)
def test_faults_of_a_request_are_one_line(client, body, status, line):
    refused = client.post("/predict", content=body, headers=JSON)
    assert refused.status_code == status
    assert line in refused.json()["detail"]
    assert "\n" not in refused.json()["detail"]
    assert len(refused.json()["detail"]) < 300


def test_what_is_not_json_by_its_header_is_refused(client):
    refused = client.post("/predict", content=b'{"texts": "a"}')
    assert refused.status_code == 415
    assert client.get("/predict").status_code == 405
    assert client.get("/../../etc/passwd").status_code == 404


def test_no_answer_now_says_when_to_come_back(client):
    for runtime in client.service.runtimes.values():
        runtime.error = ValueError("broken")
    refused = ask(client, texts="good")
    assert refused.status_code == 503
    assert int(refused.headers["retry-after"]) >= 1
    assert "No answer now: it failed (ValueError)" in refused.json()["detail"]


def call(app, body, *, headers=((b"content-type", b"application/json"),), stall=False):
    """Speak to the application as a server does; return status and detail."""
    sent = []
    parts = [body[: len(body) // 2], body[len(body) // 2 :]]

    async def receive():
        if not parts or (stall and len(parts) == 1):
            await asyncio.sleep(60)
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/predict", "headers": list(headers)}
    scope |= {"query_string": b"", "http_version": "1.1", "scheme": "http", "root_path": ""}
    asyncio.run(asyncio.wait_for(app(scope, receive, send), 20))
    return sent[0]["status"], json.loads(b"".join(m.get("body", b"") for m in sent[1:]))


def test_half_a_body_is_not_waited_for(client, monkeypatch):
    monkeypatch.setattr(limits, "PATIENCE", 0.1)
    status, told = call(client.app, b'{"texts": "good"}', stall=True)
    assert status == 408
    assert "did not arrive" in told["detail"]


def test_a_body_without_a_length_is_counted(client, monkeypatch):
    monkeypatch.setattr(limits, "BODY", 100)
    status, told = call(client.app, b'{"texts": "' + b"a" * 200 + b'"}')
    assert status == 413
    assert "at most 100 bytes" in told["detail"]


SCRAPS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
BODIES = st.one_of(
    st.binary(max_size=60),
    SCRAPS.map(lambda scrap: json.dumps(scrap).encode()),
    st.fixed_dictionaries({"texts": SCRAPS}).map(lambda d: json.dumps(d).encode()),
    st.fixed_dictionaries({"texts": st.just("good"), "model": SCRAPS}).map(
        lambda d: json.dumps(d).encode()
    ),
)


def test_ten_thousand_bad_bodies_are_answered_in_one_line_each(fake):
    app = create_app(Service({"imdb/big": fake("imdb/big")}, default="imdb/big"))
    seen, told = 0, {}

    @settings(max_examples=100, deadline=None, database=None)
    @given(st.lists(BODIES, min_size=100, max_size=100))
    def send(bodies):
        nonlocal seen
        for body in bodies:
            status, answer = call(app, body)
            seen += 1
            told[status] = told.get(status, 0) + 1
            assert status in (200, 404, 422), body
            if status != 200:
                assert "\n" not in answer["detail"]
            else:
                assert np.isfinite(list(answer["answers"][0]["probabilities"].values())).all()

    send()
    assert seen >= 10_000
    assert told[422] > 1_000
