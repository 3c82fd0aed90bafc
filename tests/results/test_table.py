"""Rows to the table: what is averaged, what is marked, and five formats of it."""

import csv
import io
import random
import re
import shutil
import statistics
import subprocess
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pytest

from bioalbert.catalogue import entries
from bioalbert.cli import main
from bioalbert.results import figures
from bioalbert.results.formats import as_csv, as_html, as_latex, as_markdown, published_rows
from bioalbert.results.notes import NO_AUDIT
from bioalbert.results.rows import collect
from bioalbert.results.table import NOT_RANKED, Cell, Table, build
from tests.results.conftest import answer_scores, entity_scores, relation_scores

GAD = "mean F1 of class 1 over the 10 folds, BioBERT (Lee et al. 2020)"  # what the catalogue compares with
NCBI = "entity-level F1 of BioBERT (Lee et al. 2020) and of papers that use its files"
HOSTILE = r"a|b & c_1 100% #$x^2$ {~\n} <script>alert('1')</script>"


@pytest.fixture
def built(tmp_path):
    """The table of all runs that the test made."""

    def run(*left_out: str) -> Table:
        return build(collect([tmp_path / "runs"]), list(left_out))

    return run


def cell(table: Table, model: str, figure: str) -> Cell | None:
    (line,) = (line for line in table.lines if line.figure == figure)
    return line.cells[table.models.index(model)]


def test_mean_and_deviation_over_seeds(make_run, built):
    for seed, score in enumerate((0.70, 0.80, 0.75), start=1):
        make_run("a", "demo-ner@biobert", entity_scores(score), seed)
    found = cell(built(), "a", "entity f1")
    assert found.mean == 75.0
    assert found.spread == pytest.approx(5.0)  # n - 1


def test_folds_are_averaged_before_seeds(make_run, built):
    scores = {1: {1: 0.2, 2: 0.6, 3: 0.4}, 2: {1: 0.5, 2: 0.9, 3: 0.7}}
    for seed, folds in scores.items():
        for fold, score in folds.items():
            make_run("a", "gad@biobert", relation_scores(score), seed, fold)
    found = cell(built(), "a", "f1")
    assert found.mean == 55.0
    assert found.spread == pytest.approx(statistics.stdev([40, 70]))


def test_seeds_weigh_alike_though_a_fold_is_missing(make_run, built):
    for seed, fold, score in ((1, 1, 0.2), (1, 2, 0.4), (2, 1, 0.9)):
        make_run("a", "gad@biobert", relation_scores(score), seed, fold)
    assert cell(built(), "a", "f1").mean == 60.0


def test_ten_folds_and_two_seeds(make_run, built):
    """The mean over the folds is a seed's figure, as published; the deviation is that of the seeds' figures."""
    draws = random.Random(1)
    scores = {(seed, fold): draws.uniform(0.6, 0.9) for seed in (1, 2) for fold in range(1, 11)}
    for (seed, fold), score in scores.items():
        make_run("a", "euadr@biobert", relation_scores(score), seed, fold)
    means = [100 * statistics.fmean(score for (one, _), score in scores.items() if one == seed) for seed in (1, 2)]
    found = cell(built(), "a", "f1")
    assert found.mean == round(statistics.fmean(means), 2)
    assert found.spread == pytest.approx(statistics.stdev(means))
    assert found.spread < 100 * statistics.stdev(scores.values()) / 2  # nothing of the spread between the folds
    assert built().notes[0] == "Mean ± standard deviation over 2 seeds, each the mean over its folds; scores times 100."


def test_some_of_the_folds_compare_with_nothing(make_run, built):
    for model, folds in (("a", range(1, 11)), ("b", (3, 7))):
        for fold in folds:
            make_run(model, "gad@biobert", relation_scores(0.5), fold=fold, comparable="the mean over the folds")
    make_run("a", "ncbi-disease@biobert", entity_scores(0.5), comparable="a paper")
    notes = built().notes
    assert "† gad@biobert (b): 2 of its 10 folds only" in notes
    assert [note for note in notes if note.startswith("Comparable")] == [
        f"Comparable with {GAD}: gad@biobert (a); not with the published figures shown (one fold of ten).",
        f"Comparable with {NCBI}: ncbi-disease@biobert.",
    ]
    (line,) = (line for line in built().lines if line.protocol == "gad@biobert")
    assert [one.flags for one in line.cells] == [(), ("2 of its 10 folds only",)]
    assert [one.doubt for one in line.published] == ["one fold of ten; ours are 2 of 10 folds (b)"]


