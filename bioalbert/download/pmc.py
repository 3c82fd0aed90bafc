"""PMC: the articles in NLM's open bucket, found in its newest inventory and chosen by their licence.

Layout (https://pmc.ncbi.nlm.nih.gov/tools/cloud/): metadata/PMC<id>.<version>.json names an article's licence and the address and MD5
of its XML; a daily inventory lists the metadata files. The inventory is fetched once and kept in `raw/pmc/inventory/`, so that all
parts of a corpus are dealt from one list; deleting that folder takes the newest one.
"""

import os
import re
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pyarrow
import pyarrow.compute
import pyarrow.csv

from bioalbert.catalogue.entries import Entry
from bioalbert.download.digests import Digest
from bioalbert.download.parallel import together
from bioalbert.download.source import NotFound, Source
from bioalbert.errors import InputError
from bioalbert.files import read_json, write_json, write_text

CONNECTIONS = 32
SNAPSHOT = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\dZ")
METADATA_KEY = r"^metadata/PMC\d+\.\d+\.json$"
XML_URL = re.compile(r"s3://(?P<bucket>[a-z0-9.-]+)/(?P<key>[\w.-]+/[\w.-]+\.xml)\?md5=(?P<md5>[0-9a-f]{32})")
# PMC's own groups (https://pmc.ncbi.nlm.nih.gov/tools/openftlist/); "CC BY (data CC0)" counts as CC BY.
COMMERCIAL = re.compile(r"(CC0|CC BY(-SA|-ND)?)(?![-\w])")
NON_COMMERCIAL = re.compile(r"CC BY-NC(-SA|-ND)?(?![-\w])")


@dataclass(frozen=True)
class Article:
    """One article: the path of its XML below `raw/pmc/`, and either where that comes from or why the article is left out."""

    file: str
    left_out: str | None = None
    url: str = ""
    digest: Digest | None = None


def download_pmc(
    entry: Entry,
    source: Source,
    raw: Path,
    part: tuple[int, int] = (1, 1),
    max_files: int | None = None,
    licences: str = "commercial",
) -> Path:
    """Fetches part I of N (every N-th article) and returns the list of its files, `raw/pmc/part-I-of-N.txt`.

    licences: "commercial", "non-commercial" or "all", see `allowed`.
    max_files: only the first so many articles of the inventory, before the licence filter and before they are dealt out to the parts.
    Beside the list part-I-of-N.stats.json counts what was left out and why.
    """
    number, parts = part
    folder = raw / entry.id
    snapshot = _inventory(entry, source, folder / "inventory")
    keys = _metadata_keys(folder / "inventory")[:max_files][number - 1 :: parts].to_pylist()

    def work(key: str) -> Article:
        return _fetch_article(key, entry, source, folder, licences)

    files: list[str] = []
    left_out: Counter[str] = Counter()
    for article in together(work, keys, CONNECTIONS, entry.id, "article"):
        if article.left_out:
            left_out[article.left_out] += 1
        else:
            files.append(article.file)
    stats = {"inventory": snapshot, "listed": len(keys), "articles": len(files), "left_out": left_out, "licences": licences}
    write_json(folder / f"part-{number}-of-{parts}.stats.json", stats)
    reasons = "".join(f", {count} left out ({reason})" for reason, count in sorted(left_out.items()))
    print(f"{entry.id}: {len(files)} of {len(keys)} articles, part {number} of {parts}{reasons}")
    listing = folder / f"part-{number}-of-{parts}.txt"
    write_text(listing, "".join(f"{file}\n" for file in files))
    return listing


def allowed(code: str | None, licences: str) -> bool:
    """Whether an article with this license_code may be taken for commercial use, for non-commercial use, or "all" (whatever it states)."""
    licence = code or ""
    if licences == "all" or COMMERCIAL.match(licence):
        return True
    return licences == "non-commercial" and bool(NON_COMMERCIAL.match(licence))


