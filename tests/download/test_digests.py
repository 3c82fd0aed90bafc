"""Digests and the forms in which they are published."""

import pytest

from bioalbert.download.digests import Digest, Recorded, md5_of
from bioalbert.errors import InputError

HEX = "7945e032d823d32bd0efadb9c917ddb3"


def test_git_blob_is_git_s_own_id(tmp_path):
    (tmp_path / "a").write_bytes(b"test content\n")
    # The example of the book Pro Git, section "Git Objects".
    assert Digest("git_blob", "d670460b4b4aece5915caf5c68d12f560a9fe3e4").matches(tmp_path / "a")
    assert not Digest("git_blob", "0" * 40).matches(tmp_path / "a")


def test_md5_and_sha256(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")  # the test vector of RFC 1321 and FIPS 180
    assert Digest("md5", "900150983cd24fb0d6963f7d28e17f72").matches(tmp_path / "a")
    assert Digest("sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad").matches(tmp_path / "a")
    assert not Digest("md5", HEX).matches(tmp_path / "absent")


@pytest.mark.parametrize(
    "text",
    [
        f"MD5(a.gz)= {HEX}\n",
        f"MD5 (a.gz) = {HEX.upper()}",
        f"{HEX}  a.gz\n",
        f"{HEX} *./a.gz",
        f"{HEX}\n",
        f"{'0' * 32}  b.gz\n{HEX}  a.gz\n",
    ],
)
def test_forms_of_a_md5_file(text):
    assert md5_of(text, "a.gz", "url").value == HEX


@pytest.mark.parametrize("text", ["", "<html>not found</html>", f"MD5(b.gz)= {HEX}", HEX[:-1]])
def test_a_md5_file_without_the_digest(text):
    with pytest.raises(InputError, match=r"a\.gz\.md5: no MD5 digest of a\.gz"):
        md5_of(text, "a.gz", "a.gz.md5")


def test_recorded_digests_outlive_the_run(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert Recorded(tmp_path).get("a") is None
    Recorded(tmp_path).add("a", tmp_path / "a")
    assert Recorded(tmp_path).get("a").matches(tmp_path / "a")
