"""Standoff annotations become tags: BRAT's files, PhysioNet's archives of ShARe/CLEF eHealth, PubTator's citations."""

import random
import shutil
import tarfile
import zipfile
from collections import Counter
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

import pytest

from bioalbert.catalogue.entries import Entry, Protocol, load, split_name
from bioalbert.errors import InputError
from bioalbert.finetune.examples import Noticed, Sentence
from bioalbert.finetune.metrics.ner import entities, read_tags
from bioalbert.finetune.readers import count, inputs, labels_of, read, read_file
from bioalbert.finetune.readers.spans import Annotation, SpanOptions, tagged
from bioalbert.finetune.words import sentences

MINE = Entry(id="mine", kind="dataset", title="mine", licence="-", task="ner")
ECHO = "The left atrium is moderately dilated. There is mild mitral regurgitation.\n"


def tags(text: str, *annotations: tuple, **options: object) -> tuple[list[str], dict[str, int]]:
    """The tags of all words with the words, and what was noticed. An annotation: its type, and the texts of its parts."""
    found = []
    for number, (kind, *mentions) in enumerate(annotations):
        starts = [text.index(mention) for mention in mentions]
        fragments = tuple((start, start + len(mention)) for start, mention in zip(starts, mentions))
        found.append(Annotation(kind, fragments, f"T{number}"))
    noticed: Counter[str] = Counter()
    words = []
    for one in tagged([text], found, MINE, SpanOptions(**options), Path("notes")):
        if isinstance(one, Noticed):
            noticed[one.what] += one.number
        else:
            words += [f"{word}/{tag}" for word, tag in zip(one.words, one.tags) if tag != "O"]
    return words, dict(noticed)


def test_a_mention_in_parts() -> None:
    parts = ("Disease_Disorder", "left atrium", "dilated")
    assert tags(ECHO, parts, collapse=True, discontinuous="fragments") == (
        ["left/B", "atrium/I", "dilated/I"],  # as BLUE's Test.tsv has this very sentence
        {"annotations_discontinuous": 1},
    )
    whole = ["left/B", "atrium/I", "is/I", "moderately/I", "dilated/I"]
    assert tags(ECHO, parts, collapse=True) == (whole, {"annotations_discontinuous": 1})
    assert tags(ECHO, ("D", "left", "atrium")) == (["left/B-D", "atrium/I-D"], {})  # its parts touch: it is whole


def test_a_later_part_beside_another_mention_starts_anew() -> None:
    found, noticed = tags("no left atrium clot dilated", ("D", "left", "clot dilated"), ("D", "atrium"), discontinuous="fragments")
    assert found == ["left/B-D", "atrium/B-D", "clot/B-D", "dilated/I-D"]
    assert noticed == {"annotations_discontinuous": 1}


def test_of_overlapping_mentions_the_longer_one_stays_and_then_the_earlier() -> None:
    found, noticed = tags(ECHO, ("Site", "mitral"), ("Disease", "mitral regurgitation"), ("Disease", "mild mitral"))
    assert found == ["mild/B-Disease", "mitral/I-Disease"]
    assert noticed == {"annotations_overlapping_left_out": 2}


def test_what_says_the_same_is_one() -> None:
    assert tags(ECHO, ("D", "dilated"), ("D", "dilated")) == (["dilated/B-D"], {"annotations_repeated": 1})


def test_an_annotation_that_ends_within_a_word_takes_the_whole_word() -> None:
    assert tags("Serum IL-2R rose", ("Gene", "IL-2")) == (["IL/B-Gene", "-/I-Gene", "2R/I-Gene"], {"annotations_not_on_words": 1})
    assert tags("Serum IL-2 rose", ("Gene", " IL-2 ")) == (["IL/B-Gene", "-/I-Gene", "2/I-Gene"], {})  # blanks are no word


def test_a_mention_over_the_end_of_a_sentence_is_one_in_each() -> None:
    found, noticed = tags("He had fever.\n\nChills too.", ("D", "fever.\n\nChills"))
    assert found == ["fever/B-D", "./I-D", "Chills/B-D"] and noticed == {"annotations_across_sentences": 1}


def test_types_are_chosen_and_named_without_spaces() -> None:
    found, noticed = tags(ECHO, ("Body Part", "left atrium"), ("Disease", "dilated"), types=("Body Part",))
    assert found == ["left/B-Body_Part", "atrium/I-Body_Part"] and noticed == {"annotations_of_other_types": 1}


