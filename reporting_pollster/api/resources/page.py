"""The web page: `/` for browsers, and its files below `/ui`.

The files' address has a digest of all of them in it, so that a browser keeps them for good and still never mixes those
of two versions. Everything is read once; nothing comes from another host, and the policy that goes with the page
forbids the browser to load, run or send anything else.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple

from flask import Response, request
from markupsafe import escape
from werkzeug.exceptions import NotFound

from reporting_pollster.api.compression import compressed
from reporting_pollster.api.resource import Answer, Parameter, Resource

RESOURCE = Resource("page", __name__)
RESOURCE.after_request(compressed)
_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "md": "text/plain; charset=utf-8",
}
_YEAR = 31_536_000
# The charts' library and we make all text as text; trusted types have the browser refuse anything else.
_POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_SAFETY = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class _Files(NamedTuple):
    """What the page is made of, by path; and a digest of it."""

    content: dict[str, bytes]
    digest: str


@RESOURCE.answers(
    "GET",
    "/ui/<digest>/<path:name>",
    "A file of the web page",
    {200: Answer("The file"), 404: Answer("There is none, or it is of another version")},
    access="open",
    parameters=(
        Parameter("digest", {"type": "string"}, "Version of the page", where="path", required=True),
        Parameter("name", {"type": "string"}, "The file", where="path", required=True),
    ),
    documented=False,
)
def file(digest: str, name: str) -> Response:
    known = _files()
    if digest != known.digest or name not in known.content:
        raise NotFound
    answer = Response(known.content[name], content_type=_TYPES[name.rpartition(".")[2]], headers=_SAFETY)
    answer.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
    return answer


def page() -> Response:
    """The page itself, which names the version of its files."""
    known = _files()
    # Its addresses are relative, so that it may lie below a prefix of which only a proxy knows.
    base = f'<base href="{escape(request.script_root)}/">' if request.script_root else ""
    text = known.content["index.html"].decode().replace("{base}", base).replace("{digest}", known.digest)
    answer = Response(text, content_type=_TYPES["html"], headers=_SAFETY)
    answer.headers["Cache-Control"] = "no-cache"
    answer.vary.add("Accept")
    answer.add_etag(weak=True)
    answer.make_conditional(request)
    return compressed(answer)


RESOURCE.page = page


@cache
def _files() -> _Files:
    content = dict(_below(files("reporting_pollster.api") / "page", ""))
    digest = sha256()
    for name in sorted(content):
        digest.update(name.encode() + b"\0" + content[name] + b"\0")
    return _Files(content, digest.hexdigest()[:16])


def _below(directory: Traversable, path: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for each in directory.iterdir():
        if each.is_dir():
            found += _below(each, f"{path}{each.name}/")
        elif each.name.rpartition(".")[2] in _TYPES:
            found.append((path + each.name, each.read_bytes()))
    return found
