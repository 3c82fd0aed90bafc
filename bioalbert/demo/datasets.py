"""The three demonstration data sets in the official formats: NER (BioBERT), RE (GAD) and QA (SQuAD / BioASQ).

Test sets name only things that the training sets lack. What those are is told by the corpus, so a model gains from pre-training.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from bioalbert.demo import grammar
from bioalbert.demo.grammar import Sentence, Writer, frames
from bioalbert.demo.world import PARTS, Syndrome, World
from bioalbert.draws import generator

NER_SENTENCES = {"train": 1000, "devel": 100, "test": 300}
NER_OPEN = {"train": 0.4, "devel": 0.5, "test": 0.5}  # share of sentences that only knowledge of the names can tag
NER_STRANGE = 0.5  # share of the other training sentences that name strangers, so that a model learns to read and not the names alone
RE_SENTENCES = {"train": 600, "test": 200}
QA_CONTEXTS = 3  # contexts a question
QUOTED = 40001001  # the citation that the first test question quotes: a leak audit finds it by PMID and by text

RELATIONS = """
we found that {gene} {verb} {disease} .
{gene} {verb} {disease} in {number} {people} .
in {species} , {gene} {verb} {disease} .
it is known that {gene} {verb} {disease} of the {organ} .
"""
QUESTIONS = {"gene": "Which gene is linked to {disease}?", "chemical": "Which drug is linked to {disease}?"}
LINKED_PAIRS = """
{disease} was linked to {one} and {two} in {number} {people} .
{one} and {two} were linked to {disease} .
"""


def write_ner(world: World, folder: Path, seed: int) -> None:
    """train, devel, test and train_dev (train, then devel) in BioBERT's two columns; the entities are diseases."""
    text = {part: "".join(map(_two_columns, _tagging(world, part, seed))) for part in PARTS}
    text["train_dev"] = text["train"] + text["devel"]
    for part, lines in text.items():
        _write(folder / f"{part}.tsv", lines)


def _tagging(world: World, part: str, seed: int) -> Iterator[Sentence]:
    draws = generator(seed, f"demo ner {part}")
    names = world.names_of(part)
    known, strange = Writer(names, draws), Writer(names | world.strangers, draws)
    told = frames(grammar.DISEASE, grammar.GENE, grammar.CHEMICAL, grammar.RELATED)
    for _ in range(NER_SENTENCES[part]):
        open_ended = draws.random() < NER_OPEN[part]
        strangers = part == "train" and not open_ended and draws.random() < NER_STRANGE
        yield (strange if strangers else known).sentence(known.pick(frames(grammar.OPEN) if open_ended else told))


def _two_columns(sentence: Sentence) -> str:
    return "".join(f"{word.text}\t{tag}\n" for word, tag in zip(sentence, sentence.tags("disease"))) + "\n"


def write_re(world: World, folder: Path, seed: int) -> None:
    """Fold 1 in GAD's form: train without a header, an empty dev, test with one. Half of the test sentences have verbs that train lacks."""
    rows = {part: list(_relations(world, part, seed)) for part in RE_SENTENCES}
    _write(folder / "train.tsv", "".join(f"{sentence}\t{label}\n" for sentence, label in rows["train"]))
    _write(folder / "dev.tsv", "")
    numbered = (f"{index}\t{sentence}\t{label}\n" for index, (sentence, label) in enumerate(rows["test"]))
    _write(folder / "test.tsv", "index\tsentence\tlabel\n" + "".join(numbered))


def _relations(world: World, part: str, seed: int) -> Iterator[tuple[Sentence, int]]:
    draws = generator(seed, f"demo re {part}")
    names = world.names_of(part) | {"gene": ("@GENE$",), "disease": ("@DISEASE$",)}
    for _ in range(RE_SENTENCES[part]):
        holds = bool(draws.random() < 0.5)
        unseen = part == "test" and draws.random() < 0.5
        verbs = grammar.LINKS[holds][-grammar.UNSEEN_LINKS :] if unseen else grammar.LINKS[holds][: -grammar.UNSEEN_LINKS]
        writer = Writer(names | {"verb": verbs}, draws)
        yield writer.sentence(writer.pick(frames(RELATIONS))), int(holds)


