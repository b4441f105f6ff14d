"""The session with Gnocchi: who we are, how TLS is checked, and that nothing is waited for without an end.

gnocchiclient has no timeout of its own, and its retries repeat a POST after a timeout as well: so the session has the
one, and who asks decides about the other.
"""

from __future__ import annotations

from typing import Any

import requests
from gnocchiclient import client
from gnocchiclient.auth import GnocchiBasicPlugin, GnocchiNoAuthPlugin
from keystoneauth1.identity import v3
from keystoneauth1.session import Session

from reporting_pollster.config.settings import GnocchiSettings

SERVICE_TYPE = "metric"
_AGENT = "reporting-pollster"


def client_of(settings: GnocchiSettings, region: str) -> Any:
    """A client of gnocchiclient's; nothing is connected yet."""
    settings.require_usable()
    session = Session(
        auth=_plugin(settings),
        verify=_verify(settings),
        cert=(str(settings.tls_cert), str(settings.tls_key)) if settings.tls_cert else None,
        timeout=settings.timeout,
        session=_connections(settings),
        user_agent=_AGENT,
        redirect=False,
    )
    options: dict[str, Any] = {"service_type": SERVICE_TYPE, "connect_retries": 0}
    if settings.auth == "keystone":
        options |= {"interface": settings.interface, "region_name": region}
        if settings.endpoint:
            options["endpoint_override"] = settings.endpoint
    return client.Client("1", session=session, adapter_options=options)


def _plugin(settings: GnocchiSettings) -> Any:
    match settings.auth:
        case "basic":
            return GnocchiBasicPlugin(settings.username, settings.endpoint)
        case "noauth":
            return GnocchiNoAuthPlugin(settings.username, settings.project_name, "admin", settings.endpoint)
    return v3.Password(
        auth_url=settings.auth_url,
        username=settings.username,
        password=settings.password,
        user_domain_name=settings.user_domain_name,
        project_name=settings.project_name,
        project_domain_name=settings.project_domain_name,
    )


def _verify(settings: GnocchiSettings) -> bool | str:
    return str(settings.tls_ca) if settings.tls_verify and settings.tls_ca else settings.tls_verify


def _connections(settings: GnocchiSettings) -> requests.Session:
    """As many kept connections as requests under way: requests would throw the others away."""
    connections = requests.Session()
    adapter = requests.adapters.HTTPAdapter(pool_maxsize=settings.requests_at_once)
    for scheme in ("https://", "http://"):
        connections.mount(scheme, adapter)
    return connections
