"""Named entities: exact-match entities as conlleval.pl counts them, token-level figures beside them, and the tagged files."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from bioalbert.errors import InputError
from bioalbert.files import open_text, write_text
from bioalbert.finetune.metrics import precision_recall_f1
from bioalbert.finetune.metrics.items import BETWEEN, Item, Items

DOCUMENT_MARK = "-DOCSTART-"  # CoNLL's line between documents; it is not a sentence


class Tagged(NamedTuple):
    """A sentence of a tagged file; `lines`: the line number of each word, from 1."""

    words: tuple[str, ...]
    tags: tuple[str, ...]
    lines: tuple[int, ...]


def entities(tags: Sequence[str]) -> set[tuple[int, int, str]]:
    """The entities (start, end, type) of one sentence's BIO tags, end exclusive, type "" for bare tags.

    As conlleval.pl reads them: an I that follows no entity, or one of another type, starts one.
    """
    found = set()
    start, open_type = 0, None
    for place, tag in enumerate([*tags, "O"]):
        prefix, _, kind = tag.partition("-")
        if open_type is not None and (prefix != "I" or kind != open_type):
            found.add((start, place, open_type))
            open_type = None
        if prefix != "O" and open_type is None:
            start, open_type = place, kind
    return found


def score_ner(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> dict:
    """Scores tags of sentences against gold ones of the same lengths (ValueError where they differ).

    "entity": micro precision, recall, F1 over exact entities and their counts; "types": the same of each type, for typed tags only.
    "token": a word is right when its whole tag is equal; precision, recall, F1 are micro over words that are not O in gold or
    prediction, accuracy over all words.
    """
    gold_kinds, found_kinds, right_kinds = Counter(), Counter(), Counter()
    words = equal = gold_words = found_words = right_words = 0
    for gold_tags, found_tags in zip(gold, predicted, strict=True):
        gold_set, found_set = entities(gold_tags), entities(found_tags)
        for counter, some in ((gold_kinds, gold_set), (found_kinds, found_set), (right_kinds, gold_set & found_set)):
            counter.update(kind for _, _, kind in some)
        for one, other in zip(gold_tags, found_tags, strict=True):
            words += 1
            equal += one == other
            gold_words += one != "O"
            found_words += other != "O"
            right_words += one == other != "O"
    kinds = sorted(gold_kinds | found_kinds)
    types = {kind: _entity_figures(right_kinds[kind], found_kinds[kind], gold_kinds[kind]) for kind in kinds}
    return {
        "entity": _entity_figures(right_kinds.total(), found_kinds.total(), gold_kinds.total()),
        "token": {"accuracy": equal / words if words else 0.0} | precision_recall_f1(right_words, found_words, gold_words),
    } | ({"types": types} if any(kinds) else {})


def _entity_figures(right: int, found: int, gold: int) -> dict[str, float]:
    return precision_recall_f1(right, found, gold) | {"gold": gold, "predicted": found, "correct": right}


def ner_items(words: Sequence[Sequence[str]], gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> Items:
    """The sentences behind `score_ner`'s entity F1, named by their number from 0: how many entities each has in either, and in both."""
    rows = []
    for number, (sentence, gold_tags, found_tags) in enumerate(zip(words, gold, predicted, strict=True)):
        gold_set, found_set = entities(gold_tags), entities(found_tags)
        named = [_in_words(sentence, some) for some in (gold_set, found_set)]
        rows.append(Item(str(number), len(gold_set), len(found_set), len(gold_set & found_set), " ".join(sentence), *named))
    return Items("entity f1", "ratio", rows)


def _in_words(sentence: Sequence[str], some: Collection[tuple[int, int, str]]) -> str:
    named = (" ".join(sentence[start:end]) + (f" [{kind}]" if kind else "") for start, end, kind in sorted(some))
    return BETWEEN.join(named)


