"""The page in a browser, as somebody uses it; in Debian's chromium-headless-shell."""

import re
import shutil
import threading
import time

import pytest

pytest.importorskip("fastapi", reason="needs requirements-serve.txt")
playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
if not CHROMIUM:
    pytest.skip("needs Debian's chromium-headless-shell", allow_module_level=True)

import uvicorn
from support import FakeRuntime, free_port

from lib.serve.app import create_app
from lib.serve.service import Service

HOSTILE = "good <img src=x onerror=\"document.title='broken'\"><script>alert(1)</script>"
FIGURES = {"title": "A fake", "accuracy": 0.9, "seeds": [{"until": 1.0, "low": -0.1, "high": 0.05}]}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    runtimes = {n: FakeRuntime(n, tmp_path_factory.mktemp("m")) for n in ("imdb/a", "imdb/b")}
    runtimes["imdb/a"].figures = FIGURES
    port = free_port()
    app = create_app(Service(runtimes, default="imdb/a"))
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}/"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser, address):
    page = browser.new_page()
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("request", lambda r: page.faults.append(r.url) if address not in r.url else None)
    page.goto(address)
    yield page
    assert page.faults == []  # no error, and nothing from another address
    page.close()


def answers(page):
    page.locator(".model").nth(1).wait_for()
    return page.locator(".model").all_inner_texts()


def test_type_press_read_the_answer_and_the_words(page):
    page.get_by_label("Your text").fill("good film, good plot")
    page.get_by_role("button", name="Ask all models").click()
    first, second = answers(page)
    assert "A fake, accuracy 0.900" in first  # the better one comes first
    assert re.search(r"positive 0\.\d{3} · \d+\.\d ms", first)
    assert "imdb/b" in second
    bar = page.get_by_role("img", name=re.compile("probability of positive: 0.881"))
    assert bar.count() == 2
    assert page.locator(".seeds").count() == 1  # of the one that knows other seeds
    page.get_by_role("button", name="Words that moved imdb/a").click()
    page.wait_for_selector("#words span")
    assert page.locator("#words").inner_text().split() == ["good", "film", "good", "plot"]
    assert "log-odds" in page.locator("#words span").first.get_attribute("title")


def test_by_keyboard_alone(page):
    page.keyboard.press("Tab")
    page.keyboard.type("bad film")
    page.keyboard.press("Control+Enter")
    assert "negative" in answers(page)[0]


def test_who_asks_before_the_models_are_known_is_answered_all_the_same(browser, address):
    page = browser.new_page()

    def late(route):
        time.sleep(0.5)
        route.continue_()

    page.route("**/models", late)
    page.goto(address, wait_until="commit")
    page.get_by_label("Your text").fill("good film")
    page.keyboard.press("Control+Enter")
    assert answers(page)
    page.close()


def test_an_example_is_asked_at_once(page):
    page.locator("#examples button").first.click()
    assert answers(page)
    assert page.get_by_label("Your text").input_value().startswith("A wonderful film")


def test_markup_in_a_text_stays_text(page):
    page.get_by_label("Your text").fill(HOSTILE)
    page.get_by_role("button", name="Ask all models").click()
    answers(page)
    page.get_by_role("button", name="Words that moved imdb/a").click()
    page.wait_for_selector("#words span")
    assert page.locator("img[src], #words script").count() == 0
    assert page.title() == "Sequence models side by side"


def test_without_a_text_it_says_what_to_do(page):
    page.get_by_role("button", name="Ask all models").click()
    assert page.get_by_role("status").inner_text() == "Type a text first."


def test_on_a_narrow_screen_nothing_runs_out_of_it(page):
    page.set_viewport_size({"width": 360, "height": 700})
    page.get_by_label("Your text").fill("good " * 60 + "x" * 200)
    page.get_by_role("button", name="Ask all models").click()
    answers(page)
    page.get_by_role("button", name="Words that moved imdb/a").click()
    page.wait_for_selector("#words span")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
