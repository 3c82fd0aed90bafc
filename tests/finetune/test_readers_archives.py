"""Relations from archives in the layouts that their makers publish: DDI's XML, ChemProt's tables, i2b2's notes. All text is made up."""

import io
import tarfile
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from bioalbert.catalogue.entries import load
from bioalbert.errors import InputError
from bioalbert.finetune.examples import Relation
from bioalbert.finetune.readers import read, read_file
from bioalbert.finetune.readers.archives import members
from bioalbert.finetune.readers.marking import Mention, marked

GENE, DRUG = Mention("g", 4, 8, "GENE"), Mention("d", 13, 17, "DRUG")


def zipped(files: dict[str, str | bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def tarred(file: Path, files: dict[str, str]) -> None:
    with tarfile.open(file, "w:gz") as archive:
        for name, text in files.items():
            item = tarfile.TarInfo(name)
            item.size = len(text.encode())
            archive.addfile(item, io.BytesIO(text.encode()))


# Marks.


@pytest.mark.parametrize("pair", [(GENE, DRUG), (DRUG, GENE)])
def test_two_entities_are_marked_where_they_stand(pair: tuple[Mention, Mention]) -> None:
    assert marked("the BRCA and aspirin", *pair, both="X", touching=False) == "the @GENE$ and @DRUG$rin"


@pytest.mark.parametrize(
    ("first", "second", "touching", "text"),
    [
        ((0, 4), (2, 6), False, "@A-B$ghij"),
        ((0, 8), (2, 4), False, "@A-B$ij"),
        ((2, 4), (2, 6), False, "ab@A-B$ghij"),
        ((2, 4), (4, 6), False, "ab@A$@B$ghij"),
        ((2, 4), (4, 6), True, "ab@A-B$ghij"),
        ((4, 6), (2, 4), True, "ab@A-B$ghij"),
        ((2, 4), (5, 6), True, "ab@A$e@B$ghij"),
    ],
)
def test_entities_that_overlap_have_one_mark(first, second, touching: bool, text: str) -> None:
    assert marked("abcdefghij", Mention("1", *first, "A"), Mention("2", *second, "B"), "A-B", touching) == text


# Archives.


def test_members_are_found_at_any_depth_and_inside_an_archive(tmp_path) -> None:
    inner = zipped({"in/x.tsv": "β", "in/y.txt": "no"})
    (tmp_path / "a.zip").write_bytes(zipped({"top/inner.zip": inner, "top/b.tsv": "b", "a.tsv": "a", "__MACOSX/top/._b.tsv": b"\xff"}))
    assert members(tmp_path / "a.zip", "*.tsv") == {"a.tsv": "a", "top/b.tsv": "b"}
    assert members(tmp_path / "a.zip", "*.tsv", "*inner.zip") == {"in/x.tsv": "β"}
    tarred(tmp_path / "a.tar.gz", {"top/b.tsv": "b", "a.tsv": "a"})
    assert list(members(tmp_path / "a.tar.gz", "*.tsv").items()) == [("a.tsv", "a"), ("top/b.tsv", "b")]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"nonsense", r"a\.zip: corrupt archive"),
        (zipped({"a.txt": "x"}), r"a\.zip: no file \*\.tsv in it"),
        (zipped({"a.tsv": b"\xff"}), r"a\.zip: a\.tsv: not UTF-8"),
        (zipped({"a.tsv": "x" * 100})[:-30], r"a\.zip: corrupt archive, or none at all \(File is not a zip file\); get it again"),
    ],
)
def test_a_bad_archive_is_refused(tmp_path, content: bytes, told: str) -> None:
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(InputError, match=told):
        members(tmp_path / "a.zip", "*.tsv")


def test_an_archive_within_must_be_one(tmp_path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({"1.zip": zipped({}), "2.zip": zipped({})}))
    with pytest.raises(InputError, match=r"2 files \*\.zip in it where one is expected"):
        members(tmp_path / "a.zip", "*.tsv", "*.zip")


# DDI.

