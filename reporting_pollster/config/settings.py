"""What the settings look like once they are read: frozen values, with the defaults of every option.

The field names are the option names and the defaults are the options' defaults, so that both are said once.
A connection is never part of a repr: a dataclass in a log line or a traceback must not give a password away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from reporting_pollster.errors import SettingsError

# Without these there is nothing to report on; the other sources only add to it.
NEEDED_SOURCES = ("keystone", "nova_api", "cinder", "glance")
OPTIONAL_SOURCES = ("neutron", "heat", "rcshib", "dashboard")
_SHORTEST_KEY = 32


@dataclass(frozen=True)
class DatabaseSettings:
    """How to reach one database."""

    connection: str = field(repr=False)
    group: str = field(default="", kw_only=True)  # where it was configured, for errors that name it
    tls_ca: Path | None = field(default=None, kw_only=True)
    tls_cert: Path | None = field(default=None, kw_only=True)
    tls_key: Path | None = field(default=None, kw_only=True)
    tls_verify: bool = field(default=True, kw_only=True)
    connect_timeout: int = field(default=10, kw_only=True)
    read_timeout: int = field(default=300, kw_only=True)

    @property
    def url(self) -> URL:
        """The connection, taken apart."""
        return make_url(self.connection)

    @property
    def uses_tls(self) -> bool:
        """Whether any option asks for an encrypted connection."""
        return self.tls_ca is not None or self.tls_cert is not None or not self.tls_verify


@dataclass(frozen=True)
class ReportingSettings(DatabaseSettings):
    """How to reach the reporting database; its statements may take longer than those at a source."""

    read_timeout: int = field(default=600, kw_only=True)


@dataclass(frozen=True, kw_only=True)
class SyncSettings:
    """How much a cycle reads, and what it does not believe."""

    overlap_seconds: int = 300
    page_rows: int = 5000
    sweep_share: float = 0.05
    sweep_hours: int = 24
    guard_share: float = 0.3
    guard_floor: int = 10
    readers: int = 4
    anchors: int = 20
    stale_after_seconds: int = 900
    unfinished_hours: int = 6
    personal_prefix: str = "pt-"
    default_availability_zone: str = "nova"
    keep_runs_days: int = 30


@dataclass(frozen=True, kw_only=True)
class NotificationSettings:
    """Where OpenStack's notifications come from, and how long they are kept."""

    transport_url: str = field(default="", repr=False)
    topics: tuple[str, ...] = ("reporting",)
    priorities: tuple[str, ...] = ("info",)
    pool: str | None = None
    exchanges: tuple[str, ...] = ("nova", "openstack", "cinder", "glance", "keystone", "neutron", "heat")
    allow_shared_queue: bool = False
    amqp_durable_queues: bool = True
    rabbit_quorum_queue: bool = False
    amqp_auto_delete: bool = False
    tls_ca: Path | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    tls_verify: bool = True
    prefetch: int = 200
    heartbeat_seconds: int = 60
    keep_messages_days: int = 30


@dataclass(frozen=True, kw_only=True)
class GnocchiSettings:
    """Where Gnocchi is, who we are there, and how much is asked of it."""

    auth: str = "keystone"
    endpoint: str = ""
    auth_url: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    user_domain_name: str = "Default"
    project_name: str = ""
    project_domain_name: str = "Default"
    interface: str = "public"
    tls_ca: Path | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    tls_verify: bool = True
    timeout: int = 30
    requests_at_once: int = 4
    resources_at_once: int = 50
    poll_seconds: int = 1800
    history_days: int = 30
    catch_up_hours: int = 48
    keep_hours_days: int = 400

    def require_usable(self) -> None:
        """Raise unless it is said where Gnocchi is and who we are: most commands need no metrics."""
        needed = {
            "keystone": ("auth_url", "username", "password", "project_name"),
            "basic": ("endpoint", "username"),
            "noauth": ("endpoint", "username", "project_name"),
        }[self.auth]
        for name in needed:
            if not getattr(self, name):
                raise SettingsError(
                    f"[gnocchi] {name} is not set, which auth = {self.auth} needs",
                    hint=f"write {name} below [gnocchi]; docs/how-to/metrics.md shows an example",
                )


@dataclass(frozen=True, kw_only=True)
class ConcertimSettings:
    """Where Concertim is, who we are there, and how the cloud is shown."""

    url: str = ""
    daemon_url: str = ""
    login: str = ""
    password: str = field(default="", repr=False)
    tls_ca: Path | None = None
    connect_timeout: int = 5
    read_timeout: int = 30
    tries: int = 5
    requests_at_once: int = 4
    profile: str = "P4"
    rack_height: int = 42
    guard_share: float = 0.3
    guard_floor: int = 10
    team_project: str = ""
    user_name: str = ""

    def require_usable(self) -> None:
        """Raise unless it is said where Concertim is and who we are: most commands need none."""
        for name in ("url", "login", "password"):
            if not getattr(self, name):
                raise SettingsError(
                    f"[concertim] {name} is not set",
                    hint=f"write {name} below [concertim]; docs/how-to/concertim.md shows an example",
                )