@pytest.mark.parametrize(
    ("start", "end", "told"), [(0, 99, "not in the text of 75"), (5, 5, "characters 5 to 5"), (3, 4, "without a word")]
)
def test_offsets_without_text_are_refused(start: int, end: int, told: str) -> None:
    with pytest.raises(InputError, match=f"notes: T1: .*{told}.*; offsets count characters"):
        list(tagged([ECHO], [Annotation("D", ((start, end),), "T1")], MINE, SpanOptions(), Path("notes")))


def test_separate_mentions_of_whole_words_come_back_as_entities() -> None:
    draws = random.Random(11)
    for _ in range(200):
        text = "".join(
            draws.choice(["IL-2", "β", "e\u0301", "fever", "10,000", "(x)", "no"]) + draws.choice([" ", "\n", ". ", ".\n\n"])
            for _ in range(30)
        )
        found = sentences(text)
        wanted, annotations = [], []
        for number, sentence in enumerate(found):
            place = 0
            while place < len(sentence.words):
                length = draws.randint(1, 3)
                if draws.random() < 0.5 and place + length <= len(sentence.words):
                    kind = draws.choice("AB")
                    wanted.append((number, place, place + length, f"{kind}"))
                    annotations.append(Annotation(kind, ((sentence.spans[place][0], sentence.spans[place + length - 1][1]),), "x"))
                place += length
        draws.shuffle(annotations)
        tagged_ones = list(tagged([text], annotations, MINE, SpanOptions(), Path("x")))
        assert all(isinstance(one, Sentence) for one in tagged_ones)  # nothing noticed
        assert [(number, *one) for number, held in enumerate(tagged_ones) for one in sorted(entities(held.tags))] == wanted


# --- ShARe/CLEF eHealth 2013 as PhysioNet ships it ---

NOTES = {
    "00176-102920-ECHO_REPORT": (ECHO, "||C0344720||4||15||30||37", "||C0026266||53||73"),
    "00098-016139-DISCHARGE_SUMMARY": ("Admission Date:  [**2012-01-01**]\n\nChief Complaint:\nChest pain\n", "||C0008031||52||62"),
    "08100-027513-DISCHARGE_SUMMARY": ("Nothing was found.\n",),
}


def share_clefe(folder: Path, notes: dict = NOTES) -> Path:
    """Generated notes in the layout of the archives; test and train are the same."""
    folder.mkdir(exist_ok=True)
    texts = {f"ALLREPORTS/{name}.txt": text for name, (text, *_) in notes.items()}
    lines = {name: "".join(f"{name}.txt||Disease_Disorder{line}\n" for line in more) for name, (_, *more) in notes.items()}
    for name in ("Task1TrainSetCorpus199.zip", "Task1TestSetCorpus100.zip"):
        with zipfile.ZipFile(folder / name, "w") as archive:
            for member, text in ({"ALLREPORTS/": "", "__MACOSX/ALLREPORTS/._a.txt": "junk"} | texts).items():
                archive.writestr(member, text)
    with zipfile.ZipFile(folder / "Task1TrainSetGOLD199pipe.zip", "w") as archive:
        for name, text in lines.items():
            archive.writestr(f"GOLD/{name}.txt", text)
        archive.writestr("GOLD/list.txt", "\n".join(lines))
    with tarfile.open(folder / "Task1Gold_SN2012.tar.bz2", "w:bz2") as archive:
        for name, text in lines.items():
            (folder / "scratch").write_text(text)
            archive.add(folder / "scratch", f"Gold_SN2012/{name}.txt")
    (folder / "scratch").unlink()
    return folder


