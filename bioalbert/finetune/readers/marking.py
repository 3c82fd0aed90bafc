"""Two entities of a sentence, replaced by marks: how relation extraction says which pair is asked for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mention:
    """An entity. start, end: its characters in the text, end exclusive; from the first part to the last where it is in parts.

    mark: the name of what stands for it, "GENE" for @GENE$.
    """

    id: str
    start: int
    end: int
    mark: str


def marked(text: str, first: Mention, second: Mention, both: str, touching: bool) -> str:
    """The text with @MARK$ in place of each of the two, or one @BOTH$ over the two where they overlap (or touch, where that counts).

    So do the scripts of BLURB (data_generation.tar.gz), for which touching entities are two, and of BLUE (create_ddi_bert.py), for
    which they are one.
    """
    left, right = sorted((first, second), key=lambda mention: (mention.start, mention.end))
    if right.start < left.end or (touching and right.start == left.end):
        return f"{text[: left.start]}@{both}${text[max(left.end, right.end) :]}"
    return f"{text[: left.start]}@{left.mark}${text[left.end : right.start]}@{right.mark}${text[right.end :]}"
