from bioalbert.corpus.sentences import clean, document


def test_clean_takes_out_control_characters_and_runs_of_white_space():
    assert clean(" a\x00b\t\r\n c\u00a0\u2009d\x1b[0m \ud800e\x85f ") == "ab c d[0m e f"


def test_a_title_is_one_sentence_and_comes_first():
    made = document("text:a#1", "Cats. Or dogs?", [(" AIM\n", "First. Second."), ("", " ")], source="text", licence="")
    assert made.sentences == ["Cats. Or dogs?", "First.", "Second."]
    assert made.sections == ["", "AIM", "AIM"]


def test_a_document_without_a_word_is_none():
    assert document("text:a#1", "", [("AIM", " \x00\n")], source="text", licence="") is None
