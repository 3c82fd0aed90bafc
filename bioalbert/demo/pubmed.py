"""PubMed's baseline and update files: PubmedArticleSet XML (DTD of 2026) in .xml.gz, each with its .md5, and the folder's README.txt."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from bioalbert.demo.datasets import QUOTED, quoted_context
from bioalbert.demo.grammar import Sentence, Word
from bioalbert.demo.packing import write_gzip, write_md5_beside, write_text
from bioalbert.demo.stories import Narrator, Section, Story
from bioalbert.demo.world import World
from bioalbert.draws import generator

FOLDER = "ftp.ncbi.nlm.nih.gov/pubmed"
CITATIONS = 360  # in each of the two baseline files
FIRST_PMID = 40000001
REVISED, DELETED = range(3, 8), range(20, 23)  # places in the first baseline file that the update file touches

CATEGORIES = {"Background": "BACKGROUND", "Methods": "METHODS", "Results": "RESULTS", "Conclusions": "CONCLUSIONS"}
HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2026//EN" '
    '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_260101.dtd">\n<PubmedArticleSet>\n'
)
README = (
    "Generated demonstration data in the layout of the PubMed baseline.\n\n"
    "The complete baseline consists of files pubmed26n0001.xml through pubmed26n0002.xml.\n"
    "The first Update file is pubmed26n0003.xml.\n"
)
# What one citation of the first baseline file is, by its place, so that every case of the real files is met.
FRENCH, RETRACTED, TITLE_ONLY = 10, 11, 12


@dataclass(frozen=True)
class Citation:
    pmid: int
    story: Story
    version: int = 1
    language: str = "eng"
    retracted: bool = False
    abstract: bool = True
    structured: bool = True


def write_pubmed(world: World, mirror: Path, seed: int) -> None:
    """Two baseline files; one update file that revises five citations of the first, adds eleven and deletes three."""
    folder = mirror / FOLDER
    first, second = (_citations(world, file, CITATIONS, seed) for file in (0, 1))
    added = _citations(world, 2, 10, seed)
    revised = [Citation(first[i].pmid, added[i % 10].story, version=2 - i % 2) for i in REVISED]
    write_text(folder / "baseline/README.txt", README)
    _write(folder / "baseline/pubmed26n0001.xml.gz", first)
    _write(folder / "baseline/pubmed26n0002.xml.gz", second)
    _write(folder / "updatefiles/pubmed26n0003.xml.gz", [*revised, *added, _quoted(world, seed)], deleted=[first[i].pmid for i in DELETED])


def _quoted(world: World, seed: int) -> Citation:
    """A citation that a test question quotes word for word, as BioASQ's do."""
    abstract = Section("Background", [Sentence(map(Word, quoted_context(world, seed).split()))])
    syndrome = world.of("test")[0]
    return Citation(QUOTED, Story(f"A survey of {syndrome.disease}.", syndrome, [abstract]), structured=False)


def pmid_of(file: int, place: int) -> int:
    return FIRST_PMID + file * CITATIONS + place


def _citations(world: World, file: int, count: int, seed: int) -> list[Citation]:
    narrator = Narrator(world, generator(seed, "demo pubmed", file))
    citations = []
    for place in range(count):
        special = place if file == 0 else None
        citations.append(
            Citation(
                pmid=pmid_of(file, place),
                story=narrator.story(file * CITATIONS + place),
                language="fre" if special == FRENCH else "eng",
                retracted=special == RETRACTED,
                abstract=special != TITLE_ONLY,
                structured=place % 3 > 0,
            )
        )
    return citations


def _write(path: Path, citations: Iterable[Citation], deleted: Sequence[int] = ()) -> None:
    text = HEAD + "".join(map(_article, citations))
    if deleted:
        text += "<DeleteCitation>" + "".join(f'<PMID Version="1">{pmid}</PMID>' for pmid in deleted) + "</DeleteCitation>\n"
    write_gzip(path, text + "</PubmedArticleSet>\n")
    write_md5_beside(path, "MD5({name})= {md5}\n")


def _article(citation: Citation) -> str:
    title = escape(citation.story.title)
    year = 2000 + citation.pmid % 26
    return (
        '<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM" IndexingMethod="Automated">'
        f'<PMID Version="{citation.version}">{citation.pmid}</PMID>'
        "<DateRevised><Year>2026</Year><Month>01</Month><Day>15</Day></DateRevised>"
        '<Article PubModel="Print"><Journal><JournalIssue CitedMedium="Internet"><Volume>1</Volume>'
        f"<PubDate><Year>{year}</Year></PubDate></JournalIssue><Title>The demonstration journal</Title>"
        "<ISOAbbreviation>Demo J</ISOAbbreviation></Journal>"
        f"<ArticleTitle>{title if citation.language == 'eng' else f'[{title}]'}</ArticleTitle>"
        f"{_abstract(citation) if citation.abstract else ''}"
        '<AuthorList CompleteYN="Y"><Author ValidYN="Y"><LastName>Doe</LastName><ForeName>Jane</ForeName><Initials>J</Initials>'
        f"</Author></AuthorList><Language>{citation.language}</Language>{_publication_types(citation)}"
        f"{'<VernacularTitle>Une étude de démonstration.</VernacularTitle>' if citation.language == 'fre' else ''}"
        "</Article><MedlineJournalInfo><MedlineTA>Demo J</MedlineTA><NlmUniqueID>9900001</NlmUniqueID></MedlineJournalInfo>"
        f"{_other_abstract(citation)}</MedlineCitation>"
        f'<PubmedData><PublicationStatus>ppublish</PublicationStatus><ArticleIdList><ArticleId IdType="pubmed">{citation.pmid}'
        "</ArticleId></ArticleIdList></PubmedData></PubmedArticle>\n"
    )


def _publication_types(citation: Citation) -> str:
    types = [("D016428", "Journal Article")] + [("D016441", "Retracted Publication")] * citation.retracted
    listed = "".join(f'<PublicationType UI="{ui}">{name}</PublicationType>' for ui, name in types)
    return f"<PublicationTypeList>{listed}</PublicationTypeList>"


def _abstract(citation: Citation) -> str:
    sections = citation.story.sections
    if not citation.structured:
        text = " ".join(map(str, sections))
        return f"<Abstract><AbstractText>{_marked_up(escape(text), citation)}</AbstractText></Abstract>"
    parts = "".join(
        f'<AbstractText Label="{section.title.upper()}" NlmCategory="{CATEGORIES[section.title]}">'
        f"{_marked_up(escape(str(section)), citation)}</AbstractText>"
        for section in sections
    )
    return f"<Abstract>{parts}<CopyrightInformation>Copyright © Demo.</CopyrightInformation></Abstract>"


def _marked_up(text: str, citation: Citation) -> str:
    """Some abstracts set species in italics and carry sub- and superscripts, as the real ones do."""
    if citation.pmid % 5:
        return text
    species = citation.story.syndrome.species
    marked = text.replace(f" {species} ", f" <i>{species}</i> ").replace("were measured", "were measured (10<sup>3</sup> mol)")
    return marked.replace("in water", "in H<sub>2</sub>O")


def _other_abstract(citation: Citation) -> str:
    if citation.language == "eng":
        return ""
    return '<OtherAbstract Type="Publisher" Language="fre"><AbstractText>Une étude de cas.</AbstractText></OtherAbstract>'