DDI = """\
<?xml version="1.0" encoding="UTF-8"?>
<document id="{id}">
    <sentence id="{id}.s0" text="Aspirin, alpha- and beta-blockers (Tenormin) interact. ">
        <entity id="{id}.s0.e0" charOffset="0-6" type="drug" text="Aspirin"/>
        <entity id="{id}.s0.e1" charOffset="9-14;25-32" type="group" text="alpha-blockers"/>
        <entity id="{id}.s0.e2" charOffset="20-32" type="group" text="beta-blockers"/>
        <entity id="{id}.s0.e3" charOffset="35-42" type="brand" text="Tenormin"/>
        <pair id="{id}.s0.p0" e1="{id}.s0.e0" e2="{id}.s0.e3" ddi="true" type="{kind}"/>
        <pair id="{id}.s0.p1" e1="{id}.s0.e1" e2="{id}.s0.e2" ddi="false"/>
        <pair id="{id}.s0.p2" e1="{id}.s0.e0" e2="{id}.s0.e2" ddi="true"/>
    </sentence>
    <sentence id="{id}.s1" text="No pair here."/>
</document>
"""


@pytest.fixture
def ddi(tmp_path):
    """Writes a corpus of one document a folder and reads a part of it."""

    def read_it(part: str, document: str = DDI.format(id="DDI-MedLine.d68", kind="effect")) -> list[Relation]:
        test = DDI.format(id="DDI-DrugBank.d1", kind="int")
        folders = {"Train/MedLine/7.xml": document, "Test/Test for DDI Extraction task/DrugBank/A B_ddi.xml": test}
        files = {f"DDICorpus/{name}": text for name, text in folders.items()}
        files |= {"DDICorpus/Test/Test for DrugNER task/DrugBank/x.xml": "<broken", "DDICorpus/Train/.DS_Store": b"\xff"}
        (tmp_path / "DDICorpus-2013.zip").write_bytes(zipped(files))
        return read_file(load("ddi"), f"DDICorpus-2013.zip#{part}", tmp_path)

    return read_it


def test_ddi_pairs_are_marked_as_drugs_and_one_without_a_type_is_false(ddi) -> None:
    assert ddi("train") == [
        Relation("DDI-MedLine.d68.s0.p0", "@DRUG$, alpha- and beta-blockers (@DRUG$) interact. ", "DDI-effect"),
        Relation("DDI-MedLine.d68.s0.p1", "Aspirin, @DRUG-DRUG$ (Tenormin) interact. ", "DDI-false"),
        Relation("DDI-MedLine.d68.s0.p2", "@DRUG$, alpha- and @DRUG$ (Tenormin) interact. ", "DDI-false"),
    ]


def test_blue_marks_their_types_and_the_other_test_set_is_not_read(ddi) -> None:
    texts = ["@drug$, alpha- and beta-blockers (@brand$) interact. ", "Aspirin, @group-group$ (Tenormin) interact. "]
    found = ddi("blue-test")
    assert [one.text for one in found[:2]] == texts
    assert [one.label for one in found] == ["DDI-int", "DDI-false", "DDI-false"]


def test_drugs_that_touch_are_one_where_blue_marks_them(ddi, tmp_path) -> None:
    (tmp_path / "blue").mkdir()
    (tmp_path / "blue/dev.tsv").write_text("index\tsentence\tlabel\nDDI-MedLine.d68.s0.p1\tx\tDDI-false\n")
    document = (
        DDI.format(id="DDI-MedLine.d68", kind="effect")
        .replace("35-42", "33-42")
        .replace('.s0.p2" e1="DDI-MedLine.d68.s0.e0', '.s0.p2" e1="DDI-MedLine.d68.s0.e3')
    )
    assert ddi("train", document)[2].text == "Aspirin, alpha- and @DRUG$@DRUG$) interact. "
    assert ddi("blue-train", document)[1].text == "Aspirin, alpha- and @brand-group$) interact. "


def test_pairs_that_a_file_names_are_left_out_or_read_alone(ddi, tmp_path) -> None:
    (tmp_path / "blue").mkdir()
    (tmp_path / "blue/dev.tsv").write_text("index\tsentence\tlabel\nDDI-MedLine.d68.s0.p1\tx\tDDI-false\n")
    assert [one.index[-2:] for one in ddi("blue-train")] == ["p0", "p2"]
    assert [one.index[-2:] for one in ddi("blue-dev")] == ["p1"]


