"""Sentences by rule: every mark that may end one (. ? !) is judged by the words on its two sides. docs/benchmarks.md says how well."""

import re

# A mark with what closes behind it ('."', '.)', '. [8]') and white space, or a full stop whose space is missing ("CLN2.This").
# No repetition can run past another mark, so that the time grows with the length of the text alone, whatever is in it.
MARK = re.compile(
    r"""
    [.?!] (?: [)\]"'”’»]* (?: \s? \[ [\d\s,;–-]+ \] )? \s++ (?=\S)
            | (?= [A-Z][a-z]+ ,? \s ) (?: (?<= [)\]]\. ) | (?<= \w[a-z0-9]\. ) ) )
    """,
    re.VERBOSE,
)
BLANK_LINES = re.compile(r"\n\s*\n")  # where paragraphs of plain text end
REACH = 24  # characters: no abbreviation or opening word is longer


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _either_case(text: str) -> frozenset[str]:
    return _words(text) | _words(text.title())


# Abbreviations without their last full stop; case counts: "Ms. Roy" but "after 5 ms.", "et al." but "of Al."
# Those that never end a sentence,
NEVER = _either_case("cf vs approx suppl supp acc") | _words("""
    e.g i.e eg ie viz ca resp incl conc abbr aff
    Dr Drs Prof Mr Mrs Ms St Pvt Dept Univ Natl Acad
    subsp ssp pv cv cvs str var
""")
# that end none before a number ("Fig. 1A" but "in S1 Fig. The ...", "accession no. AH011511", "cat. no. 9"),
BEFORE_NUMBER = _either_case("fig figs eq eqs eqn eqns ref refs no nos nr cat chr chrs ver vers vol ch sec tab exp pp") | _words("""
    FIG FIGS Fr Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec
""")
NUMBERED = re.compile(r"\D*\d|#|[Nn]os?\.")
# that end one only before a word of OPENERS ("Roche Inc. The ..." but "Roche Inc. Basel"),
BEFORE_OPENER = _words("""
    al sp Inc inc Ltd ltd Co Corp Bros LLC Jr Sr Ph.D M.D Rev
    Biol Chem Clin Int Med Mol Proc Res Sci Soc
""")
# and that end one before any capital letter; so does a full stop that stands alone ("0 . 5" in formulas).
BEFORE_CAPITAL = _words("etc spp") | {""}

# Words that open sentences and are hardly ever a name.
OPENERS = _words("""
    A About Accordingly Additionally After Again All Also Alternatively Although Among An Analysis And Another Any As At
    Based Because Before Besides Both Briefly But By Cells Compared Consequently Consistent Conversely Currently
    Data Despite Due During Each Early Either Even Every Experiments Few Figure Finally First Firstly For Four From Further Furthermore
    Given Hence Here How However If Importantly In Indeed Instead Interestingly Is It Its Later Like
    Many Mice Moreover Most Much Neither Next No None Note Notably Now
    Of On Once One Only Or Other Our Out Overall Patients Previous Previously Recent Recently Results
    Samples Second Secondly See Several Shown Similar Similarly Since Some Specifically Studies Subsequently Such Surprisingly
    Taken Tables That The Their Then There Thereafter Therefore These They Third This Those Though Three Through Thus To Together Two
    Under Unlike Until Upon Using We What When Where Whereas Whether Which While Who Why With Within Without Yet
""")
# A single letter behind one of these is a name's part, not an initial: "vitamin A.", "panel B.", "hepatitis C."
LABELLED = _words("""
    vitamin provitamin hepatitis influenza type subtype serotype class subclass group subgroup family subfamily cluster clade lineage
    gene genome subgenome protein factor subunit domain motif region site box exon allele locus chromosome complex cyclin cytochrome
    coenzyme polymyxin panel panels part parts figure figures fig figs table tables plate section step stage state phase point day
    arm cohort case patient strain line lane model method pathway condition experiment compound matrix
""")

INITIALS = re.compile(r"(?:[A-Z]\.-?)*[A-Z]|[a-z]")
ANOTHER_LABEL = re.compile(r"\(?[A-Z],")
NUMBERING = re.compile(r"\(?(?:[A-Za-z]|[ivx]{1,4}|\d{1,3}(?:\.\d{1,2})*)\)?")
# Small letters that open a sentence all the same: "cDNA", "p53", "dcr-2", "m-calpain", "β-actin", "c: ...", "b. Immunoblot", "p < 0.05".
SMALL_START = re.compile(r"[a-zα-ω]{0,5}-?[A-Z0-9α-ω]|[a-z]{1,2}-\w|[a-z]{1,2}[:,]|[a-z][.)] [A-Zα-ω]|[a-z] [=<>≤≥]")
# "(A) Control", "(We did", "(2) Another", "(-)-Menthol", "[3H]leucine"; not "(16)", "[16]", "(see above)".
BRACKET_START = re.compile(r"\((?:[A-Za-z]\b|[A-Z]|\*|[-+−±]\)|[ivx]+\)|\d{1,2}\) [A-Za-z])|\[(?![\d\s,;–-]+\])")
NO_START = frozenset(")]}&=<>≤≥≈±×+/%,;:.")


def split(text: str) -> list[str]:
    """The sentences of one paragraph of clean text (sentences.clean); joined they are the text but for white space."""
    sentences, start = [], 0
    for mark in MARK.finditer(text):
        if _ends(text, start, mark.start(), mark.end()):
            sentences.append(text[start : mark.end()].rstrip())
            start = mark.end()
    if start < len(text):
        sentences.append(text[start:])
    return sentences


def _ends(text: str, start: int, at: int, after: int) -> bool:
    """Whether the mark at `at` ends the sentence that begins at `start`. The next one would begin at `after`."""
    first = text[after]
    if first.islower():
        if not SMALL_START.match(text, after):
            return False
    elif first in "([":
        if not BRACKET_START.match(text, after):
            return False
    elif first in NO_START:
        return False
    if text[at] != ".":
        return True
    word = text[max(start, at - REACH) : at].rpartition(" ")[2].lstrip("([{\"'“‘")
    following = text[after : after + REACH].partition(" ")[0].rstrip(",")
    if after == at + 1 and not (word.islower() or word[-1] in ")]" or following in OPENERS):
        return False  # "Bioconductor.Install", a name; but "CLN2.This"
    if word in NEVER:
        return False
    if word in BEFORE_NUMBER:
        return not NUMBERED.match(following)
    if word in BEFORE_OPENER:
        return following in OPENERS
    if word in BEFORE_CAPITAL:
        return first.isupper()
    if at - start <= 8 and NUMBERING.fullmatch(text, start, at):
        return False
    return not INITIALS.fullmatch(word) or following in OPENERS or _is_label(text, start, at)


def _is_label(text: str, start: int, at: int) -> bool:
    """Whether the single letter before a full stop names a thing ("vitamin A", "A, B and C", "0.1 M"): it is no initial ("K. Smith")."""
    before = text[max(start, at - 2 * REACH) : at - 1].split()
    if not before:
        return False
    if before[-1] in ("and", "or", "to"):
        return len(before) > 1 and len(before[-2].strip("(),")) == 1
    return before[-1].strip("(").lower() in LABELLED or before[-1][-1].isdigit() or ANOTHER_LABEL.fullmatch(before[-1]) is not None
