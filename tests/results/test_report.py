"""The report: one page that holds all it shows."""

import json
import re
from dataclasses import asdict
from html.parser import HTMLParser

import pandas as pd
import pytest

from bioalbert.cli import main
from bioalbert.corpus.leaks import Leaks
from bioalbert.files import write_json, write_text
from bioalbert.vocabulary import figures as vocabulary_figures
from tests.results.conftest import entity_scores, leave_items, relation_scores

VOID = {"meta", "br", "hr", "img", "link", "input"}
HOSTILE = "b_1 $\\frac{x$ <img src=https://evil.example/x.png onerror=alert(1)> </script><!-- & \"'"
FIGURES = ("scores", "learning-curves", "steps", "costs")


class Page(HTMLParser):
    """Raises on tags that do not close in their order; collects tags, attributes and text."""

    def __init__(self, text: str):
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text, self.script = "", ""
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
        if self.open and self.open[-1] == "script":
            self.script = self.script or data  # the first: the runs
        else:
            self.text += data


@pytest.fixture
def make_report(make_run, tmp_path):
    """Runs `table` and `report` on two models, one with a hostile name; returns the page's text."""
    for model, score in (("a", 0.5), ("b", 0.7)):
        run = make_run(model, "demo-ner@biobert", entity_scores(score))
        identity = json.loads((run / "run.json").read_text())
        write_json(run / "run.json", identity | {"model": HOSTILE if model == "b" else model})
        write_text(run / "log.txt", f"a line of {HOSTILE}\n")
        leave_items(run, [(1, 0, 0, HOSTILE, HOSTILE, "")], "entity f1")
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
    tensors = {"compared": 25, "different": [], "largest_difference": 0.0}
    write_json(tmp_path / "a.json", {"equal": True, "tensors": tensors, "outputs": {"largest_difference": {"mlm": 0.0, "sop": 2.5e-7}}})
    for name in FIGURES:
        write_text(tmp_path / f"figures/{name}.svg", f"<svg><text>drawn {name}</text></svg>")
        write_text(tmp_path / f"figures/{name}.csv", "number\n1\n")

    def run(name: str = "report.html", more: tuple[str, ...] = ()) -> str:
        arguments = ["--table", f"{tmp_path}/tables/results.parquet", "--runs", f"{tmp_path}/runs", "--corpus", str(stats)]
        arguments += ["--figures", f"{tmp_path}/figures"]
        arguments += ["--duplicates", str(repeated), "--leaks", str(leaks)]
        arguments += ["--conversions", f"{tmp_path}/a.json", "--left-out", "mednli", "--output", str(tmp_path / name), *more]
        assert main(["report", *arguments]) == 0
        return (tmp_path / name).read_text(encoding="utf-8")

    return run


def test_the_page_loads_nothing(make_report):
    text = make_report()
    page = Page(text)
    assert {"img", "link", "iframe", "object", "image", "base"}.isdisjoint(page.tags)
    assert not any(name in ("src", "href", "xlink:href", "data", "srcset", "action") for _, name, _ in page.attributes)
    assert not re.search(r"@import|url\(", text)
    assert not any(name.startswith("on") for _, name, _ in page.attributes)
    assert ("meta", "content", "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'") in page.attributes
    assert text.lower().count("<!doctype") == 1  # no DTD of the figures either


def test_hostile_names_and_texts_are_shown_as_they_are(make_report):
    text = make_report()
    page = Page(text)
    assert page.tags.count("script") == 2 and text.count("</script>") == 2  # the page's own
    assert page.text.count(HOSTILE) >= 1 and ("button", "data-model", HOSTILE) in page.attributes
    data = json.loads(page.script)
    (run,) = (run for run in data["runs"] if run["model"] == HOSTILE)
    assert run["log"] == [f"a line of {HOSTILE}"] and HOSTILE in data["shared"]


def test_the_figures_are_in_it(make_report):
    text = Page(make_report()).text
    assert all(f"drawn {name}" in text for name in FIGURES)


def test_a_section_without_content_is_not_in_it(make_report, tmp_path):
    assert "Vocabularies" not in (whole := Page(make_report()).text) and "Costs" in whole
    write_text(tmp_path / "figures/costs.csv", "number\n")
    arguments = ["--table", f"{tmp_path}/tables/results.parquet", "--runs", f"{tmp_path}/runs", "--figures", f"{tmp_path}/figures"]
    assert main(["report", *arguments, "--output", f"{tmp_path}/bare.html"]) == 0
    bare = Page((tmp_path / "bare.html").read_text(encoding="utf-8")).text
    assert all(part not in bare for part in ("drawn costs", "Costs", "Corpora", "Duplicates", "TensorFlow")) and "Pre-training" in bare