def test_what_keeps_some_models_from_being_compared_is_told_of_them(make_run, built):
    make_run("a", "jnlpba@biobert", entity_scores(0.5))
    make_run("b", "jnlpba@biobert", entity_scores(0.6), flags=(("limited", "few"),))
    (row,) = ([cell.strip() for cell in line.split("|")] for line in as_markdown(built()).splitlines() if "BioBERT-base v1.1" in line)
    assert row[5] == "yes, but ours trained on a part (b)"
    make_run("a", "jnlpba@biobert", entity_scores(0.5), seed=2, flags=(("limited", "few"), ("warm-up", "none")))
    assert "| no: ours trained on a part; ours without its warm-up (a) |" in as_markdown(built())


def test_a_seed_that_lacks_folds_is_told(make_run, built):
    for seed, folds in ((1, 10), (2, 3)):
        for fold in range(1, folds + 1):
            make_run("a", "gad@biobert", relation_scores(0.5), seed, fold)
    assert "† gad@biobert (a): 3 of its 10 folds only" in built().notes


def test_only_equal_folds_are_ranked(make_run, built):
    for model, folds, score in (("a", 10, 0.5), ("b", 3, 0.7), ("c", 10, 0.6)):
        for fold in range(1, folds + 1):
            make_run(model, "gad@biobert", relation_scores(score), fold=fold)
        table = built()
        bold = [one.best for one in table.lines[0].cells]
        assert bold == {"a": [False], "b": [False, False], "c": [False, False, True]}[model]
        assert (NOT_RANKED in table.notes) == (model != "a")
    away = figures.distances(figures.main_scores(table), table.models)
    assert away.loc["gad@biobert", ["a", "c"]].round(2).tolist() == [-5, 5] and away["b"].isna().all()


@pytest.mark.parametrize("flag", ["degenerate", "mixed-settings"])
def test_what_is_no_score_of_one_training_is_not_ranked(make_run, built, flag):
    for model, score in (("a", 0.5), ("b", 0.6), ("c", 0.7)):
        make_run(model, "chemprot@blurb", relation_scores(score), flags=((flag, "so it is"),) if model == "c" else ())
    assert [(one.best, one.ranked) for one in built().lines[0].cells] == [(False, True), (True, True), (False, False)]
    assert NOT_RANKED in built().notes


def test_with_one_seed_the_deviation_is_that_of_the_folds(make_run, built):
    for fold, score in ((1, 0.2), (2, 0.6)):
        make_run("a", "gad@biobert", relation_scores(score), fold=fold)
    make_run("a", "jnlpba@biobert", entity_scores(0.5))
    assert cell(built(), "a", "f1").spread == pytest.approx(statistics.stdev([20, 60]))
    assert built().notes[0] == "Mean ± standard deviation over the 2 folds of a single seed; scores times 100."
    for seed in (1, 2, 3):
        make_run("b", "jnlpba@biobert", entity_scores(0.5), seed=seed)
    make_run("a", "jnlpba@biobert", entity_scores(0.5), seed=2)
    how = "Mean ± standard deviation over 2 to 3 seeds, or over the 2 folds of a single seed; scores times 100, best in bold."
    assert built().notes[0] == how


def test_a_single_run_has_no_deviation(make_run, built):
    make_run("a", "gad@blurb", relation_scores(0.5))
    table = built()
    assert cell(table, "a", "f1") == Cell(50.0, None, best=False)  # nor is one model alone the best
    assert "| f1     | 50.00 |" in as_markdown(table) and table.notes[0] == "Scores of single runs, times 100."


def test_the_best_is_bold_and_equals_share_it(make_run, built):
    for model, score in (("a", 0.5), ("b", 0.7), ("c", 0.700001)):
        make_run(model, "gad@biobert", relation_scores(score))
    table = built()
    assert [cell(table, model, "f1").best for model in "abc"] == [False, True, True]  # equal as printed
    assert "| 50.00 | **70.00** | **70.00** |" in as_markdown(table)
    assert r"& 50.00 & \textbf{70.00} & \textbf{70.00} \\" in as_latex(table)
    assert as_html(table).count("class='number best'") == 2 and "td.best { font-weight: 700; }" in as_html(table)


