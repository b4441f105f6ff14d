"""The page's files, without a browser: how they are served, and what they must not have."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest

from tests.api.asking import Asking

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PAGE = Path(str(files("reporting_pollster.api"))) / "page"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Asking:
    """Return an API; its database is of no matter."""
    return Asking(f"sqlite:///{tmp_path_factory.mktemp('files')}/none.sqlite", token=None)


def test_a_browser_gets_the_page_and_a_program_the_versions(api: Asking) -> None:
    page, versions = api("/", headers=HTML), api("/", headers={"Accept": "*/*"})

    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert "Accept" in page.headers["Vary"]
    assert (versions.status_code, versions.mimetype) == (300, "application/json")


def test_the_page_may_lie_below_a_prefix(api: Asking) -> None:
    known = api("/", headers=HTML, environ_overrides={"SCRIPT_NAME": "/reporting"}).text
    unknown = api("/", headers=HTML).text

    assert '<base href="/reporting/">' in known
    assert "<base" not in unknown
    assert not re.search(r'(?:src|href)="/', unknown)


def test_the_browser_may_load_and_run_nothing_else(api: Asking) -> None:
    page = api("/", headers=HTML)

    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert not re.search(r"<script(?![^>]* src=)|<style|style=|\son\w+=", page.text)
    assert not re.search(r"https?:", page.text)


def test_files_are_kept_by_browsers_for_good_and_never_mixed(api: Asking) -> None:
    page = api("/", headers=HTML).text
    named = re.findall(r'(?:src|href)="(ui/[^"]+)"', page)

    for name in named:
        answer = api(f"/{name}")
        assert answer.status_code == 200, name
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    other = re.sub("ui/[0-9a-f]+", "ui/0123456789abcdef", named[0])
    assert api(f"/{other}").status_code == 404
    assert len(named) == 4


def test_a_page_that_did_not_change_is_not_sent_again(api: Asking) -> None:
    first = api("/", headers=HTML)

    assert api("/", headers={**HTML, "If-None-Match": first.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("name", ["../page.py", "..%2f..%2fsession.py", "/etc/passwd", "", "vendor", "index.html/"])
def test_no_other_file_is_served(api: Asking, name: str) -> None:
    digest = re.search("ui/([0-9a-f]+)/", api("/", headers=HTML).text)
    assert digest is not None
    answer = api(f"/ui/{digest[1]}/{name}")

    assert answer.status_code == 404 or (name == "index.html/" and "{digest}" in answer.text)


def test_no_module_makes_markup_of_text() -> None:
    for module in PAGE.rglob("*.js"):
        if "vendor" in module.parts:
            continue
        text = module.read_text()
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", text), (
            module
        )


def test_what_is_not_ours_has_its_licence_beside_it() -> None:
    readme = (PAGE / "vendor/README.md").read_text()
    version = re.search(r"Chart\.js v([\d.]+)", (PAGE / "vendor/chart.umd.min.js").read_text()[:200])

    assert version is not None
    assert version[1] in readme
    for licence in re.findall(r"LICENSE-[\w.-]+\.md", readme):
        assert "MIT" in (PAGE / "vendor" / licence).read_text()


_TEXTS = (  # a text and what it stands on
    *(("text", each) for each in ("page", "surface", "row")),
    *(("muted", each) for each in ("page", "surface", "row")),
    *(("accent", each) for each in ("page", "surface", "row")),
    *(("warn", "page"), ("on-accent", "accent"), ("text", "accent-soft")),
    *(("good", "good-soft"), ("bad", "bad-soft"), ("bad", "surface")),
)
_SHAPES = (*((f"c{number}", "surface") for number in range(1, 9) if number != 3), ("line-strong", "surface"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_have_contrast_enough(theme: str) -> None:
    light, dark = re.findall(r":root \{(.*?)\}", (PAGE / "page.css").read_text(), re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", dark if theme == "dark" else light))

    for pairs, least in ((_TEXTS, 4.5), (_SHAPES, 3.0)):
        weak = {pair: _contrast(colours[pair[0]], colours[pair[1]]) for pair in pairs}
        assert not {pair: ratio for pair, ratio in weak.items() if ratio < least}


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
