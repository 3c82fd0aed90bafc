"""The names in a folder of a server: from its HTML index, or from S3's listing of a bucket."""

from collections.abc import Callable
from urllib.parse import quote, unquote

from lxml import etree, html

from bioalbert.errors import InputError

S3_NAMES = {"s3": "http://s3.amazonaws.com/doc/2006-03-01/"}


def index_names(page: bytes) -> list[str]:
    """The names that a HTML index links to, sorted (those of its own links up and of its sort orders too: callers know what they seek)."""
    links = html.document_fromstring(page).xpath("//a/@href") if page.strip() else []
    return sorted({unquote(link.rstrip("/").rsplit("/", 1)[-1]) for link in links})


def s3_names(read: Callable[[str], bytes], bucket: str, prefix: str) -> list[str]:
    """The folders and files right below a prefix (which ends in /), sorted, by ListObjectsV2 (a page holds at most 1,000 of them).

    read: fetches a page by its address. bucket: https://NAME.s3.amazonaws.com/. Raises InputError for an answer that is no listing.
    """
    names, query = [], f"{bucket}?list-type=2&delimiter=/&prefix={quote(prefix)}"
    page = query
    while page:
        try:
            root = etree.fromstring(read(page), etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
        except etree.XMLSyntaxError as error:
            raise InputError(f"not a S3 listing ({error})", file=page, fix="try again later, or use --mirror") from None
        found = root.xpath("s3:CommonPrefixes/s3:Prefix/text() | s3:Contents/s3:Key/text()", namespaces=S3_NAMES)
        names += [key.removeprefix(prefix).rstrip("/") for key in found]
        token = root.findtext("s3:NextContinuationToken", namespaces=S3_NAMES)
        page = f"{query}&continuation-token={quote(token, safe='')}" if token else None
    return sorted(names)