def test_a_flag_marks_the_cell_and_is_told_below(make_run, built):
    make_run("a", "gad@biobert", relation_scores(0.5), seed=1)
    make_run("a", "gad@biobert", relation_scores(0.5), seed=2, flags=(("degenerate", "one class only"),))
    make_run("b", "gad@biobert", relation_scores(0.6))
    table = built()
    assert cell(table, "a", "f1").flagged
    assert not cell(table, "b", "f1").flagged
    assert "† gad@biobert (a): degenerate in 1 of 2 runs: one class only" in table.notes
    assert "50.00 ± 0.00 † | **60.00** |" in as_markdown(table)
    assert r"50.00 $\pm$ 0.00$^\dagger$ & \textbf{60.00} \\" in as_latex(table)


def test_a_flag_of_several_data_sets_is_told_once(make_run, built):
    for protocol in ("gad@blurb", "chemprot@blurb"):
        make_run("a", protocol, relation_scores(0.5), flags=(("limited", "trained on 9"),))
    make_run("b", "chemprot@blurb", relation_scores(0.5), flags=(("limited", "trained on 8"),))
    told = [note for note in built().notes if note.startswith("†")]
    assert told == ["† chemprot@blurb (b): limited: trained on 8", "† chemprot@blurb, gad@blurb (a): limited: trained on 9"]
    doubts = {one.doubt for line in built().lines for one in line.published}
    assert doubts == {"ours trained on a part"}


def test_flags_of_many_runs_are_told_once_with_one_of_their_reasons(make_run, built):
    for seed in range(1, 4):
        make_run("a", "gad@biobert", relation_scores(0.5), seed, flags=(("limited", "few"), ("below-baseline", f"0.{seed}; worse")))
    told = [note for note in built().notes if note.startswith("†")]
    assert told == ["† gad@biobert (a): below-baseline: such as 0.1; worse", "† gad@biobert (a): limited: few"]


def test_what_was_cut_of_the_test_part_is_told(make_run, built):
    for model, cut in (("a", 0), ("b", 2), ("c", 5)):
        make_run(model, "gad@blurb", relation_scores(0.5) | {"lost": {"train": {"texts_cut": 99}, "test": {"texts_cut": cut, "marks": 0}}})
    assert "gad@blurb: texts cut in a test part: 0 to 5." in built().notes


def test_pieces_of_masks_that_a_vocabulary_lacks_are_explained(make_run, built):
    make_run("a", "gad@blurb", relation_scores(0.5) | {"lost": {"train": {}, "test": {"marker_pieces_unknown": 800}}})
    (told,) = (note for note in built().notes if note.startswith("gad@blurb: "))
    assert "that the vocabulary lacks" in told and told.endswith(" in a test part: 800.")


def test_figures_that_were_not_checked_are_marked(make_run, built):
    make_run("a", "jnlpba@blurb", entity_scores(0.5))
    table = built()
    marked = {source: comparable for *_, comparable, source in published_rows(table.lines)}
    assert marked == {"linkbert": "yes", "biom": "yes; figure not checked again"}
    assert not any("noted from it" in note or "Seen: " in note for note in table.notes)
    assert any(note.startswith("Source biom: ") and note.endswith("; not checked against the source again.") for note in table.notes)


def test_a_minus_is_no_hyphen(make_run, built):
    make_run("a", "biosses@blue", {"pearson": -0.1, "spearman": 0.5})
    table = built()
    (first, second) = table.lines
    table = replace(table, lines=(replace(first, cells=(replace(first.cells[0], low=-50.0, high=-0.5),)), second))
    assert "| −10.00 (−50.0–−0.5) |" in as_markdown(table) and "−10.00 (−50.0–−0.5)" in as_html(table)
    assert r"& $-$10.00 \\" in as_latex(table) and r"\scriptsize ($-$50.0--$-$0.5) \\" in as_latex(table)
    assert "biosses@blue,pearson,-10.00,,-50.00,-0.50," in as_csv(table)