@pytest.mark.parametrize(
    ("part", "change", "told"),
    [
        ("blurb-dev", ("", ""), r"DDICorpus/Train has no DDI-DrugBank\.d116"),
        ("train", ("<document", "<doc"), r"DDICorpus/Train/MedLine/7\.xml: not XML"),
        ("train", ('"effect"', '"effects"'), r"DDI-MedLine\.d68\.s0\.p0: the label 'DDI-effects' is not .*; did you mean DDI-effect"),
        ("train", ('charOffset="0-6"', 'charOffset="0-x"'), "a pair without all it needs"),
        ("train", ('e2="DDI-MedLine.d68.s0.e3"', 'e2="e9"'), "a pair without all it needs"),
    ],
)
def test_a_bad_ddi_archive_is_refused(ddi, part: str, change: tuple[str, str], told: str) -> None:
    with pytest.raises(InputError, match=told):
        ddi(part, DDI.format(id="DDI-MedLine.d68", kind="effect").replace(*change))


# ChemProt.

TITLE = "Aspirin blocks COX-1"
ABSTRACT = "It inhibits the Na+/K+-ATPase. Caffeine (vs. aspirin) activates COX-1, COX-2 and the Prot. Two kinase."


def chemprot_files(name: str, suffix: str = "") -> dict[str, str]:
    """The tables of one split; T1 ... in the order below, offsets over title, one character and abstract."""
    text = f"{TITLE}\t{ABSTRACT}"
    words = ["Aspirin", "Na+", "Na+/K+-ATPase", "Caffeine", "aspirin", "COX-1", "COX-1, ", "COX-2", "Prot. Two"]
    kinds = ["CHEMICAL", "CHEMICAL", "GENE-N", "CHEMICAL", "CHEMICAL", "GENE-Y", "GENE-Y", "GENE-Y", "GENE-N"]
    starts = [text.index(word) for word in words]
    rows = [
        ("7", f"T{n}", kind, str(start), str(start + len(word.rstrip(", "))), word.rstrip(", "))
        for n, (word, kind, start) in enumerate(zip(words, kinds, starts), start=1)
    ]
    relations = ["CPR:4\tY\tINHIBITOR\tArg1:T1\tArg2:T6", "CPR:3\tY\tACTIVATOR\tArg1:T4\tArg2:T7", "CPR:5\tY\tAGONIST\tArg1:T4\tArg2:T7",
                 "CPR:2\tN\tREGULATOR\tArg1:T5\tArg2:T8", "CPR:9\tY\tSUBSTRATE\tArg1:T1\tArg2:T9"]  # fmt: skip
    return {
        f"{name}_abstracts{suffix}.tsv": f"7\t{text}\r\n",
        f"{name}_entities{suffix}.tsv": "".join("\t".join(row) + "\n" for row in rows),
        f"{name}_relations{suffix}.tsv": "".join(f"7\t{row}\n" for row in relations),
        f"{name}_gold_standard.tsv": "not read",
    }


@pytest.fixture
def chemprot(tmp_path):
    """Writes the corpus and reads a part of it; change: {table: (old, new)} in the training part."""

    def read_it(part: str, change: dict[str, tuple[str, str]] | None = None, noticed: Counter | None = None) -> list[Relation]:
        train = chemprot_files("chemprot_training/chemprot_training")
        for table, (old, new) in (change or {}).items():
            name = f"chemprot_training/chemprot_training_{table}.tsv"
            assert old in train[name]
            train[name] = train[name].replace(old, new, 1)
        parts = {"training": train, "test_gs": chemprot_files("chemprot_test_gs/chemprot_test", "_gs"), "sample": {"x": ""}}
        archives = {f"ChemProt_Corpus/chemprot_{name}.zip": zipped(files) for name, files in parts.items()}
        (tmp_path / "ChemProt_Corpus.zip").write_bytes(zipped(archives))
        return read_file(load("chemprot"), f"ChemProt_Corpus.zip#{part}", tmp_path, noticed=noticed)

    return read_it


def test_chemprot_pairs_every_chemical_with_every_gene_of_its_sentence(chemprot) -> None:
    found = chemprot("train", noticed=(noticed := Counter()))
    assert found[:2] == [
        Relation("7.T1.T6", "@CHEMICAL$ blocks @GENE$", "CPR:4"),
        Relation("7.T2.T3", "It inhibits the @CHEM-GENE$.", "false"),
    ]
    last = "Caffeine (vs. @CHEMICAL$) activates COX-1, @GENE$ and the Prot. Two kinase."
    assert [one.index for one in found[2:]] == ["7.T4.T7", "7.T4.T8", "7.T4.T9", "7.T5.T7", "7.T5.T8", "7.T5.T9"]
    assert [one.label for one in found[2:]] == ["CPR:5", "false", "false", "false", "false", "false"]
    assert found[6] == Relation("7.T5.T8", last, "false")
    assert found[4].text == "@CHEMICAL$ (vs. aspirin) activates COX-1, COX-2 and the @GENE$ kinase."
    assert +noticed == {"relations_across_sentences": 1, "relations_overwritten": 1}
    chemprot("blue-train", noticed=(noticed := Counter()))
    assert +noticed == {"relations_across_sentences": 1}


