"""An API over a reporting database of a test, and who asks it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from reporting_pollster.api import create_app
from reporting_pollster.app import Application
from reporting_pollster.config.settings import ApiSettings, RatingSettings, ReportingSettings, Settings

KEY = "a-private-key-that-nobody-guesses"


def settings_for(store_url: str, files: tuple[Path, ...] = (), prices: Path | None = None, **api: Any) -> Settings:
    """Settings of an API on this database, which accepts the private key; keystone and prices are named in files."""
    api_settings = replace(ApiSettings(private_key=KEY), **api)
    rating = RatingSettings(file=prices)
    return Settings(reporting=ReportingSettings(store_url), api=api_settings, rating=rating, files=files)


class Asking:
    """Asks an API as the owner of a token; without one as nobody."""

    def __init__(self, store_url: str, token: str | None = KEY, **api: Any) -> None:
        self.application = Application(lambda: settings_for(store_url, **api))
        self.app = create_app(self.application)
        self._client: FlaskClient = self.app.test_client()
        self._token = token

    def __call__(self, path: str, *, method: str = "GET", token: str | None = "", **options: Any) -> TestResponse:
        """The answer; `headers`, `json` and the like as for Flask's client."""
        options.setdefault("buffered", True)  # read and closed, as a server does it
        headers = dict(options.pop("headers", {}))
        sent = self._token if token == "" else token
        if sent is not None:
            headers.setdefault("X-Auth-Token", sent)
        return self._client.open(path, method=method, headers=headers, **options)

    def close(self) -> None:
        self.application.store.dispose()
