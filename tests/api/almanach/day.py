"""A client of Almanach's API in tests: writes with few words, and entries as short tuples."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

from tests.api.asking import Asking

INSTANCE, VOLUME, PROJECT = "0d1f0c1e-7a44-4c0a-9d5b-b0a5b9a40001", "5b7e9d60-1111-4c0a-8d5b-b0a5b9a40002", "aa11bb22"
SERVER, OTHER_SERVER = "11111111-aaaa-4c0a-8d5b-b0a5b9a40003", "22222222-aaaa-4c0a-8d5b-b0a5b9a40004"


def iso(text: str) -> str:
    """A date of the body: `iso("01 10:00")`, in March 2024."""
    return f"2024-03-{text.replace(' ', 'T')}{':00' if text.count(':') == 1 else ''}.000000Z"


def told(text: str | None) -> str | None:
    """A date of an answer, in the same short form."""
    if text is None:
        return None
    assert text.startswith("2024-03-"), text
    assert text.endswith("+00:00"), text
    return text.removeprefix("2024-03-").removesuffix("+00:00").removesuffix(":00")


class Day:
    """One client, and what it is answered."""

    def __init__(self, ask: Asking) -> None:
        self.ask = ask

    def __call__(self, method: str, path: str, **options: Any) -> TestResponse:
        return self.ask(path, method=method, **options)

    def good(self, method: str, path: str, status: int, **sent: Any) -> TestResponse:
        """An answer that must have this status."""
        answer = self.ask(path, method=method, json=sent)
        assert answer.status_code == status, answer.text
        return answer

    def instance(self, at: str = "01 10:00", **values: Any) -> None:
        """Create the instance."""
        sent = {
            "id": INSTANCE, "created_at": iso(at), "name": "web1", "flavor": "small", "os_distro": "debian",
            "os_version": "12", "os_type": "linux",
        }  # fmt: skip
        self.good("POST", f"/v1/project/{PROJECT}/instance", 201, **{**sent, **values})

    def volume(self, at: str = "01 10:00", **values: Any) -> None:
        """Create the volume."""
        sent = {
            "volume_id": VOLUME, "start": iso(at), "volume_type": None, "size": 1, "volume_name": "data1",
            "attached_to": [],
        }  # fmt: skip
        self.good("POST", f"/v1/project/{PROJECT}/volume", 201, **{**sent, **values})

    def attach(self, at: str, *instances: str, how: str = "attach") -> None:
        """Attach the volume, or detach it."""
        self.good("PUT", f"/v1/volume/{VOLUME}/{how}", 200, date=iso(at), attachments=list(instances))

    def entries(self, entity: str, *names: str) -> list[tuple[Any, ...]]:
        """Start, end and some properties of all entries."""
        answer = self.ask(f"/v1/entity/{entity}")
        assert answer.status_code == 200, answer.text
        return self.short(answer, *names)

    def listed(self, start: str, end: str, what: str = "entities", project: str = PROJECT) -> list[tuple[Any, ...]]:
        """Start and end of the entries in a span."""
        span = {"start": f"2024-03-{start}:00.0", "end": f"2024-03-{end}:00.0"}
        answer = self.ask(f"/v1/project/{project}/{what}", query_string=span)
        assert answer.status_code == 200, answer.text
        return self.short(answer)

    @staticmethod
    def short(answer: TestResponse, *names: str) -> list[tuple[Any, ...]]:
        assert answer.json is not None
        return [(told(each["start"]), told(each["end"]), *(each[name] for name in names)) for each in answer.json]
