from bioalbert.corpus.sentences import clean, document, split


def test_sentences_joined_are_the_paragraph():
    text = "We saw E. coli vs. S. aureus (Fig. 1A). P was < 0.05, i.e. small! Dr. X et al. [12] agree. Do you?"
    sentences = split(text)
    assert " ".join(sentences) == text
    assert sentences[1:] == ["P was < 0.05, i.e. small!", "Dr. X et al. [12] agree.", "Do you?"]


def test_clean_takes_out_control_characters_and_runs_of_white_space():
    assert clean(" a\x00b\t\r\n c\u00a0\u2009d\x1b[0m \ud800e\x85f ") == "ab c d[0m e f"


def test_a_title_is_one_sentence_and_comes_first():
    made = document("text:a#1", "Cats. Or dogs?", [(" AIM\n", "First. Second."), ("", " ")], source="text", licence="")
    assert made.sentences == ["Cats. Or dogs?", "First.", "Second."]
    assert made.sections == ["", "AIM", "AIM"]


def test_a_document_without_a_word_is_none():
    assert document("text:a#1", "", [("AIM", " \x00\n")], source="text", licence="") is None


def test_gold_boundaries_of_real_articles(real_data):
    """nupunkt's F1 on CRAFT is 0.99; a splitter that breaks at abbreviations is below 0.98."""
    right = given = gold = 0
    for file in sorted((real_data / "craft-sentences").glob("*.txt"))[:12]:
        paragraphs = [clean(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
        certain = _ends(paragraphs)
        found = _ends([sentence for paragraph in paragraphs for sentence in split(paragraph)]) - certain
        wanted = _ends(file.with_suffix(".sents").read_text(encoding="utf-8").splitlines()) - certain
        right, given, gold = right + len(found & wanted), given + len(found), gold + len(wanted)
    assert gold > 1_000
    assert 2 * right / (given + gold) > 0.985


def _ends(pieces):
    """Where each piece ends, counted in characters that are no white space."""
    ends, at = set(), 0
    for piece in pieces:
        at += len("".join(piece.split()))
        ends.add(at)
    return ends