def _inventory(entry: Entry, source: Source, folder: Path) -> str:
    """Makes sure that `folder` holds an inventory: manifest.json and the CSV files that it names. Returns the snapshot's name."""
    if not folder.exists():
        reports = f"{entry.source}inventory-reports/pmc-oa-opendata/metadata/"
        snapshots = [name for name in source.names(reports) if SNAPSHOT.fullmatch(name)]
        if not snapshots:
            raise InputError("no inventory there", file=reports, fix="check --mirror")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".inventory.") as scratch:
            _fetch_inventory(entry, source, f"{reports}{max(snapshots)}/manifest.json", Path(scratch) / "whole")
            write_text(Path(scratch) / "whole" / "snapshot.txt", max(snapshots))
            try:
                os.rename(Path(scratch) / "whole", folder)
            except OSError:
                if not folder.exists():  # else another part was faster: its inventory is the one that counts
                    raise
    return (folder / "snapshot.txt").read_text(encoding="utf-8")


def _fetch_inventory(entry: Entry, source: Source, manifest: str, folder: Path) -> None:
    source.fetch(manifest, folder / "manifest.json")
    for file in _manifest(folder)["files"]:
        url = entry.source + file["key"]
        source.fetch(url, folder / Path(file["key"]).name, Digest("md5", file["MD5checksum"], manifest))


def _manifest(folder: Path) -> dict:
    manifest = read_json(folder / "manifest.json")
    if not isinstance(manifest, dict) or not {"files", "fileSchema", "fileFormat"} <= manifest.keys() or manifest["fileFormat"] != "CSV":
        raise InputError("not a S3 inventory in CSV", file=folder / "manifest.json", fix="check --mirror")
    return manifest


def _metadata_keys(folder: Path) -> pyarrow.Array:
    """The keys of all articles' metadata files, sorted, so that every part deals from the same order. (In Arrow: there are millions.)"""
    manifest = _manifest(folder)
    columns = [column.strip() for column in manifest["fileSchema"].split(",")]
    read = pyarrow.csv.ReadOptions(column_names=columns)
    convert = pyarrow.csv.ConvertOptions(include_columns=["Key"], column_types={"Key": pyarrow.large_string()})
    keys = [pyarrow.array([], pyarrow.large_string())]
    for file in manifest["files"]:
        path = folder / Path(file["key"]).name
        try:
            keys += pyarrow.csv.read_csv(path, read_options=read, convert_options=convert)["Key"].chunks
        except (pyarrow.ArrowException, KeyError, OSError) as error:
            raise InputError(f"not the inventory that its manifest describes ({error})", file=path, fix=f"delete {folder}") from None
    every = pyarrow.concat_arrays(keys)
    return every.filter(pyarrow.compute.match_substring_regex(every, METADATA_KEY)).sort()


def _fetch_article(key: str, entry: Entry, source: Source, folder: Path, licences: str) -> Article:
    """Fetches one article's metadata and, unless it is left out, its XML. What is there and still right is not fetched again."""
    metadata = folder / key
    if metadata.is_file():
        article = _read_metadata(metadata, licences)
        if article.left_out or article.digest.matches(folder / article.file):
            return article
    try:
        source.fetch(entry.source + key, metadata)
        article = _read_metadata(metadata, licences)
        if not article.left_out:
            source.fetch(article.url, folder / article.file, article.digest)
        return article
    except NotFound:
        return Article(key, left_out="withdrawn since the inventory was made")


def _read_metadata(path: Path, licences: str) -> Article:
    """An article's metadata file -> what to do with the article. Raises InputError, and removes the file, when it is not one."""
    try:
        metadata = read_json(path)
        name = f"{metadata['pmcid']}.{metadata['version']}"
        if name != path.stem:
            raise InputError(f"it is about {name}", file=path, fix="download it again")
        file = f"{name}/{name}.xml"
        if metadata["is_retracted"]:
            return Article(file, left_out="retracted")
        if not allowed(metadata["license_code"], licences):
            return Article(file, left_out=f"licence {metadata['license_code']}")
        if not metadata.get("xml_url"):
            return Article(file, left_out="no XML")
        found = XML_URL.fullmatch(metadata["xml_url"])
        if found is None:
            raise InputError(f"{metadata['xml_url']!r} is not s3://bucket/key?md5=hex", file=path, place="xml_url")
    except (InputError, KeyError, TypeError) as error:
        path.unlink()
        problem = error if isinstance(error, InputError) else InputError(f"not an article's metadata: {error!r}", file=path)
        raise problem from None
    return Article(file, url=f"https://{found['bucket']}.s3.amazonaws.com/{found['key']}", digest=Digest("md5", found["md5"], str(path)))
