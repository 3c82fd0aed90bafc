"""The page in a real browser: what a reader does with it. Screenshots are left in the test's folder, to be looked at."""

from pathlib import Path

import pytest

from bioalbert.cli import main
from bioalbert.files import read_json, write_json, write_text
from tests.results.browser import Browser, browser, chromium
from tests.results.conftest import entity_scores, leave_items, relation_scores
from tests.results.test_figures import bundle

pytestmark = pytest.mark.skipif(chromium() is None, reason="no Chromium here (apt-get install chromium)")
HOSTILE = "<img src=x onerror=console.log(1)></script><script>console.log(2)</script>"
LINES = "[...document.querySelectorAll('#scores tbody tr')].filter(line => !line.hidden).map(line => line.cells[1].textContent)"
PANEL = "document.getElementById('panel')"


@pytest.fixture(scope="module")
def chrome():
    with browser() as running:
        yield running


@pytest.fixture
def page(chrome: Browser, make_run, tmp_path) -> Browser:
    """The page of two models, one with a hostile name, opened; nothing may have been asked for or complained of since."""
    for number, model in enumerate(("a", HOSTILE)):
        for protocol, scores, task in (
            ("demo-ner@biobert", entity_scores(0.5 + number / 10), "ner"),
            ("gad@biobert", relation_scores(0.9), "re"),
            ("chemprot@blurb", relation_scores(0.7), "re"),
        ):
            for seed in (1, 2):
                run = make_run(f"model{number}", protocol, scores, seed, task=task)
                write_json(run / "run.json", read_json(run / "run.json") | {"model": model})
                leave_items(run, [(1, 1, 1, "fine", "1", "1"), (1, 0, 0, HOSTILE, "1", "0")])
                marked = {"restricted": protocol == "chemprot@blurb"}
                write_json(run / "provenance.json", read_json(run / "provenance.json") | marked)
                write_text(run / "log.txt", f"seed {seed}\n{HOSTILE}\n")
    tables, figures = tmp_path / "tables", tmp_path / "figures"
    models = [str(bundle(tmp_path / "models/a", (10, 20)))]
    runs = ["--runs", str(tmp_path / "runs")]
    assert main(["table", *runs, "--output", str(tables)]) == 0
    table = ["--table", str(tables / "results.parquet")]
    assert main(["figures", *table, "--models", *models, *runs, "--output", str(figures)]) == 0
    assert main(["report", *table, *runs, "--figures", str(figures), "--output", str(tmp_path / "report.html")]) == 0
    chrome.requests.clear(), chrome.complaints.clear()
    chrome.open(tmp_path / "report.html")
    return chrome


def set_control(page: Browser, name: str, value: str) -> None:
    page.value(f"{{const it = document.getElementById('{name}'); it.value = '{value}'; it.dispatchEvent(new Event('input'))}}")


def test_what_a_reader_does(page: Browser, tmp_path: Path):
    """One page, one visit: pages and browsers are slow to start."""
    page.screenshot(tmp_path / "light.png")
    assert page.value(LINES) == ["demo-ner@biobert", "demo-ner@biobert", "chemprot@blurb", "gad@biobert"]

    # Sorting by a version: from the highest, then from the lowest; told to screen readers.
    heading = "document.querySelectorAll('#scores th')[3]"
    page.value(f"{heading}.querySelector('button').click()")
    assert page.value(LINES) == ["gad@biobert", "chemprot@blurb", "demo-ner@biobert", "demo-ner@biobert"]
    assert page.value(f"{heading}.getAttribute('aria-sort')") == "descending"
    page.value(f"{heading}.querySelector('button').click()")
    assert page.value(LINES)[-1] == "gad@biobert" and page.value(f"{heading}.getAttribute('aria-sort')") == "ascending"
    page.value("document.querySelectorAll('#scores th button')[1].click()")
    assert page.value(LINES)[0] == "chemprot@blurb" and page.value(f"{heading}.getAttribute('aria-sort')") is None

    # Filters, alone and together.
    set_control(page, "task", "re")
    assert sorted(page.value(LINES)) == ["chemprot@blurb", "gad@biobert"]
    set_control(page, "protocol", "blurb")
    assert page.value(LINES) == ["chemprot@blurb"] and page.value("document.getElementById('shown').textContent") == "1 of 4 lines"
    set_control(page, "protocol", ""), set_control(page, "task", ""), set_control(page, "words", "NER token")
    assert page.value(LINES) == ["demo-ner@biobert"]
    set_control(page, "words", "")

    # A cell by the keyboard: its runs, the first one's details; another run; Escape closes, and the focus is back.
    page.value("document.querySelector('#scores tbody button[data-model=a][data-protocol=\"gad@biobert\"]').focus()")
    page.press("Enter")
    assert page.value(f"{PANEL}.open") and page.value("document.getElementById('title').textContent") == "a on gad@biobert"
    page.screenshot(tmp_path / "runs.png")
    shown = page.value(f"{PANEL}.textContent")
    for part in (
        "runs/model0/gad@biobert/seed1-fold0",
        "epochs",
        "gold down, predicted across",
        "Errors in 1 of 2 test items; the worst 1",
        HOSTILE,
        "seed 1\n",
    ):
        assert part in shown
    assert page.value(f"{PANEL}.querySelector('svg').getAttribute('aria-label')") == "mean loss of each epoch: 2, 0.5, 0.25"
    page.value(f"{PANEL}.querySelectorAll('[aria-pressed]')[1].click()")
    assert "seed 2\n" in page.value(f"{PANEL}.querySelector('pre').textContent")
    page.press("Escape")
    assert page.value(f"{PANEL}.open") is False and page.value("document.activeElement.dataset.protocol") == "gad@biobert"

    # A restricted run says why it has no texts. The means sort too, and change nothing above.
    page.value("document.querySelector('#scores tbody button[data-model=a][data-protocol=\"chemprot@blurb\"]').click()")
    shown = page.value(f"{PANEL}.textContent")
    assert (
        "Their texts are not shown: the run is marked restricted, as a derives from" in shown and HOSTILE not in shown.split("Settings")[0]
    )
    page.press("Escape")
    before = page.value(LINES)
    page.value("document.querySelector('#means th:nth-child(2) button').click()")
    assert page.value("document.querySelector('#means th:nth-child(2)').getAttribute('aria-sort')") == "ascending"
    assert page.value(LINES) == before

    # The hostile names and texts became no elements, and nothing was loaded or complained of.
    assert page.value("document.querySelectorAll('img').length") == 0 and page.value("document.scripts.length") == 2
    assert page.requests == [(tmp_path / "report.html").as_uri()] and page.complaints == []


def test_dark_narrow_and_printed(page: Browser, tmp_path: Path):
    background = "getComputedStyle(document.body).backgroundColor"
    assert page.value(background) == "rgb(255, 255, 255)"
    page.open(tmp_path / "report.html", width=400, dark=True)
    assert page.value(background) == "rgb(22, 24, 28)"
    assert page.value("document.documentElement.scrollWidth") <= 400  # the table scrolls, not the page
    page.value("document.querySelector('#scores tbody button').click()")
    page.screenshot(tmp_path / "dark.png")
    page.pdf(tmp_path / "report.pdf")
    assert page.complaints == []
