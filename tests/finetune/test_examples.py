"""What a model reads of an example, and which test examples it has seen in training."""

from bioalbert.finetune.examples import Labelled, Question, Relation, Scored, Sentence, seen_in_training


def test_the_texts_are_all_that_a_model_reads() -> None:
    examples = [
        Sentence(("BRCA1", "gene"), ("B", "I")),
        Relation("0", "one", "yes"),
        Relation("1", "one", "yes", "two"),
        Labelled("2", "one", ("a", "b")),
        Scored("3", "one", "two", 1.5),
        Question("4", "which?", "the context"),
    ]
    texts = [("BRCA1 gene",), ("one",), ("one", "two"), ("one",), ("one", "two"), ("which?", "the context")]
    assert [example.texts for example in examples] == texts


def test_test_examples_seen_in_training_count_once_each_whatever_their_label_and_white_space() -> None:
    train = [Relation("0", "@GENE$ causes  @DISEASE$ .", "1"), Relation("1", "a", "0", "b")]
    test = [Relation("0", "@GENE$ causes @DISEASE$ . ", "0"), Relation("1", "@GENE$ causes @DISEASE$ .", "1"), Relation("2", "a", "0"),
            Relation("3", "b", "0", "a"), Relation("4", "a", "1", "b")]  # fmt: skip
    assert seen_in_training(train, test) == 3
    assert seen_in_training([], test) == 0
