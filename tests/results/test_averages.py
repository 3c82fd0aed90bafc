"""The paper's means over data sets, and BLURB's."""

import pytest

from bioalbert.catalogue import entries
from bioalbert.results.averages import BLURB, PAPER, build
from bioalbert.results.rows import collect
from bioalbert.results.table import build as build_table
from tests.results.conftest import entity_scores, relation_scores

PAPER_NER = PAPER["NER"][0].split()


@pytest.fixture
def averages(tmp_path):
    return lambda: build(build_table(collect([tmp_path / "runs"]), []))


def line_of(table, name, figure):
    (line,) = (line for line in table.lines if (line.protocol, line.figure) == (name, figure))
    return line


def test_the_data_sets_are_the_papers_twenty_and_blurbs_twelve_of_thirteen():
    assert len({name for names, _ in PAPER.values() for name in names.split()}) == 20
    members = [protocols.split("/") for family in BLURB.values() for protocols, _ in family]
    assert len(members) == 12
    for dataset, _, protocol in (one.partition("@") for some in members for one in some):
        assert protocol in entries.load(dataset).protocols


def test_a_task_is_the_mean_of_its_data_sets(make_run, averages):
    for place, name in enumerate(PAPER_NER):
        protocol = entries.load(name).default_protocol
        make_run("a", f"{name}@{protocol}", entity_scores(0.5 + place / 100))
        make_run("b", f"{name}@{protocol}", entity_scores(0.6), flags=(("limited", "9 rows"),) if place == 2 else ())
        make_run("a", f"{name}@other", entity_scores(0.9))  # no protocol of the catalogue counts before its default
    line = line_of(averages(), "paper: NER", "entity f1")
    assert [(cell.mean, cell.best, cell.flagged) for cell in line.cells] == [(53.5, False, False), (60.0, True, True)]
    assert line_of(averages(), "paper: NER", "token f1").cells[1].mean == 60
    assert averages().notes[-1].startswith("†: ")


def test_a_part_of_some_folds_marks_the_mean(make_run, averages):
    for name in PAPER["RE"][0].split():
        for model, folds in (("a", 10), ("b", 9)):
            for fold in range(1, folds + 1) if name in ("euadr", "gad") else [0]:
                make_run(model, f"{name}@{entries.load(name).default_protocol}", relation_scores(0.5), fold=fold)
    cells = line_of(averages(), "paper: RE", "f1").cells
    assert [cell.flags for cell in cells] == [(), ("euadr@biobert: 9 of its 10 folds only", "gad@biobert: 9 of its 10 folds only")]


def test_without_one_of_them_there_is_no_mean_and_the_note_names_it(make_run, averages):
    for name in PAPER_NER:
        for model in ("a", "b"):
            if name != "s800" and (name, model) != ("bc2gm", "b"):
                make_run(model, f"{name}@{entries.load(name).default_protocol}", entity_scores(0.5))
    table = averages()
    assert line_of(table, "paper: NER", "entity f1").cells == (None, None)
    (told,) = (note for note in table.notes if note.startswith("paper: NER: over bc5cdr-chem@biobert, "))
    assert told.endswith("; missing: bc2gm@biobert, s800@biobert.")
    assert not any(line.protocol == "paper: RE" for line in table.lines)


SCORES = {"entity f1": entity_scores, "f1": relation_scores, "micro f1": lambda value: {"micro_f1": value}}


def test_blurb_is_the_mean_over_its_families(make_run, averages):
    """Not over its data sets: five of entities weigh as much as one of similarity."""
    for family, members in BLURB.items():
        for protocols, figure in members:
            value = 0.4 if family == "NER" else 0.8
            score = SCORES.get(figure, lambda value, figure=figure: {figure: value})(value)
            make_run("a", protocols.split("/")[-1], score)  # ddi@blurb-xml stands for ddi@blurb
    table = averages()
    assert line_of(table, "BLURB: NER", "entity f1").cells[0].mean == 40
    total = line_of(table, "BLURB without EBM-PICO", "score")
    assert total.cells[0].mean == 72
    assert any("EBM-PICO" in note and "not in the catalogue" in note for note in table.notes)


def test_published_figures_are_averaged_where_a_system_has_all(make_run, averages):
    make_run("a", "jnlpba@blurb", entity_scores(0.5))
    table = averages()
    published = {one.system: one for one in line_of(table, "BLURB: NER", "entity f1").published}
    assert published["BioLinkBERT-large"].value == 86.89  # the leaderboard's own figure for entities
    systems = {"BioLinkBERT-base", "BioLinkBERT-large", "BioM-ALBERT-xxlarge", "BioM-ELECTRA-base"}  # BioM-ALBERT-xxlarge-PMC lacks JNLPBA
    assert set(published) == systems
    total = line_of(table, "BLURB without EBM-PICO", "score")
    assert total.cells == (None,) and {one.system for one in total.published} == {"BioLinkBERT-base", "BioLinkBERT-large"}  # no HoC of BioM


def test_nothing_is_compared_with_a_mean_that_is_not_there(make_run, averages):
    make_run("a", "jnlpba@blurb", entity_scores(0.5))
    published = line_of(averages(), "BLURB: NER", "entity f1").published
    assert published and {one.doubt for one in published} == {"ours lacks a part"}


def test_a_missing_part_is_told_beside_other_doubts(make_run, averages):
    """GAD is missing, ChemProt was trained on a part; and with a model that has all parts, of the other alone."""
    for protocol in ("chemprot@blurb", "ddi@blurb"):
        make_run("a", protocol, relation_scores(0.5), flags=(("limited", "9 rows"),))
    relations = line_of(averages(), "BLURB: relations", "f1").published
    assert relations and {one.doubt for one in relations} == {"ours trained on a part; ours lacks a part"}
    for protocol in ("chemprot@blurb", "ddi@blurb", "gad@blurb"):
        make_run("b", protocol, relation_scores(0.5))
    relations = line_of(averages(), "BLURB: relations", "f1").published
    assert {(one.doubt, one.some) for one in relations} == {("ours trained on a part (a); ours lacks a part (a)", True)}


def test_a_mean_with_a_part_that_is_not_ranked_is_not_the_best(make_run, averages):
    for model, score in (("a", 0.5), ("b", 0.6), ("c", 0.7)):
        for protocol in ("chemprot@blurb", "ddi@blurb", "gad@blurb"):
            odd = (("degenerate", "one answer"),) if (model, protocol) == ("c", "gad@blurb") else ()
            make_run(model, protocol, relation_scores(score), flags=odd)
    assert [cell.best for cell in line_of(averages(), "BLURB: relations", "f1").cells] == [False, True, False]


def test_one_mean_alone_is_not_the_best(make_run, averages):
    for protocol in ("chemprot@blurb", "ddi@blurb", "gad@blurb"):
        make_run("a", protocol, relation_scores(0.5))
        make_run("b" if protocol == "gad@blurb" else "c", protocol, relation_scores(0.4))
    assert [cell and cell.best for cell in line_of(averages(), "BLURB: relations", "f1").cells] == [False, None, None]