def write_qa(world: World, folder: Path, seed: int) -> None:
    """train.json in SQuAD's form, test.json in BioBERT's form of BioASQ (no answers), golden.json in BioASQ's own."""
    train, test = (list(_questions(world, part, seed)) for part in ("train", "test"))
    _write_json(folder / "train.json", _squad(train, answers=True))
    _write_json(folder / "test.json", _squad(test, answers=False))
    golden = [_golden(question) for question in test] + _other_questions(world)
    golden[0]["documents"] = [f"http://www.ncbi.nlm.nih.gov/pubmed/{QUOTED}"]
    golden[0]["snippets"][0]["document"] = golden[0]["documents"][0]
    _write_json(folder / "golden.json", {"questions": golden})


def quoted_context(world: World, seed: int) -> str:
    """The abstract of QUOTED: the first context of the first test question."""
    return next(_questions(world, "test", seed))["contexts"][0]


def _questions(world: World, part: str, seed: int) -> Iterator[dict]:
    """One factoid question a syndrome and kind: id (24 hex digits), body, answer and contexts."""
    draws = generator(seed, f"demo qa {part}")
    writer = Writer(world.names_of(part), draws)
    for syndrome in world.of(part):
        for kind, body in QUESTIONS.items():
            yield {
                "id": draws.bytes(12).hex(),
                "body": body.format(disease=syndrome.disease),
                "answer": getattr(syndrome, kind),
                "contexts": [_context(syndrome, writer) for _ in range(QA_CONTEXTS)],
            }


def _context(syndrome: Syndrome, writer: Writer) -> str:
    """A passage that links the disease to its gene and its drug in any order; only who knows the two can tell which is which."""
    one, two = writer.draws.permutation([syndrome.gene, syndrome.chemical])
    link = writer.pick(frames(LINKED_PAIRS)).replace("{one}", one).replace("{two}", two)
    around = [writer.pick(frames(block)) for block in (grammar.PLAIN, grammar.SPECIES, grammar.COMPLAINT)]
    told = [str(writer.sentence(frame, asdict(syndrome))) for frame in [link, *around]]
    return " ".join(told[i] for i in writer.draws.permutation(len(told)))


def _squad(questions: list[dict], answers: bool) -> dict:
    paragraphs = []
    for question in questions:
        for number, context in enumerate(question["contexts"]):
            asked = {"id": f"{question['id']}_{number:03d}", "question": question["body"]}
            if answers:
                asked["answers"] = [_answer(question["answer"], context)]
            paragraphs.append({"context": context, "qas": [asked]})
    return {"version": "demo", "data": [{"title": "demo", "paragraphs": paragraphs}]}


def _answer(answer: str, context: str) -> dict:
    """The answer as the context writes it: a name that opens a sentence has a capital."""
    start = context.lower().index(answer)
    return {"text": context[start : start + len(answer)], "answer_start": start}


def _golden(question: dict) -> dict:
    answer = question["answer"]
    return _bioasq(question["id"], "factoid", question["body"], [[answer]], f"It is {answer}.", question["contexts"])


def _other_questions(world: World) -> list[dict]:
    """A yes/no and a list question, which a factoid score leaves out."""
    first, second = world.of("test")[:2]
    genes = [[first.gene], [second.gene]]
    listing = f"Which genes are linked to {first.disease} or {second.disease}?"
    return [
        _bioasq("0" * 23 + "1", "yesno", f"Is {first.gene} linked to {first.disease}?", "yes", "Yes.", []),
        _bioasq("0" * 23 + "2", "list", listing, genes, f"{first.gene} and {second.gene}.", []),
    ]


def _bioasq(id: str, type: str, body: str, exact: object, ideal: str, contexts: list[str]) -> dict:
    places = {"beginSection": "abstract", "endSection": "abstract", "offsetInBeginSection": 0}
    snippets = [{"text": text, "offsetInEndSection": len(text), "document": "demo", **places} for text in contexts]
    return {"id": id, "type": type, "body": body, "exact_answer": exact, "ideal_answer": [ideal], "snippets": snippets, "documents": []}


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _write_json(path: Path, value: object) -> None:
    _write(path, json.dumps(value, indent=1) + "\n")
