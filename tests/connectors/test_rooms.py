"""What holds between the rooms: nothing heavy is imported early, texts are read as people read them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from connectors.capabilities import Platform
from connectors.errors import Unsupported
from connectors.links import find_links
from connectors.registry import capabilities, connect, default_base_url
from connectors.text import fingerprint, html_to_text
from tests.connectors.conftest import CORPUS
from tests.connectors.kit_x import X

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = ("tweepy", "praw", "prawcore", "mastodon", "requests", "urllib3", "regex", "boto3", "chalice", "chalicelib")

_LOOK = """
import sys
from connectors.capabilities import Platform
from connectors.registry import capabilities, credential_fields, default_base_url
for platform in Platform:
    capabilities(platform), credential_fields(platform), default_base_url(platform)
print(sorted(set(sys.argv[1:]) & set(sys.modules)))
"""


def test_reading_capabilities_imports_no_client_library() -> None:
    found = subprocess.run(
        [sys.executable, "-c", _LOOK, *CLIENTS], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30
    )
    assert found.stdout.strip() == "[]", found.stdout


@pytest.mark.parametrize("platform", list(Platform))
def test_a_connector_imports_only_its_own_client(platform: Platform) -> None:
    libraries = {"x": "tweepy", "reddit": "praw", "mastodon": "mastodon"}
    code = (
        f"import sys\nfrom connectors.{platform} import connector\n"
        f"print(sorted(set({sorted(libraries.values())}) & set(sys.modules)))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30
    )
    assert found.stdout.strip() == "[]", "not even its own, until the first call"


def test_no_platform_knows_another_or_the_rest_of_the_house() -> None:
    names = "|".join(Platform)
    for path in (ROOT / "connectors").rglob("*.py"):
        code = path.read_text()
        assert not re.search(r"^\s*(from|import) (chalicelib|boto3|botocore|chalice)\b", code, re.MULTILINE), path
        own = path.parent.name if path.parent.name in set(Platform) else None
        others = {found for found in re.findall(rf"from connectors\.({names})\b", code) if found != own}
        assert not others, path


def test_an_unknown_platform_is_unsupported() -> None:
    for ask in (capabilities, default_base_url):
        with pytest.raises(Unsupported):
            ask("myspace")
    with pytest.raises(Unsupported):
        connect("myspace", X.sign_in("http://127.0.0.1:1"))


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two<br />three</p>", "one\n\ntwo\nthree"),
        (
            '<p>see <a href="https://e.org/a"><span class="invisible">https://</span>e.org/a</a></p>',
            "see https://e.org/a",
        ),
        ("a &lt;b&gt; &amp; c &#8364;", "a <b> & c €"),
        ("<script>bad()</script>fine<style>x</style>", "fine"),
        ("<ul><li>x</li><li>y</li></ul>", "- x\n- y"),
        ("", ""),
    ],
)
def test_html_as_a_person_reads_it(html: str, text: str) -> None:
    assert html_to_text(html) == text


def test_a_fingerprint_folds_what_platforms_change_and_nothing_else() -> None:
    assert fingerprint("e\u0301  x\n\ny ") == fingerprint("é x y")
    assert fingerprint("hi @a@b.example!") == fingerprint("hi @a!")
    assert fingerprint("mail me@b.example") != fingerprint("mail me")
    assert fingerprint("Yes") != fingerprint("yes")
    assert fingerprint("a b") != fingerprint("ab")


@pytest.mark.parametrize(
    "section", ["urls", "urls_with_indices", "urls_with_directional_markers", "tco_urls_with_params"]
)
def test_links_agree_with_twitter_text(section: str) -> None:
    path = CORPUS / "conformance/twitter-text/extract.yml"
    if not path.is_file():
        pytest.skip("needs the recorded corpus (set PARLEY_CORPUS)")
    yaml = pytest.importorskip("yaml")
    cases = yaml.safe_load(path.read_text())["tests"][section]
    wrong = [case["description"] for case in cases if not _finds(case)]
    assert wrong == []
    assert len(cases) == {"urls": 91, "urls_with_indices": 10, "urls_with_directional_markers": 2}.get(section, 5)


def _finds(case: Any) -> bool:
    found = [(case["text"][it.start : it.end], [it.start, it.end]) for it in find_links(case["text"], bare=True)]
    wanted = [it if isinstance(it, str) else (it["url"], it["indices"]) for it in case["expected"]]
    return [it if isinstance(wanted[0], tuple) else it[0] for it in found] == wanted if wanted else found == []
