"""The apps that `tinyml app NAME` opens, in a real browser."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import browser
import pytest
from test_book import draw

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
TINYML = Path(sys.executable).with_name("tinyml")

# Voila's page asks for one style sheet from elsewhere: its own icons, not ours
FOREIGN = "font-awesome"


@pytest.fixture
def digits():
    """`tinyml app digits`, running; its URL."""
    running = subprocess.Popen(
        [TINYML, "app", "digits", "--port", "0", "--no-browser"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield running.stdout.readline().strip()
    running.send_signal(signal.SIGINT)
    assert running.wait(timeout=20) == 0  # the contract of an interrupt


def test_a_digit_drawn_in_the_app_is_run_on_the_board(digits):
    with browser.chromium() as chrome:
        page = chrome.new_context().new_page()
        page.route(lambda address: FOREIGN in address, lambda route: route.abort())
        page.goto(digits)
        page.locator("[data-ready=true]").wait_for(timeout=60_000)
        drawing = json.loads((ROOT / "tests" / "strokes" / "8.json").read_text())
        draw(page, drawing)
        said = page.get_by_test_id("digit-says")
        assert said.inner_text().startswith("The model reads an 8 ")
        page.wait_for_timeout(500)  # the page tells the kernel after 150 ms
        page.get_by_role("button", name="Run my drawing on the board").click()
        answer = page.get_by_text("The board answers 8")
        answer.wait_for(timeout=30_000)
        assert "bytes are the same as this page's" in answer.inner_text()
        assert "digits_cnn" in page.locator("table").last.inner_text()
