"""The report: one page that holds all it shows."""

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import asdict
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from bioalbert.cli import main
from bioalbert.corpus.leaks import Leaks
from bioalbert.files import write_json
from bioalbert.vocabulary import figures as vocabulary_figures
from tests.results.conftest import entity_scores, relation_scores

VOID = {"meta", "br", "hr", "img", "link", "input"}
HOSTILE = "b_1 $\\frac{x$ <img src=https://evil.example/x.png onerror=alert(1)> & \"'"


class Page(HTMLParser):
    """Raises on tags that do not close in their order; collects tags, attributes and text."""

    def __init__(self, text: str):
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list) -> None:
        self.handle_startendtag(tag, attributes)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attributes]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def bundle(folder: Path, trained: bool) -> Path:
    write_json(folder / "config.json", {})
    if trained:
        held_out = {"masked_lm_loss": 7.0, "masked_lm_accuracy": 0.1, "sentence_order_accuracy": 0.6}
        lines = [{"step": 5, "loss": 8.0}, {"step": 10, "held_out": held_out}, {"step": 20, "held_out": held_out | {"masked_lm_loss": 6.0}}]
        (folder / "training.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


@pytest.fixture
def make_report(make_run, tmp_path):
    """Runs `table` and `report` on two models, one with a hostile name; returns the page's text."""
    for model, score in (("a", 0.5), ("b", 0.7)):
        run = make_run(model, "demo-ner@biobert", entity_scores(score))
        identity = json.loads((run / "run.json").read_text())
        write_json(run / "run.json", identity | {"model": HOSTILE if model == "b" else model})
    make_run("a", "gad@biobert", relation_scores(0.4), fold=1)
    make_run("a", "gad@biobert", relation_scores(0.6), fold=2)
    assert main(["table", "--runs", f"{tmp_path}/runs", "--output", f"{tmp_path}/tables"]) == 0
    stats = tmp_path / "pubmed" / "summary.json"
    write_json(stats, {"shards": 321, "documents": 1234, "sentences": 5, "characters": 60, "dropped": {"no text": 2, "deleted": 1}})
    repeated = tmp_path / "audits/pubmed+pmc/duplicates.stats.json"
    write_json(repeated, {"documents": 4321, "left_out": {"full text in": 20, "duplicate of": 5}, "kept_for_an_id_met_twice": 0})
    audited = [
        asdict(Leaks("gad@biobert", "test", items=5330, searchable=5004, found=1251, share=0.25, by_text=1251, documents=77)),
        asdict(Leaks("hoc@blue", "test", not_audited="no reader")),
    ]
    leaks = tmp_path / "audits/pubmed+pmc/leaks/leaks.json"
    write_json(leaks, {"documents": 4296, "left_out": 25, "datasets": audited})
    write_json(tmp_path / "a.json", {"equal": True, "tensors_compared": 25, "outputs": {"nested": 1}})
    models = [bundle(tmp_path / "models" / "a", trained=True), bundle(tmp_path / "models" / "downloaded", trained=False)]

    def run(name: str = "report.html", models: list[Path] = models, more: tuple[str, ...] = ()) -> str:
        arguments = ["--table", f"{tmp_path}/tables/results.parquet", "--models", *map(str, models), "--corpus", str(stats)]
        arguments += ["--duplicates", str(repeated), "--leaks", str(leaks)]
        arguments += ["--conversions", f"{tmp_path}/a.json", "--left-out", "mednli", "--output", str(tmp_path / name), *more]
        assert main(["report", *arguments]) == 0
        return (tmp_path / name).read_text(encoding="utf-8")

    return run


def test_the_page_loads_nothing(make_report):
    text = make_report()
    page = Page(text)
    assert {"script", "img", "link", "iframe", "object", "image"}.isdisjoint(page.tags)
    loads = [value for _, name, value in page.attributes if name in ("src", "href", "xlink:href", "data", "srcset", "action")]
    assert all(value.startswith("#") for value in loads)
    assert loads  # the figures' own marks
    assert not re.search(r"@import|url\(\s*['\"]?(?!#)", text)
    assert not any(name.startswith("on") for _, name, _ in page.attributes)
    assert text.lower().count("<!doctype") == 1  # no DTD of the figures either


def test_hostile_names_are_shown_as_they_are(make_report):
    assert Page(make_report()).text.count(HOSTILE) >= 2  # in the table and in the legend


def test_both_figures_are_in_it(make_report):
    figures = re.findall(r"<svg.*?</svg>", make_report(), flags=re.DOTALL)
    scores, curves = ("".join(ET.fromstring(figure).itertext()) for figure in figures)
    for text in ("demo-ner@biobert, entity f1", "demo-ner@biobert, token f1", "gad@biobert, f1", HOSTILE):
        assert text in scores
    for text in ("Held-out MLM loss", "Held-out MLM accuracy", "Held-out SOP accuracy", "step"):
        assert text in curves
    assert "downloaded" not in curves


def test_the_other_parts(make_report):
    text = Page(make_report()).text
    for part in ("pubmed", "321", "1,234", "1 deleted, 2 no text", "tensors compared", "25", "True", "needs access to"):
        assert part in text
    for part in ("pubmed+pmc", "4,321", "5 duplicate of, 20 full text in", "1,251", "25.00 %", "no reader", "not audited"):
        assert part in text
    assert "nested" not in text


def test_vocabularies_are_shown_by_name(make_report, tmp_path):
    folder = tmp_path / "vocabulary-report"
    folder.mkdir()
    rates = {"pieces_per_word": 1.25, "whole_words": 0.875, "unknown_rate": 0.0}
    rows = pd.DataFrame([{"vocabulary": "<b>own", "source": "pmc", **rates}])
    rows.to_parquet(folder / "coverage.parquet")
    (folder / "coverage.svg").write_text(vocabulary_figures.coverage(rows))
    (folder / "terms.svg").write_text("<svg><text>terms</text></svg>")
    page = Page(make_report(more=("--vocabularies", str(folder))))
    assert page.tags.count("svg") == 4
    for text in ("<b>own", "pmc", "1.2500", "0.8750", "words kept whole, %", "terms"):
        assert text in page.text


def test_without_pretraining_there_is_one_figure(make_report, tmp_path):
    text = make_report(models=[tmp_path / "models" / "downloaded"])
    assert text.count("<svg") == 1
    assert "No version was pre-trained." in text


def test_equal_input_gives_equal_bytes(make_report):
    assert make_report("one.html") == make_report("two.html")


def test_a_folder_that_is_no_bundle(refused, make_report, tmp_path):
    make_report()
    (tmp_path / "models" / "a" / "config.json").unlink()
    output = tmp_path / "other.html"
    line = refused("report", "--table", tmp_path / "tables/results.parquet", "--models", tmp_path / "models/a", "--output", output)
    assert line == f"bioalbert: {tmp_path}/models/a: not a model bundle (no config.json)"
    assert not output.exists()