def test_leaked_test_items_have_a_line_of_their_own(make_run, tmp_path):
    for model, score in (("a", 0.5), ("b", 0.6)):
        make_run(model, "gad@biobert", relation_scores(score))
        make_run(model, "euadr@biobert", relation_scores(score))
    table = build(collect([tmp_path / "runs"], {"a": {"gad@biobert": 0.1234}}), [])
    lines = {(line.protocol, line.figure): line for line in table.lines}
    assert lines["gad@biobert", "test items in corpus, %"].cells == (Cell(12.34, None, best=False), None)
    assert lines["euadr@biobert", "test items in corpus, %"].cells == (None, None)
    assert [line.is_score for line in table.lines] == [True, False, True, False]
    assert "| test items in corpus, % | 12.34 | –         |" in as_markdown(table)
    assert [note for note in table.notes if note.startswith("test items in corpus, %: ")] == [
        "test items in corpus, %: of those that can be looked for, found in the model's own pre-training corpus; –: not known.",
        "test items in corpus, %: – euadr@biobert (a): not in its audit",
        f"test items in corpus, %: – euadr@biobert, gad@biobert (b): {NO_AUDIT}",
    ]
    assert "test items in corpus" not in figures.scores(table)


def test_an_audit_that_knows_none_of_the_sets_says_why(make_run, tmp_path):
    make_run("a", "demo-re@biobert", relation_scores(0.5))
    table = build(collect([tmp_path / "runs"], {"a": {"demo-re@biobert": "no item is long enough to be looked for"}}), [])
    assert [line.cells for line in table.lines if not line.is_score] == [(None,)]
    assert "test items in corpus, %: – demo-re@biobert (a): no item is long enough to be looked for" in table.notes


def test_without_an_audit_there_is_no_such_line(make_run, built):
    make_run("a", "gad@biobert", relation_scores(0.5))
    assert [line.figure for line in built().lines] == ["f1"]
    assert not any("corpus" in note for note in built().notes)


def with_baseline(scores: dict, **figures: float) -> dict:
    return scores | {"baseline": figures}


def test_the_baseline_is_the_last_column(make_run, built):
    for fold, baseline in ((1, 0.6), (2, 0.7)):
        for seed in (1, 2):
            for model, score in (("a", 0.5), ("z", 0.9)):
                scores = with_baseline(relation_scores(score), precision=0.4, recall=1.0, f1=baseline)
                make_run(model, "gad@biobert", scores, seed, fold)
    make_run("a", "jnlpba@biobert", entity_scores(0.5))
    table = built()
    assert table.models == ("a", "z", "naive baseline")
    found = cell(table, "naive baseline", "f1")
    assert found == Cell(65.0, None, best=False)  # never the best, whatever it scores
    assert cell(table, "z", "f1").best
    assert cell(table, "naive baseline", "entity f1") is None
    assert "| 50.00 ± 0.00 † | **90.00 ± 0.00** † | 65.00          |" in as_markdown(table)
    (row,) = (row for row in csv.DictReader(io.StringIO(as_csv(table))) if row["figure"] == "f1")
    assert (row["z mean"], row["naive baseline mean"], row["naive baseline sd"]) == ("90.00", "65.00", "")
    assert any(note.startswith("naive baseline: what needs no learning") for note in table.notes)
    assert "naive baseline" in figures.scores(table)


def test_a_leak_line_has_no_baseline(make_run, tmp_path):
    make_run("a", "gad@biobert", with_baseline(relation_scores(0.5), f1=0.6))
    table = build(collect([tmp_path / "runs"], {"a": {"gad@biobert": 0.1}}), [])
    assert [len(line.cells) for line in table.lines] == [2, 2]
    assert cell(table, "naive baseline", "test items in corpus, %") is None


def test_a_model_below_the_baseline_is_marked_with_the_reason(make_run, built):
    reason = "0.5000 is not above the baseline's 0.6000"
    make_run("a", "gad@biobert", with_baseline(relation_scores(0.5), f1=0.6), flags=(("below-baseline", reason),))
    table = built()
    assert "| 50.00 † | 60.00          |" in as_markdown(table)
    assert f"† gad@biobert (a): below-baseline: {reason}" in table.notes