def test_share_clefe_is_read_from_physionets_archives(tmp_path) -> None:
    folder, (entry, protocol) = share_clefe(tmp_path / "share-clefe"), split_name("share-clefe")
    noticed: Counter[str] = Counter()
    train = read(entry, protocol, "train", folder, noticed=noticed)
    assert protocol == "physionet" and noticed == {"annotations_discontinuous": 1}
    assert train == read(entry, protocol, "test", folder) and read(entry, protocol, "dev", folder) == []
    words = [f"{word}/{tag}" for one in train for word, tag in zip(one.words, one.tags)]
    assert [word for word in words if not word.endswith("/O")] == [
        *("Chest/B", "pain/I"),  # the notes in the order of their names, whatever the archive's
        *("left/B", "atrium/I", "dilated/I", "mitral/B", "regurgitation/I"),
    ]
    assert words[-1] == "./O" and words[-4] == "Nothing/O"
    read_from = [file.name for file in inputs(entry, protocol, folder)]
    gold = ["Task1TrainSetGOLD199pipe.zip", "Task1Gold_SN2012.tar.bz2"]
    assert read_from == ["Task1TrainSetCorpus199.zip", "Task1TestSetCorpus100.zip", *gold]


def test_the_archives_may_be_unpacked(tmp_path) -> None:
    folder, (entry, protocol) = share_clefe(tmp_path / "share-clefe"), split_name("share-clefe")
    packed = [read(entry, protocol, split, folder) for split in ("train", "test")]
    for archive in list(folder.iterdir()):
        shutil.unpack_archive(archive, folder / archive.name.partition(".")[0], **({} if archive.suffix == ".zip" else {"filter": "data"}))
        archive.unlink()
    assert [read(entry, protocol, split, folder) for split in ("train", "test")] == packed


def test_a_note_without_annotations_is_left_out_and_counted_and_annotations_without_a_note_are_refused(tmp_path) -> None:
    folder, (entry, protocol) = share_clefe(tmp_path / "share-clefe"), split_name("share-clefe")
    with zipfile.ZipFile(folder / "Task1TrainSetCorpus199.zip", "a") as archive:
        archive.writestr("ALLREPORTS/more.txt", "More.")
    noticed: Counter[str] = Counter()
    assert "More" not in str(read(entry, protocol, "train", folder, noticed=noticed))
    assert noticed["texts_without_annotations_left_out"] == 1
    with zipfile.ZipFile(folder / "Task1TrainSetGOLD199pipe.zip", "a") as archive:
        archive.writestr("GOLD/other.txt", "other.txt||Disease_Disorder||C1||0||1\n")
    with pytest.raises(InputError, match=r"GOLD199pipe\.zip: other: annotations of a text that is not in Task1TrainSetCorpus199\.zip"):
        read(entry, protocol, "train", folder)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("||C1||4||400", "line 1: characters 4 to 400 are not in the text of 75"),
        ("||C1||4", "line 1: no annotation; a line is FILE"),
        ("||C1||4||x", "line 1: no annotation; a line is FILE"),
        ("||C1||4||15||30", "line 1: no annotation; a line is FILE"),
    ],
)
def test_bad_pipe_delimited_lines_are_refused(tmp_path, line: str, told: str) -> None:
    folder, (entry, protocol) = share_clefe(tmp_path / "share-clefe", {"note": (ECHO, line)}), split_name("share-clefe")
    with pytest.raises(InputError) as error:
        read(entry, protocol, "train", folder)
    assert f"Task1TrainSetGOLD199pipe.zip: note, {told}" in str(error.value)


