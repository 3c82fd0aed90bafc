"""PMC's open-access bucket: JATS articles, a metadata JSON for each, and the daily inventory that lists the metadata."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from bioalbert.demo.packing import md5_of, write_gzip, write_text
from bioalbert.demo.pubmed import pmid_of
from bioalbert.demo.stories import Narrator, Section, Story
from bioalbert.demo.world import World
from bioalbert.draws import generator

BUCKET = "pmc-oa-opendata"
HOST = f"{BUCKET}.s3.amazonaws.com"
INVENTORY = f"inventory-reports/{BUCKET}/metadata"
DAY = "2026-11-01T01-00Z"
ARTICLES = 80
FIRST_ID = 9000001
ROUNDS = 5  # how often a section goes through its plan: full texts are longer than abstracts
LICENCES = ("CC BY", "CC BY", "CC BY", "CC BY", "CC0", "CC BY", "CC BY", "CC BY-NC")  # in turn
LICENCE_URLS = {
    "CC BY": "https://creativecommons.org/licenses/by/4.0/",
    "CC0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC BY-NC": "https://creativecommons.org/licenses/by-nc/4.0/",
}
RETRACTED = 6  # the place of the one retracted article
IN_PUBMED = 4  # every fourth article is also a PubMed citation
JATS_TITLES = {"Background": "Introduction", "Conclusions": "Discussion"}


@dataclass(frozen=True)
class Article:
    number: int
    pmid: int | None
    licence: str
    retracted: bool
    story: Story

    @property
    def key(self) -> str:
        return f"PMC{self.number}.1"


def write_pmc(world: World, mirror: Path, seed: int) -> None:
    bucket = mirror / HOST
    rows = []
    for place in range(ARTICLES):
        article = _article(world, place, seed)
        xml = _jats(article)
        write_text(bucket / article.key / f"{article.key}.xml", xml)
        metadata = json.dumps(_metadata(article, xml), indent=1)
        write_text(bucket / f"metadata/{article.key}.json", metadata)
        row = (BUCKET, f"metadata/{article.key}.json", len(metadata.encode()), "2026-11-01T00:00:00.000Z", md5_of(metadata))
        rows.append(",".join(f'"{value}"' for value in row))
    _write_inventory(bucket, rows)


def _article(world: World, place: int, seed: int) -> Article:
    narrator = Narrator(world, generator(seed, "demo pmc", place))
    return Article(
        number=FIRST_ID + place,
        pmid=pmid_of(1, place) if place % IN_PUBMED == 0 else None,
        licence=LICENCES[place % len(LICENCES)],
        retracted=place == RETRACTED,
        story=narrator.story(place, ROUNDS),
    )


def _metadata(article: Article, xml: str) -> dict:
    return {
        "pmcid": f"PMC{article.number}",
        "version": 1,
        "pmid": None if article.pmid is None else str(article.pmid),
        "doi": f"10.99999/demo.{article.number}",
        "title": article.story.title,
        "citation": f"Demo J. 2026; 1:{article.number}",
        "is_pmc_openaccess": True,
        "is_manuscript": False,
        "is_historical_ocr": False,
        "is_retracted": article.retracted,
        "license_code": article.licence,
        "xml_url": f"s3://{BUCKET}/{article.key}/{article.key}.xml?md5={md5_of(xml)}",
    }


def _write_inventory(bucket: Path, rows: list[str]) -> None:
    key = f"{INVENTORY}/data/demo-0001.csv.gz"
    write_gzip(bucket / key, "".join(row + "\n" for row in rows))
    packed = (bucket / key).read_bytes()
    manifest = {
        "sourceBucket": BUCKET,
        "destinationBucket": f"arn:aws:s3:::{BUCKET}",
        "version": "2016-11-30",
        "creationTimestamp": "1793491200000",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, Size, LastModifiedDate, ETag",
        "files": [{"key": key, "size": len(packed), "MD5checksum": hashlib.md5(packed).hexdigest()}],
    }
    write_text(bucket / f"{INVENTORY}/{DAY}/manifest.json", json.dumps(manifest, indent=1))


def _jats(article: Article) -> str:
    story = article.story
    abstract = "".join(_section(Section(part.title, part.sentences[:3])) for part in story.sections)
    body = "".join(_section(part, _floats(story) if part.title == "Results" else "") for part in story.sections)
    retracted = "<subject>Retracted Article</subject>" if article.retracted else "<subject>Research Article</subject>"
    pmid = "" if article.pmid is None else f'<article-id pub-id-type="pmid">{article.pmid}</article-id>'
    return (
        '<!DOCTYPE article PUBLIC "-//NLM//DTD JATS (Z39.96) Journal Archiving and Interchange DTD v1.3 20210610//EN" '
        '"JATS-archivearticle1-3.dtd">\n'
        '<article xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:mml="http://www.w3.org/1998/Math/MathML" '
        'article-type="research-article"><front><journal-meta><journal-title-group><journal-title>The demonstration journal'
        "</journal-title></journal-title-group></journal-meta><article-meta>"
        f'<article-id pub-id-type="pmcid">PMC{article.number}</article-id>{pmid}'
        f'<article-id pub-id-type="doi">10.99999/demo.{article.number}</article-id>'
        f'<article-categories><subj-group subj-group-type="heading">{retracted}</subj-group></article-categories>'
        f"<title-group><article-title>{escape(story.title)}</article-title></title-group>"
        '<contrib-group><contrib contrib-type="author"><name><surname>Doe</surname><given-names>Jane</given-names></name></contrib>'
        '</contrib-group><pub-date pub-type="epub"><year>2026</year></pub-date><permissions><license '
        f'xlink:href="{LICENCE_URLS[article.licence]}"><license-p>Licence: {article.licence}.</license-p></license></permissions>'
        f"<abstract>{abstract}</abstract></article-meta></front><body>{body}</body><back><ack><p>We thank everybody.</p></ack>"
        f"{_references()}</back></article>\n"
    )


def _section(section: Section, floats: str = "") -> str:
    """A section in paragraphs of five sentences; the first cites a reference and the figure."""
    paragraphs = [" ".join(map(str, section.sentences[i : i + 5])) for i in range(0, len(section.sentences), 5)]
    texts = "".join(f"<p>{escape(text)}</p>" for text in paragraphs)
    cited = texts.replace(".</p>", ' [<xref ref-type="bibr" rid="B1">1</xref>].</p>', 1)
    title = JATS_TITLES.get(section.title, section.title)
    return f"<sec><title>{title}</title>{cited}{floats}</sec>"


def _floats(story: Story) -> str:
    """A table, a figure with its caption and a formula: what a reader of running text leaves out or keeps apart."""
    syndrome = story.syndrome
    rows = "".join(f"<tr><td>{name}</td><td>{len(name)}</td></tr>" for name in (syndrome.gene, syndrome.chemical))
    return (
        f'<table-wrap id="T1"><label>Table 1</label><caption><p>Cases of {syndrome.disease} by group.</p></caption><table><thead><tr>'
        f"<th>Group</th><th>Cases</th></tr></thead><tbody>{rows}</tbody></table></table-wrap>"
        f'<fig id="F1"><label>Figure 1</label><caption><p>The {syndrome.organ} in {syndrome.disease}.</p></caption>'
        '<graphic xlink:href="demo-g001"/></fig>'
        "<p>The rate was computed as follows.<disp-formula><mml:math><mml:mi>r</mml:mi><mml:mo>=</mml:mo><mml:mfrac><mml:mi>n</mml:mi>"
        "<mml:mi>N</mml:mi></mml:mfrac></mml:math></disp-formula></p>"
    )


def _references() -> str:
    return (
        '<ref-list><title>References</title><ref id="B1"><label>1</label><mixed-citation><person-group><name><surname>Roe</surname>'
        "<given-names>R</given-names></name></person-group><article-title>An earlier study</article-title><source>Demo J</source>"
        "<year>2025</year></mixed-citation></ref></ref-list>"
    )