def test_in_blues_style_a_pair_has_a_row_for_each_label(chemprot) -> None:
    rows = [(one.index, one.label) for one in chemprot("blue-test") if one.label != "false"]
    assert rows == [("7.T1.T6", "CPR:4"), ("7.T4.T7", "CPR:3"), ("7.T4.T7/2", "CPR:5")]
    assert [one.index for one in chemprot("test")] == [one.index for one in chemprot("train")]


def test_what_touches_is_one_in_blues_style_and_two_in_blurbs(chemprot) -> None:
    touching = {"entities": ("37\t50\tNa+/K+-ATPase", "40\t50\t/K+-ATPase")}
    assert chemprot("train", touching)[1].text == "It inhibits the @CHEMICAL$@GENE$."
    assert chemprot("blue-train", touching)[1].text == "It inhibits the @CHEM-GENE$."


def test_the_last_label_counts_in_blurbs_style_even_one_outside_the_task(chemprot) -> None:
    found = chemprot("train", {"relations": ("7\tCPR:5\tY\tAGONIST", "7\tCPR:2\tN\tREGULATOR")})
    assert {one.index: one.label for one in found}["7.T4.T7"] == "false"


def test_an_entity_beside_its_offsets_is_moved_and_counted(chemprot) -> None:
    shifted = {"entities": ("T6\tGENE-Y\t15\t20\t", "T6\tGENE-Y\t17\t22\t")}
    assert chemprot("train", shifted, noticed=(noticed := Counter()))[0].text == "@CHEMICAL$ blocks @GENE$"
    assert noticed["entities_moved"] == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"entities": ("T6\tGENE-Y\t15\t20\t", "T6\tGENE-Y\t19\t24\t")}, "7 T6: 'COX-1' is not at 19"),
        ({"entities": ("T6\tGENE-Y", "T6\tGEN")}, r"_entities\.tsv line 6: not an entity"),
        ({"entities": ("T6\tGENE-Y\t15", "T6\tGENE-Y\tx")}, r"_entities\.tsv line 6: not an entity"),
        ({"relations": ("Arg1:T1\tArg2:T6", "T1\tT6")}, r"_relations\.tsv line 1: not a relation"),
        ({"abstracts": ("\t", " ")}, r"_abstracts\.tsv line 1: 2 columns where 3 are expected"),
    ],
)
def test_bad_chemprot_tables_are_refused(chemprot, change: dict, told: str) -> None:
    with pytest.raises(InputError, match=told):
        chemprot("train", change)


# i2b2.

TEXT = " Chest pain was treated with  aspirin .\nCT showed chest pain , fever .\n\nnothing"
CONCEPTS = """\
c="chest pain" 1:1 1:2||t="problem"
c="aspirin" 1:6 1:6||t="treatment"
c="ct" 2:0 2:0||t="test"
c="chest pain" 2:2 2:3||t="problem"
c="fever" 2:5 2:5||t="problem"
"""
RELATIONS = """\
c="aspirin" 1:6 1:6||r="TrAP"||c="chest pain" 1:1 1:2
c="ct" 2:0 2:0||r="TeRP"||c="chest pain" 2:2 2:3
c="ct" 2:0 2:0||r="TeCP"||c="chest pain" 2:2 2:3
"""