def test_what_is_no_archive_is_refused(tmp_path) -> None:
    folder, (entry, protocol) = share_clefe(tmp_path / "share-clefe"), split_name("share-clefe")
    whole = (folder / "Task1TrainSetCorpus199.zip").read_bytes()
    for content in (b"<html>login</html>", whole[: len(whole) // 2], b""):
        (folder / "Task1TrainSetCorpus199.zip").write_bytes(content)
        with pytest.raises(InputError, match=r"Corpus199\.zip: no readable folder, zip or tar"):
            read(entry, protocol, "train", folder)
    (folder / "Task1TrainSetCorpus199.zip").unlink()
    with pytest.raises(InputError, match=r"Corpus199\.zip: no such file; it is not public: apply at https://physionet"):
        read(entry, protocol, "train", folder)


def test_blues_conversion_is_read_beside_it_with_its_own_counts(tmp_path) -> None:
    (tmp_path / "train.tsv").write_text("The\tnote\t426\tO\nleft\t-\t430\tB\natrium\t-\t435\tI\nis\t-\t442\tO\ndilated\t-\t456\tI\n\n")
    held = count(load("share-clefe"), "train.tsv", tmp_path)
    assert held == {"sentences": 1, "tokens": 5, "entities": 2, "stray_inside": 1}


# --- BRAT ---


def brat(folder: Path, annotations: str, text: str = ECHO, noticed: Counter | None = None, **values: object) -> list:
    (folder / "train").mkdir(exist_ok=True)
    (folder / "train" / "1.txt").write_text(text, newline="")
    (folder / "train" / "1.ann").write_text(annotations, newline="")
    protocol = Protocol(train=("train",), test=("train",), metric="entity-f1")
    return read_file(replace(MINE, format="standoff", protocols={"p": protocol}, **values), "train", folder, noticed=noticed)


def test_brat_files(tmp_path) -> None:
    annotations = (
        "T1\tDisease 4 15;30 37\tleft atrium dilated\nT2\tSeverity 48 52\tmild\nR1\tOf Arg1:T2 Arg2:T1\n#1\tAnnotatorNotes T1\tsure?\n\n"
    )
    first, second = brat(tmp_path, annotations, noticed=(noticed := Counter()))
    assert noticed == {"annotations_discontinuous": 1, "relations_passed_over": 1, "other_lines_passed_over": 1}
    assert first.tags == ("O", *("B-Disease", "I-Disease", "I-Disease", "I-Disease", "I-Disease"), "O")
    assert second.tags == ("O", "O", "B-Severity", "O", "O", "O")
    assert labels_of(MINE, [second, first]) == ("O", "B-Disease", "I-Disease", "B-Severity", "I-Severity")


def test_brat_counts_the_characters_of_the_file_line_ends_too(tmp_path) -> None:
    (sentence,) = brat(tmp_path, "T1\tD 7 13;15 20\tmitral valve\r\n", "There\r\nmitral\r\nvalve")
    assert sentence.tags == ("O", "B-D", "I-D")


@pytest.mark.parametrize(
    ("annotations", "told"),
    [
        ("T1\tD 4 15\tleft atrial\n", "1, line 1: the annotation says 'left atrial' where the text has 'left atrium'"),
        ("T1\tD 4 15\n", "1, line 1: no annotation; a line is T1<TAB>TYPE START END"),
        ("T1\tD 0 3\tThe\nT2 D 4 15 left atrium\n", "1, line 2: no annotation"),
    ],
)
def test_bad_brat_lines_are_refused(tmp_path, annotations: str, told: str) -> None:
    with pytest.raises(InputError) as error:
        brat(tmp_path, annotations)
    assert f"{tmp_path}/train: {told}" in str(error.value)


def test_a_type_outside_the_labels_is_refused(tmp_path) -> None:
    annotations = "T1\tDisease 4 37\tleft atrium is moderately dilated\nT2\tSeverity 48 52\tmild\n"
    assert len(brat(tmp_path, annotations, labels=("O", "B-Disease", "I-Disease", "B-Severity", "I-Severity"))) == 2
    with pytest.raises(InputError, match=r"1, line 2: the label 'B-Severity' is not in the catalogue's mine"):
        brat(tmp_path, annotations, labels=("O", "B-Disease", "I-Disease"))
    with pytest.raises(InputError, match=r"1, line 1: the label 'B-Disease' is not in the catalogue's mine"):
        brat(tmp_path, annotations, labels=("O", "B", "I"))
    assert len(brat(tmp_path, annotations, labels=("O", "B", "I"), format_options={"*": {"collapse": True}})) == 2


# --- PubTator ---

CITATION = """\
10091616|t|Ataxia in β-thalassaemia
10091616|a|A gene (ATM) of ataxia telangiectasia.
10091616\t0\t6\tAtaxia\tDisease\tD001259
10091616\t10\t24\tβ-thalassaemia\tDisease\tD017086
10091616\t41\t62\tataxia telangiectasia\tDisease\tD001260
10091616\t41\t47\tataxia\tDisease\tD001259
10091616\t33\t36\tATM\tGene\t472
10091616\tCID\tD001259\tD017086
"""


def pubtator(folder: Path, content: str, **options: object) -> tuple[list, Counter]:
    (folder / "train.pubtator").write_text(content, encoding="utf-8")
    protocol = Protocol(train=("train.pubtator",), test=("train.pubtator",), metric="entity-f1")
    entry = replace(MINE, format="pubtator", format_options={"*": options}, protocols={"p": protocol})
    return read(entry, "p", "train", folder, noticed=(noticed := Counter())), noticed


def test_citations(tmp_path) -> None:
    found, noticed = pubtator(tmp_path, f"{CITATION}\n\n{CITATION.replace('10091616', '2')}", types=["Disease"], collapse=True)
    title, abstract = Sentence(("Ataxia", "in", "β", "-", "thalassaemia"), ("B", "O", "B", "I", "I")), found[1]
    assert found == [title, abstract] * 2
    assert abstract.words == ("A", "gene", "(", "ATM", ")", "of", "ataxia", "telangiectasia", ".")
    assert abstract.tags == ("O",) * 6 + ("B", "I", "O")
    assert noticed == {"annotations_overlapping_left_out": 2, "annotations_of_other_types": 2, "relations_passed_over": 2}


def test_citations_without_an_abstract_or_an_annotation(tmp_path) -> None:
    found, noticed = pubtator(tmp_path, "\ufeff1|t|A | title\r\n1|a|\r\n\r\n2|t|Ataxia\r\n2\t0\t6\tAtaxia\tDisease\r\n")
    assert found == [Sentence(("A", "|", "title"), ("O", "O", "O")), Sentence(("Ataxia",), ("B-Disease",))] and not noticed


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("\t0\t6\tAtaxia", "\t1\t6\tAtaxia"), "line 3: the annotation says 'Ataxia' where the text has 'taxia'"),
        (
            ("\t10\t24", "\t11\t25"),
            "line 4: the annotation says 'β-thalassaemia' where the text has '-thalassaemia\\n'",
        ),  # offsets in bytes
        (("\t33\t36", "\t33\t999"), "line 7: the annotation says 'ATM' where the text has"),
        (("10091616|a|", "10091617|a|"), "line 2: a line of another citation than 10091616; part citations by a blank line"),
        (("10091616|t|", "10091616|x|"), "line 1: a line of another citation"),
        (("\tATM\tGene\t472", "\tATM"), "line 7: no line of a PubTator file; a citation is PMID|t|title"),
        (("10091616|t|Ataxia in β-thalassaemia\n", ""), "line 2: the annotation says"),
        (("10091616\t33", "8\t33"), "line 7: a line of another citation than 10091616"),
    ],
)
def test_bad_citations_are_refused(tmp_path, change: tuple[str, str], told: str) -> None:
    with pytest.raises(InputError) as error:
        pubtator(tmp_path, CITATION.replace(*change))
    assert f"train.pubtator: {told}" in str(error.value)
    with pytest.raises(InputError, match="line 1: a citation without a title"):
        pubtator(tmp_path, "1|a|An abstract alone.\n")
    with pytest.raises(InputError, match=r"line 9: 10091616 has a \|t\| line already; part citations by a blank line"):
        pubtator(tmp_path, CITATION * 2)