@dataclass(frozen=True, kw_only=True)
class RatingSettings:
    """What use costs."""

    file: Path | None = None


@dataclass(frozen=True, kw_only=True)
class ApiSettings:
    """Who may ask over HTTP, from where, and how much at once.

    `strategy` is in the words of the file; `accepts_private_key` and `accepts_keystone` say what it means.
    """

    strategy: tuple[str, ...] = ("private_key",)
    private_key: str = field(default="", repr=False)
    session_key: str = field(default="", repr=False)
    required_role: str = "admin"
    bind: str = "127.0.0.1"
    port: int = 9494
    workers: int = 2
    cors_origins: tuple[str, ...] = ("*",)
    max_body: int = 1_048_576
    max_page_rows: int = 10_000
    query_seconds: int = 30
    stream_seconds: int = 900
    max_days: int = 1_100
    metrics_token: bool = False

    @property
    def accepts_private_key(self) -> bool:
        return "private_key" in self.strategy or "token" in self.strategy  # Almanach wrote token,keystone

    @property
    def accepts_keystone(self) -> bool:
        return "keystone" in self.strategy

    def require_usable(self) -> None:
        """Raise unless everybody who is let in has proved who they are: most commands need no key."""
        unknown = sorted(set(self.strategy) - {"private_key", "token", "keystone"})
        if unknown or not self.strategy:
            raise SettingsError(
                f"[api] strategy names no known way to sign in: {', '.join(unknown) or 'nothing'}",
                hint="write private_key, keystone, or both",
            )
        if self.accepts_private_key and self.private_key in ("", "secret"):
            raise SettingsError(
                f"[api] private_key is {'not set' if not self.private_key else 'a word that everybody knows'}",
                hint="write one that nobody guesses, for instance from `openssl rand -hex 32`, or strategy = keystone",
            )
        if 0 < len(self.session_key) < _SHORTEST_KEY:
            raise SettingsError(
                f"[api] session_key is shorter than {_SHORTEST_KEY} characters",
                hint="write one that nobody guesses, for instance from `openssl rand -hex 32`",
            )


@dataclass(frozen=True, kw_only=True)
class AlmanachSettings:
    """What Almanach's API keeps and tells, in the words of Almanach's own settings, and who may write over it."""

    volume_existence_threshold: int = 60
    instance_metadata: tuple[str, ...] = ()
    instance_image_meta: tuple[str, ...] = ()
    write_role: str = "admin"


@dataclass(frozen=True, kw_only=True)
class LogSettings:
    """Where the log goes, how much of it, and in which form."""

    log_file: Path | None = None
    log_level: str = "INFO"
    log_json: bool = False


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that can be configured."""

    reporting: ReportingSettings
    region: str = "RegionOne"
    databases: Mapping[str, DatabaseSettings] = field(default_factory=dict)  # by group; those configured only
    cells: Mapping[str, DatabaseSettings] = field(default_factory=dict)  # by name, in the order of [nova] cells
    sync: SyncSettings = field(default_factory=SyncSettings)
    notifications: NotificationSettings = field(default_factory=NotificationSettings)
    gnocchi: GnocchiSettings = field(default_factory=GnocchiSettings)
    concertim: ConcertimSettings = field(default_factory=ConcertimSettings)
    rating: RatingSettings = field(default_factory=RatingSettings)
    api: ApiSettings = field(default_factory=ApiSettings)
    almanach: AlmanachSettings = field(default_factory=AlmanachSettings)
    log: LogSettings = field(default_factory=LogSettings)
    state_directory: Path = Path("/var/lib/reporting-pollster")
    files: tuple[Path, ...] = ()

    def require_sources(self) -> None:
        """Raise unless all is configured that a sync cannot do without: most commands can."""
        for group in NEEDED_SOURCES:
            if group not in self.databases:
                raise SettingsError(
                    f"[{group}] connection is not set in {self.described_files()}",
                    hint=f"write connection = mysql+pymysql://USER:PASSWORD@HOST/{group} there, below [{group}]",
                )
        if not self.cells:
            raise SettingsError(
                f"[nova] cells is empty in {self.described_files()}",
                hint="write cells = cell0, cell1 below [nova], and a group [cell:NAME] with a connection for each",
            )

    def described_files(self) -> str:
        """The files that were read, for a message."""
        return ", ".join(map(str, self.files)) or "any file (none was found)"