@pytest.fixture
def i2b2(tmp_path):
    """Writes n2c2's three archives and reads a split; 11 notes for training, of which one has text."""

    def read_it(
        split: str, text: str = TEXT, concepts: str = CONCEPTS, relations: str = RELATIONS, noticed: Counter | None = None
    ) -> list[Relation]:
        top = "concept_assertion_relation_training_data"
        train = {f"{top}/partners/{kind}/{n:02}_DH.{kind[:3]}": "" for n in range(10) for kind in ("txt", "concept", "rel", "ast")}
        train |= {f"{top}/partners/txt/03_DH.txt": text, f"{top}/partners/concept/03_DH.con": concepts}
        train |= {f"{top}/partners/rel/03_DH.rel": relations, f"{top}/beth/txt/._record-13.txt": "junk"}
        train |= {
            f"{top}/beth/{kind}/record-13.{kind[:3]}": content for kind, content in (("txt", TEXT), ("concept", CONCEPTS), ("rel", ""))
        }
        tarred(tmp_path / f"{top}.tar.gz", train)
        labels = {"concepts/0001.con": CONCEPTS, "rel/0001.rel": RELATIONS}
        tarred(
            tmp_path / "reference_standard_for_test_data.tar.gz", {f"reference_standard_for_test_data/{k}": v for k, v in labels.items()}
        )
        tarred(tmp_path / "test_data.tar.gz", {"test_data/0001.txt": TEXT})
        return read(load("i2b2-2010"), "n2c2", split, tmp_path, noticed=noticed)

    return read_it


def test_every_two_concepts_of_a_line_are_a_row_and_each_label_of_theirs(i2b2) -> None:
    found = i2b2("test")
    assert found[0] == Relation("0001.0001.con.l0.0001.con.l1", " @problem$ was treated with  @treatment$ .", "TrAP")
    assert found[1:] == [
        Relation("0001.0001.con.l2.0001.con.l3", "@test$ showed @problem$ , fever .", "TeRP"),
        Relation("0001.0001.con.l2.0001.con.l3/2", "@test$ showed @problem$ , fever .", "TeCP"),
        Relation("0001.0001.con.l2.0001.con.l4", "@test$ showed chest pain , @problem$ .", "false"),
        Relation("0001.0001.con.l3.0001.con.l4", "CT showed @problem$ , @problem$ .", "false"),
    ]


def test_of_two_concepts_of_the_same_words_the_first_has_the_relations(i2b2) -> None:
    found = i2b2("train", concepts=CONCEPTS + 'c="aspirin" 1:6 1:6||t="test"\n')
    assert [(one.text, one.label) for one in found[:3]] == [
        (" @problem$ was treated with  @treatment$ .", "TrAP"),
        (" @problem$ was treated with  @test$ .", "false"),
        (" Chest pain was treated with  @treatment-test$ .", "false"),
    ]


def test_every_tenth_note_is_for_choosing(i2b2) -> None:
    assert {one.index.partition(".")[0] for one in i2b2("train")} == {"03_DH", "record-13"}
    with pytest.raises(InputError, match="the dev split is empty"):  # the tenth of the eleven is a note without concepts
        i2b2("dev")


def test_relations_of_what_is_no_concept_are_counted(i2b2) -> None:
    relations = RELATIONS.replace("1:6 1:6", "1:5 1:6").replace('r="TeCP"||c="chest pain" 2:2 2:3', 'r="PIP"||c="ct" 2:0 2:0')
    found = i2b2("train", relations=relations, noticed=(noticed := Counter()))
    assert [one.label for one in found if one.index.startswith("03") and one.label != "false"] == ["TeRP"]
    assert noticed == {"relations_not_between_concepts_of_a_line": 2}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"concepts": 'c="x" 1:1 1:2||t="disease"\n'}, r"03_DH\.con line 1: not a concept or relation"),
        ({"concepts": 'c="x" 1:1 2:2||t="test"\n'}, r"03_DH\.con line 1: not on one line"),
        ({"concepts": 'c="x" 9:1 9:2||t="test"\n'}, r"03_DH\.con line 1: not on one line"),
        ({"concepts": 'c="x" 1:1 1:22||t="test"\n'}, r"03_DH\.con line 1: the note has no words 1 to 22 on line 1"),
        ({"relations": RELATIONS.replace("TrAP", "TrAB")}, r"03_DH\.rel line 1: the label 'TrAB' is not .* did you mean TrAP"),
    ],
)
def test_bad_notes_are_refused_without_their_text(i2b2, change: dict, told: str) -> None:
    with pytest.raises(InputError, match=told) as error:
        i2b2("train", **change)
    assert "chest" not in str(error.value)


def test_without_the_notes_of_the_test_set_it_says_where_to_apply(i2b2, tmp_path) -> None:
    i2b2("test")
    (tmp_path / "test_data.tar.gz").unlink()
    with pytest.raises(InputError, match=r"test_data\.tar\.gz: no such file; it is not public: apply at https://portal\.dbmi"):
        read(load("i2b2-2010"), "n2c2", "test", tmp_path)
