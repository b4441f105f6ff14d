"""`/metrics`, for Prometheus: what the reporting database says of itself, and how long our answers take.

The former is read at each scrape and is the same whichever process answers. The latter each process counts for itself,
without files that they would share; the label `worker` keeps their series apart, so that a rate over them is right.
"""

from __future__ import annotations

import os
import time
from typing import cast

from flask import Response, current_app, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, generate_latest

from reporting_pollster.api import current
from reporting_pollster.api.resource import Answer, Resource
from reporting_pollster.api.resources.metrics.families import StoreCollector
from reporting_pollster.api.schemas import path_template

RESOURCE = Resource("metrics", __name__)
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
_OTHER, _NOWHERE = "other", "none"  # anybody can invent methods and paths; each would be a series for ever
_LATENCY = "reporting_pollster.latency"


@RESOURCE.answers(
    "GET",
    "/metrics",
    "Metrics for Prometheus",
    {200: Answer("The metrics", {"text/plain": {"type": "string"}})},
    access="open",
)
def metrics() -> Response:
    application = current.application()
    if application.settings.api.metrics_token and not current.identity().has_role(
        application.settings.api.required_role
    ):
        raise current.unauthorized()
    registry = CollectorRegistry()
    registry.register(StoreCollector(application))
    registry.register(_latency())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


@RESOURCE.after_app_request
def observe(answer: Response) -> Response:
    """Note how long it took until the answer began; the rest is the client's line."""
    if "started" in g:
        route = current.route()
        method = request.method if request.method in _METHODS else _OTHER
        labels = (method, _NOWHERE if route is None else path_template(route), str(answer.status_code))
        _latency().labels(str(os.getpid()), *labels).observe(time.perf_counter() - g.started)
    return answer


def _latency() -> Histogram:
    """The histogram of this application in this process."""
    found = current_app.extensions.get(_LATENCY)
    if found is None:
        labels = ("worker", "method", "route", "status")
        help_ = "Time until an answer began, by process that answered"
        found = Histogram("reporting_pollster_api_request_seconds", help_, labels, registry=None, buckets=_BUCKETS)
        current_app.extensions[_LATENCY] = found
    return cast(Histogram, found)
