"""The catalogue's YAML files load, and mistakes in one are named."""

from dataclasses import replace

import pytest

from bioalbert.catalogue.check import format_of, names_of
from bioalbert.catalogue.entries import file_of, load, names, split_name
from bioalbert.errors import InputError
from bioalbert.finetune.metrics.texts import METRICS
from bioalbert.finetune.readers import reader_of

DATASETS = [
    *("bc2gm", "bc4chemd", "bc5cdr-chem", "bc5cdr-disease", "jnlpba", "linnaeus", "ncbi-disease", "s800", "share-clefe"),
    *("gad", "euadr", "chemprot", "ddi", "i2b2-2010", "bioasq-4b", "bioasq-5b", "bioasq-6b", "bioasq-6b-list", "bioasq-6b-yesno", "squad"),
    *("biosses", "medsts", "mednli", "hoc", "pubmedqa", "bioasq-yesno", "demo-ner", "demo-re", "demo-qa"),
]

WHOLE = """
kind: dataset
title: mine
licence: CC0
task: re
format: labelled-tsv
labels: ["0", "1"]
protocols:
  own: {train: [train.tsv], test: [test.tsv], metric: micro-f1}
"""


@pytest.mark.parametrize("name", names())
def test_every_entry_is_whole(name: str) -> None:
    entry = load(name)
    assert entry.id == name
    assert entry.title and entry.licence
    assert entry.files or entry.apply or entry.kind == "corpus"
    assert len({file.name for file in entry.files}) == len(entry.files)
    assert set(entry.positive) <= set(entry.labels)
    assert set(map(file_of, entry.counts)) <= set(names_of(entry))


@pytest.mark.parametrize("name", names("dataset"))
def test_every_protocol_reads_files_that_the_entry_has(name: str) -> None:
    entry = load(name)
    for protocol in entry.protocols.values():
        assert {one.replace("{fold}", "1") for one in protocol.files} <= set(names_of(entry))
        assert protocol.metric
        assert protocol.metric in METRICS.get(entry.task, (protocol.metric,))
        assert entry.positive or entry.task != "re"
        if protocol.metric.startswith("bioasq"):
            assert all(format_of(entry, one) == "bioasq-json" for one in protocol.golden) and protocol.golden


def test_the_data_sets_are_those_of_the_paper_and_the_generated_ones() -> None:
    assert sorted(DATASETS) == names("dataset")


FIGURES = {"entity-f1": "entity f1", "micro-f1": "f1", "accuracy": "accuracy", "pearson": "pearson", "example-f1": "example f1"}


@pytest.mark.parametrize("name", names("dataset"))
def test_published_figures_are_the_protocols_own_measure(name: str) -> None:
    entry = load(name)
    for key, protocol in entry.protocols.items():
        measure = "micro f1" if (name, key) == ("hoc", "blurb") else FIGURES.get(protocol.metric)
        for one in protocol.published:
            assert (one.figure, 50 < one.value < 100) == (measure, True)
        assert len({(one.system, one.source) for one in protocol.published}) == len(protocol.published)


def test_a_source_tells_of_all_its_models_on_every_data_set() -> None:
    """What is not there was not printed: JNLPBA of one model, BioASQ of the other."""
    absent = {("jnlpba", "BioM-ALBERT-xxlarge-PMC"), ("bioasq-yesno", "BioM-ELECTRA-base")}
    for source, count in (("biom", 3), ("blue", 4)):
        for name in names("dataset"):
            for protocol in load(name).protocols.values():
                told = {one.system for one in protocol.published if one.source == source}
                assert not told or len(told) + sum(dataset == name for dataset, _ in absent if source == "biom") == count, name


def test_a_published_figure_makes_no_run_stale() -> None:
    """The workflow knows a protocol by its repr."""
    protocol = load("ncbi-disease").protocols["blurb"]
    assert "BioLinkBERT-base" in {one.system for one in protocol.published}
    assert repr(protocol) == repr(replace(protocol, published=()))


def test_folds_belong_to_the_protocols_whose_files_have_them() -> None:
    assert load("gad").folds_of("biobert") == 10
    assert load("gad").folds_of("blurb") == 0


def test_positive_and_label_names_are_texts() -> None:
    assert load("gad").positive == ("1",)
    assert load("chemprot").labels[0] == "false"
    assert load("pubmedqa").labels == ("yes", "no", "maybe")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("licence: CC0", "license: CC0"), "license: unknown key; did you mean licence"),
        (("metric: micro-f1", "metrics: micro-f1"), "protocols.own.metrics: unknown key; did you mean metric"),
        (("task: re", "task: rel"), "task 'rel' is unknown; did you mean re"),
        (("title: mine", "title: 5"), "title: expected text, got 5"),
        (("metric: micro-f1", "metric: micro-f1, published: [{system: x, value: 5}]"), r"published\[0\]: the key 'figure' is missing"),
        (("metric: micro-f1", "metric: micro-f1, published: [{system: x, value: 5, figure: f1, source: linkbrt}]"), "mean linkbert"),
        (("licence: CC0", "licence: CC0\naccess: credentialed"), "must say where to apply"),
        (("task: re", "task: re\nformat_options: {header: true}"), "format_options.header: no mapping of options; options stand under"),
        (("metric: micro-f1", "metric: micro-f1, format_options: {a: b}"), "protocols.own.format_options.a: no mapping of options"),
    ],
)
def test_a_mistake_is_named(tmp_path, change: tuple[str, str], told: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(WHOLE.replace(*change))
    with pytest.raises(InputError, match=told) as error:
        load(str(file))
    assert str(file) in str(error.value)


def test_unknown_names_are_answered_with_the_nearest(tmp_path) -> None:
    with pytest.raises(InputError, match="did you mean ncbi-disease"):
        load("ncbi-diseases")
    with pytest.raises(InputError, match="did you mean biobert"):
        split_name("gad@bio-bert")
    file = tmp_path / "mine.yaml"
    file.write_text(WHOLE)
    assert split_name(f"{file}@own")[0].id == "mine"


@pytest.mark.parametrize("name", names("dataset"))
def test_every_file_of_a_protocol_has_a_reader_that_takes_its_options(name: str) -> None:
    entry = load(name)
    for protocol in entry.protocols.values():
        for one in (*protocol.train, *protocol.test, *([protocol.dev] if protocol.dev else [])):
            reader_of(entry, one)


def test_a_protocols_files_are_named_once() -> None:
    assert load("pubmedqa").protocols["official"].files == ("ori_pqal.json",)
    assert load("gad").protocols["biobert"].files == ("{fold}/train.tsv", "{fold}/test.tsv")
    assert len(load("bioasq-6b").protocols["biobert"].files) == 11


def test_a_part_of_a_file_is_named_behind_its_name() -> None:
    assert file_of("ori_pqal.json#dev") == file_of("ori_pqal.json") == "ori_pqal.json"
    assert names_of(load("i2b2-2010"))[0] == "concept_assertion_relation_training_data.tar.gz"