@pytest.mark.parametrize("name", ["ncbi-disease", "bc5cdr-chem", "s800"])
def test_a_real_set_written_as_citations_comes_back_with_all_words_and_entities(mirror, tmp_path, name: str) -> None:
    remote = next(file for file in load(name).files if file.name == "test.tsv")
    with open(tmp_path / "train.pubtator", "w", encoding="utf-8") as stream:
        for number, one in enumerate(read_tags(mirror / remote.url.removeprefix("https://"))):
            starts = list(accumulate((len(word) + 1 for word in one.words), initial=0))
            text = " ".join(one.words)
            stream.write(f"{number}|t|{text}\n")
            for first, last, _ in entities(one.tags):
                start, end = starts[first], starts[last] - 1
                stream.write(f"{number}\t{start}\t{end}\t{text[start:end]}\tDisease\tD1\n")
            stream.write("\n")
    protocol = Protocol(train=("train.pubtator",), test=(), metric="entity-f1")
    entry = Entry(id="mine", kind="dataset", title="mine", licence="-", task="ner", format="pubtator", protocols={"p": protocol})
    held, expected = count(entry, "train.pubtator", tmp_path), load(name).counts["test.tsv"]
    across = held.get("annotations_across_sentences", 0)  # where our splitter ends a sentence within an entity of theirs
    assert held["tokens"] == expected["tokens"] and held["entities"] == expected["entities"] + across and across < 5
    assert set(held) <= {"sentences", "tokens", "entities", "Disease", "annotations_across_sentences"}
