"""Words of raw text: the words of the tagged sets, at their characters."""

import random

import pytest

from bioalbert.finetune.words import BLANK, WORD, sentence_spans, sentences

ODD = ["IL-2", "e\u0301", "👩\u200d⚕️", "\u200b", "▁", "10,000", "β-actin", "ﬁ", "x_1", ".", "et al.", "\x07", "\u2028", "(a)", "\ufeff"]
GAPS = [" ", "  ", "\t", "\n", "\r\n", "\n\n", " \n \n ", "\u00a0", ". ", ".\n", "? "]


def test_every_character_but_blanks_is_in_one_word_and_every_word_stands_where_it_says():
    draws = random.Random(5)
    for _ in range(300):
        text = "".join(draws.choice(ODD) + draws.choice(GAPS) for _ in range(draws.randint(0, 40)))
        found = sentences(text)
        places = [place for sentence in found for start, end in sentence.spans for place in range(start, end)]
        assert places == sorted(set(places))
        left = set(range(len(text))).difference(places)
        assert all(BLANK.fullmatch(text[place]) for place in left)
        for sentence in found:
            assert sentence.words == tuple(text[start:end] for start, end in sentence.spans)
            assert all(WORD.fullmatch(word) for word in sentence.words) and sentence.words


def test_sentences_end_where_the_splitter_says_and_at_blank_lines():
    text = "A title without a full stop\n\n  IL-2 falls\n(Fig. 2A), by 1.5 %.  Mice died.\r\n \r\nEnd "
    parts = [text[start:end] for start, end in sentence_spans(text)]
    assert parts == ["A title without a full stop", "IL-2 falls\n(Fig. 2A), by 1.5 %.", "Mice died.", "End"]
    words = " | ".join(" ".join(sentence.words) for sentence in sentences(text))
    assert words == "A title without a full stop | IL - 2 falls ( Fig . 2A ) , by 1 . 5 % . | Mice died . | End"
    assert sentences("") == sentences(" \n\n ") == []


def test_spans_count_from_where_the_text_begins_in_its_document():
    assert [sentence.spans for sentence in sentences("A cell. It died", offset=100)] == [
        ((100, 101), (102, 106), (106, 107)),
        ((108, 110), (111, 115)),
    ]


@pytest.mark.parametrize("name", ["bc2gm", "bc5cdr-chem", "bc5cdr-disease", "jnlpba", "linnaeus", "ncbi-disease", "s800"])
def test_the_words_of_the_tagged_sets_are_words_of_raw_text(mirror, name):
    from bioalbert.catalogue.entries import load
    from bioalbert.finetune.metrics.ner import read_tags

    for remote in load(name).files:
        file = mirror / remote.url.removeprefix("https://")
        if file.is_file() and remote.name.startswith("test"):
            words = {word for sentence in read_tags(file) for word in sentence.words}
            assert len(words) > 1000 and [word for word in words if not WORD.fullmatch(word)] == []