def test_test_examples_that_are_in_training_too_are_told_once(make_run, built):
    for seed in (1, 2):
        for fold, share in ((1, 0.02), (2, 0.05)):
            make_run("a", "gad@biobert", relation_scores(0.5) | {"seen_in_training": share}, seed, fold)
    make_run("a", "euadr@biobert", relation_scores(0.5) | {"seen_in_training": 0.0})
    told = [note for note in built().notes if "training part" in note]
    assert told == ["gad@biobert: 3.50 % of the test examples stand, as texts, in the training part too."]


def test_the_ceiling_is_no_score(make_run, built):
    make_run("a", "bioasq-6b@biobert", answer_scores(0.25) | {"ceiling": 0.75})
    table = built()
    assert [(line.figure, line.is_score) for line in table.lines][2:] == [("mrr", True), ("ceiling", False)]
    assert table.lines[-1].cells == (Cell(75.0, None, best=False),)
    assert any(note.startswith("ceiling: ") for note in table.notes)


def test_what_was_left_out(make_run, built):
    make_run("a", "gad@biobert", relation_scores(0.5))
    notes = built("mednli@biobert", "large-mimic=mimic", "medsts", "hoc", "base-mimic=mimic").notes
    for start, end in (
        ("mednli@biobert: left out, needs access to MedNLI", "https://physionet.org/content/mednli/"),
        ("large-mimic, base-mimic: left out, needs access to MIMIC-III", "https://physionet.org/content/mimiciii/1.4/"),
        ("medsts: left out, needs access to MedSTS", "asked from the Mayo Clinic before)"),
        ("hoc: left out, not run", ""),
    ):
        assert [note for note in notes if note.startswith(start) and note.endswith(end)], start
    assert not any("left out" in note for note in built().notes)


def test_what_is_comparable(make_run, built):
    for dataset in ("linnaeus", "jnlpba"):
        make_run("a", f"my-{dataset}@biobert", entity_scores(0.5), comparable="BioBERT")
    make_run("a", "euadr@biobert", relation_scores(0.5))
    assert [note for note in built().notes if "Comparable" in note] == ["Comparable with BioBERT: my-jnlpba@biobert, my-linnaeus@biobert."]


def test_what_a_protocol_compares_with_the_catalogue_knows_better_than_an_old_run(make_run, built):
    make_run("a", "hoc@blue", {"example_f1": 0.5, "micro_f1": 0.4}, comparable="example-based F1 in the BLUE benchmark")
    assert not any("Comparable" in note for note in built().notes)
    make_run("a", "ncbi-disease@biobert", entity_scores(0.5), comparable="something else")
    assert [note for note in built().notes if "Comparable" in note] == [f"Comparable with {NCBI}: ncbi-disease@biobert."]


def test_what_a_run_compares_with_is_not_what_stands_beside_it(make_run, built):
    """One fold of ten is published, their mean compares."""
    make_run("a", "gad@biobert", relation_scores(0.5), comparable="the mean")
    (told,) = (note for note in built().notes if "Comparable" in note)
    assert told == f"Comparable with {GAD}: gad@biobert; not with the published figures shown (one fold of ten)."


def test_a_missing_cell(make_run, built):
    make_run("a", "gad@biobert", relation_scores(0.5))
    make_run("b", "jnlpba@biobert", entity_scores(0.5))
    table = built()
    assert cell(table, "b", "f1") is None
    assert [line.protocol for line in table.lines] == ["jnlpba@biobert", "jnlpba@biobert", "gad@biobert"]  # by task
    assert as_markdown(table).splitlines()[4].endswith("| 50.00 | –     |")
    assert as_csv(table).splitlines()[3].startswith("re,gad@biobert,f1,50.00,,,,,,,,,,")
    assert r"50.00 & -- \\" in as_latex(table)
    assert "gad@biobert: no run of b." in table.notes and "jnlpba@biobert: no run of a." in table.notes


def test_every_kind_of_question_answering_has_lines(make_run, built):
    make_run("a", "squad@v1.1", {"exact_match": 0.5, "f1": 0.75, "questions": 4})
    make_run("a", "demo-qa@biobert", answer_scores(0.5))
    shown = [(line.protocol, line.figure) for line in built().lines]
    assert shown == [("demo-qa@biobert", figure) for figure in ("strict accuracy", "lenient accuracy", "mrr")] + [
        ("squad@v1.1", "exact match"),
        ("squad@v1.1", "f1"),
    ]