def test_the_means_over_data_sets_are_in_it(make_report, make_run, tmp_path):
    for year, score in (("4b", 0.2), ("5b", 0.3), ("6b", 0.7)):
        make_run("a", f"bioasq-{year}@biobert", {"strict_accuracy": score, "lenient_accuracy": score, "mrr": score}, task="qa")
    assert main(["table", "--runs", f"{tmp_path}/runs", "--output", f"{tmp_path}/tables"]) == 0
    text = Page(make_report()).text
    assert "Means over data sets" in text and "paper: QA: missing: bioasq-4b@biobert" in text
    assert "paper: QAmrr40.00" in text


def test_cells_open_where_runs_are_known(make_report, tmp_path):
    page = Page(make_report())
    opened = {value for tag, name, value in page.attributes if name == "data-protocol" and tag == "button"}
    assert opened == {"demo-ner@biobert", "gad@biobert"}
    assert [value for tag, name, value in page.attributes if tag == "tr" and name == "data-task"] == ["ner", "ner", "re", "average"]


def test_no_path_of_this_machine_is_in_it(make_report, tmp_path):
    assert str(tmp_path) not in make_report()


def test_texts_of_restricted_runs_are_not_in_it(make_report, tmp_path):
    secret = "a patient called Smith"
    for restricted in (False, True):
        for run in (tmp_path / "runs").glob("*/demo-ner@biobert/*"):
            leave_items(run, [(1, 0, 0, secret, secret, secret)], "entity f1")
            write_json(run / "provenance.json", {"restricted": restricted})
        assert (secret in make_report()) is not restricted


def test_figures_that_were_not_drawn(make_report, refused, tmp_path):
    make_report()
    (tmp_path / "figures/costs.svg").unlink()
    arguments = ["--table", tmp_path / "tables/results.parquet", "--runs", tmp_path / "runs", "--figures", tmp_path / "figures"]
    line = refused("report", *arguments, "--output", tmp_path / "other.html")
    assert line == f"bioalbert: {tmp_path}/figures/costs.svg: no such figure; make it with: bioalbert figures"
    assert not (tmp_path / "other.html").exists()


def test_runs_that_the_table_is_not_made_of(make_report, make_run, refused, tmp_path):
    make_report()
    arguments = ["--table", tmp_path / "tables/results.parquet", "--figures", tmp_path / "figures", "--output", tmp_path / "other.html"]
    for model, protocol in (("a", "euadr@biobert"), ("c", "gad@biobert")):
        run = make_run(model, protocol, relation_scores(0.5), below="more")
        line = refused("report", *arguments, "--runs", tmp_path / "runs", run)
        told = f"bioalbert: --runs: a run of {model} on {protocol}, which is not in the table; "
        assert line == told + "make the table of the same runs: bioalbert table"
    assert not (tmp_path / "other.html").exists()


def test_the_other_parts(make_report):
    text = Page(make_report()).text
    for part in (
        "pubmed",
        "321",
        "1,234",
        "1 deleted, 2 no text",
        "largest difference of SOP logits",
        "25",
        "2.5e-07",
        "True",
        "needs access to",
    ):
        assert part in text
    for part in (
        "pubmed+pmc",
        "4,321",
        "20 PubMed citations with their full text in PMC, 5 with the words of another document",
        "1,251",
        "25.00 %",
        "no reader",
        "not audited",
    ):
        assert part in text


def test_vocabularies_are_shown_by_name(make_report, tmp_path):
    folder = tmp_path / "vocabulary-report"
    folder.mkdir()
    rates = {"pieces_per_word": 1.25, "whole_words": 0.875, "unknown_rate": 0.0}
    rows = pd.DataFrame([{"vocabulary": "<b>own", "source": "pmc", **rates}])
    rows.to_parquet(folder / "coverage.parquet")
    (folder / "coverage.svg").write_text(vocabulary_figures.coverage(rows))
    (folder / "terms.svg").write_text("<svg><text>terms</text></svg>")
    page = Page(make_report(more=("--vocabularies", str(folder))))
    assert page.tags.count("svg") == len(FIGURES) + 2
    for text in ("<b>own", "pmc", "1.2500", "0.8750", "words kept whole, %", "terms"):
        assert text in page.text


def test_equal_input_gives_equal_bytes(make_report):
    assert make_report("one.html") == make_report("two.html")