def read_tags(file: Path, more_prefixes: Collection[str] = ()) -> list[Tagged]:
    """Reads a tagged file: one word a line with its tag in the last column, columns parted by tabs or single spaces, a blank line
    after each sentence. -DOCSTART- lines end a sentence and belong to none; CRLF and a BOM are tolerated.

    more_prefixes: first letters of tags to let through besides O, B and I.
    Raises InputError for a line with another number of columns than the first, a NUL byte, and a tag that is not O, B, I, B-TYPE or I-TYPE.
    """
    sentences: list[Tagged] = []
    rows: list[tuple[str, str, int]] = []
    columns = 0
    with open_text(file) as text:
        for number, line in enumerate([*text, "\n"], start=1):
            line = line.rstrip("\r\n")
            if not line.strip() or line.startswith(DOCUMENT_MARK):
                if rows:
                    sentences.append(Tagged(*zip(*rows)))
                rows = []
            else:
                fields = line.split("\t" if "\t" in line else " ")
                columns = columns or len(fields)
                rows.append(_word_and_tag(fields, columns, more_prefixes, file, number))
    return sentences


def _word_and_tag(fields: list[str], columns: int, more_prefixes: Collection[str], file: Path, number: int) -> tuple[str, str, int]:
    word, tag = fields[0], fields[-1]
    if any("\0" in field for field in fields):
        raise InputError("a NUL byte", file=file, place=f"line {number}", fix="the file is damaged or no text: get it again")
    if len(fields) < 2 or len(fields) != columns:
        problem = f"{len(fields)} columns where {max(columns, 2)} are expected"
        raise InputError(problem, file=file, place=f"line {number}", fix="a line is a word, a tab and its tag")
    if not word or " " in word:
        raise InputError(f"{word!r} is not a word", file=file, place=f"line {number}", fix="a word is not empty and holds no space")
    prefix, hyphen, kind = tag.partition("-")
    if tag != "O" and (prefix not in ("B", "I", *more_prefixes) or (hyphen and not kind)):
        fix = "tags are O, B, I, B-TYPE, I-TYPE (of BIOES: S is B, E is I)"
        raise InputError(f"{tag!r} is not a BIO tag", file=file, place=f"line {number}", fix=fix)
    return word, tag, number


def write_tags(file: Path, sentences: Iterable[tuple[Sequence[str], Sequence[str], Sequence[str]]]) -> None:
    """Writes (words, gold tags, predicted tags) of each sentence as `word gold predicted` lines, which conlleval.pl reads as they are."""
    blocks = ("".join(f"{word} {gold} {found}\n" for word, gold, found in zip(*parts, strict=True)) for parts in sentences)
    write_text(file, "\n".join(blocks))


def score_files(gold_file: Path, predicted_file: Path) -> dict:
    """Scores one tagged file against another of the same words. Raises InputError at the first line where they part, and without any."""
    gold, predicted = read_tags(gold_file), read_tags(predicted_file)
    if not gold:
        raise InputError("no tagged words in it", file=gold_file, fix="a line is a word, a tab and its tag")
    for one, other in zip(gold, predicted):
        for word, found, place in zip(one.words, other.words, other.lines):
            if word != found:
                problem = f"the word {found!r} stands where the gold file has {word!r}"
                raise InputError(problem, file=predicted_file, place=f"line {place}", fix="both files must hold the same words in order")
        if len(one.words) != len(other.words):
            problem = f"a sentence of {len(other.words)} words where the gold file has {len(one.words)}"
            raise InputError(problem, file=predicted_file, place=f"line {other.lines[0]}", fix="end each sentence with one blank line")
    if len(gold) != len(predicted):
        place = f"line {predicted[-1].lines[-1]}" if predicted else "line 1"
        raise InputError(f"{len(predicted)} sentences where the gold file has {len(gold)}", file=predicted_file, place=place)
    return score_ner([sentence.tags for sentence in gold], [sentence.tags for sentence in predicted])