@pytest.mark.parametrize(
    ("scores", "task", "figures"),
    [
        (entity_scores(0.5), "ner", ["entity f1", "token f1"]),
        (relation_scores(0.5), "re", ["f1"]),
        (answer_scores(0.5), "qa", ["strict accuracy", "lenient accuracy", "mrr"]),
        ({"exact_match": 0.5, "f1": 0.5, "questions": 4}, "qa", ["exact match", "f1"]),
        ({"pearson": 0.5, "spearman": 0.4}, "similarity", ["pearson", "spearman"]),
        ({"accuracy": 0.5, "macro_f1": 0.4}, "inference", ["accuracy", "macro f1"]),
        ({"f1": 0.5, "example_f1": 0.5, "micro_f1": 0.4}, "classification", ["example f1", "micro f1"]),
    ],
)
def test_a_data_set_of_ones_own(make_run, built, scores, task, figures):
    """Its catalogue file is not at hand when the table is made."""
    make_run("a", "my-own@first", scores)
    lines = built().lines
    assert [line.figure for line in lines] == figures
    assert {line.task for line in lines} == {task}


@pytest.fixture
def written(make_run, tmp_path, capsys):
    """The folder that `bioalbert table` fills from two models, one with a hostile name; and what it prints."""
    for seed, score in ((1, 0.5), (2, 0.6)):
        make_run("a", "demo-ner@biobert", entity_scores(score), seed, comparable="itself")
    run = make_run("b", "demo-ner@biobert", entity_scores(0.7), flags=(("limited", "a < b; --set limit=50%"),))
    text = (run / "run.json").read_text()
    (run / "run.json").write_text(text.replace('"model": "b"', '"model": "' + HOSTILE.replace("\\", "\\\\") + '"'))
    assert main(["table", "--runs", str(tmp_path / "runs"), "--output", str(tmp_path / "tables"), "--left-out", "mednli"]) == 0
    return tmp_path / "tables", capsys.readouterr().out


def test_all_formats_of_the_table_and_of_its_task_are_written(written):
    tables = [f"{name}.{ending}" for name in ("results", "ner") for ending in ("csv", "html", "md", "tex")]
    frames = ["results.parquet", "intervals.parquet", "intervals.csv", "results.provenance.json", "ner.provenance.json"]
    assert sorted(path.name for path in written[0].iterdir()) == sorted(tables + frames)
    assert written[1].startswith((written[0] / "results.md").read_text())
    assert written[1].endswith(f"tables: results, ner (.csv .md .tex .html) in {written[0]}\n")


def test_the_parquet_holds_the_rows(written):
    rows = pd.read_parquet(written[0] / "results.parquet")
    kinds = {name: kind.name for name, kind in rows.dtypes.items()}
    assert list(kinds) == [
        "model",
        "dataset",
        "protocol",
        "metric",
        "level",
        "seed",
        "fold",
        "value",
        "comparable",
        "flags",
        "leaked",
        "not_audited",
    ]
    assert {name: kinds[name] for name in ("seed", "fold", "value")} == {"seed": "int64", "fold": "int64", "value": "float64"}
    assert len(rows) == 36
    assert rows["value"].where(rows["metric"] == "f1").max() == 0.7  # fractions
    assert set(rows["model"]) == {"a", HOSTILE}


def test_the_csv(written):
    rows = list(csv.DictReader(io.StringIO((written[0] / "results.csv").read_text())))
    assert [row["figure"] for row in rows] == ["entity f1", "token f1"]
    assert (rows[0]["a mean"], rows[0]["a sd"], rows[0]["a flags"]) == ("55.00", "7.07", "")
    assert rows[0][f"{HOSTILE} flags"] == "limited: a < b; --set limit=50%"
    assert (rows[0][f"{HOSTILE} mean"], rows[0][f"{HOSTILE} sd"]) == ("70.00", "")


def test_the_markdown(make_run, built):
    for seed, score in ((1, 0.5), (2, 0.6)):
        make_run("a", "mine-ner@biobert", entity_scores(score), seed, comparable="itself")
    make_run("b|c", "mine-ner@biobert", entity_scores(0.7), comparable="itself", flags=(("limited", "trained on 9"),))
    assert as_markdown(built()) == (
        "| Task               | Data set @ protocol | Figure    | a            | b\\|c        |\n"
        "| ------------------ | ------------------- | --------- | -----------: | ----------: |\n"
        "| Entity recognition | mine-ner@biobert    | entity f1 | 55.00 ± 7.07 | **70.00** † |\n"
        "| Entity recognition | mine-ner@biobert    | token f1  | 55.00 ± 7.07 | **70.00** † |\n"
        "\n"
        "- Mean ± standard deviation over 2 seeds; scores times 100, best in bold.\n"
        "- † mine-ner@biobert (b|c): limited: trained on 9\n"
        "- Comparable with itself: mine-ner@biobert (a).\n"
    )


def test_latex_takes_no_name_for_a_command(written):
    text = (written[0] / "results.tex").read_text()
    assert "\n$^\\dagger$ demo-ner@biobert" in text
    head = r"a\textbar{}b \& c\_1 100\% \#\$x\textasciicircum{}2\$ \{\textasciitilde{}\textbackslash{}n\} \textless{}script\textgreater{}"
    assert head in text
    assert r"demo-ner@biobert & entity f1 & 55.00 $\pm$ 7.07 & \textbf{70.00}$^\dagger$ \\" in text.splitlines()
    assert all(line.count(" & ") == 3 for line in text.splitlines() if line.startswith("demo-ner@biobert &"))
    assert r"\addlinespace \multicolumn{4}{l}{\textit{Entity recognition}} \\" in text.splitlines()
    assert r"-{}-set limit=50\%" in text  # no dash for two hyphens


def has_latex() -> bool:
    packages = ["kpsewhich", "booktabs.sty", "graphicx.sty"]
    return shutil.which("pdflatex") is not None and subprocess.run(packages, capture_output=True).returncode == 0


@pytest.mark.skipif(not has_latex(), reason="no pdflatex here, or not booktabs (Debian: texlive-latex-recommended)")
def test_latex_compiles(written, make_run, tmp_path):
    """Also where it is wider than a line and longer than a page, and within a float; no line is too wide."""
    entities = ["bc2gm", "s800", "linnaeus", "bc5cdr-chem", "bc5cdr-disease", "ncbi-disease", "jnlpba", "bc4chemd"]
    for name in [*entities, "gad", "chemprot", "ddi", "hoc", "biosses"]:
        entry = entries.load(name)
        scores = entity_scores(0.5) if entry.task == "ner" else relation_scores(0.5) | {"pearson": 0.5, "example_f1": 0.5}
        for model in "large-pubmed", "large-pubmed-pmc", "large-pubmed-pmc-mimic":
            make_run(model, f"{name}@{entry.default_protocol}", scores, below="more")
    more = build(collect([tmp_path / "more"]), [])
    measured = as_latex(more).replace(r"\ifdim\wd0>\linewidth\resizebox", r"\typeout{a part of \the\wd0}\ifdim\wd0>\linewidth\resizebox")
    (tmp_path / "more.tex").write_text(measured)
    head = r"\documentclass{article}\usepackage{booktabs,graphicx}\begin{document}"
    float_ = rf"\begin{{table}}\caption{{Scores}}\input{{{written[0]}/ner.tex}}\end{{table}}"
    (tmp_path / "paper.tex").write_text(rf"{head}{float_}\input{{{written[0]}/results.tex}}\input{{more.tex}}\end{{document}}")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="latin-1")
    assert told.returncode == 0, told.stdout
    first, second, *published = re.findall(r"a part of ([\d.]+)pt", told.stdout)
    assert first == second and len(published) == 2 and len(set(published)) == 1  # scaled alike
    assert "Overfull" not in told.stdout and "Missing character" not in (tmp_path / "paper.log").read_text(encoding="latin-1")


class Page(HTMLParser):
    """Collects the tags, and the text of each."""

    def __init__(self, text: str):
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_html_takes_no_name_for_a_tag(written):
    page = Page((written[0] / "results.html").read_text())
    frame = {"html", "head", "meta", "title", "style", "body"}
    assert set(page.tags) - frame == {"table", "thead", "tbody", "tr", "th", "td", "ul", "li"}
    assert HOSTILE in page.texts
    assert any("limited: a < b" in text for text in page.texts)
    assert (page.tags.count("th"), page.tags.count("td")) == (5, 10)
