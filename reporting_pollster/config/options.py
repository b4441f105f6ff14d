"""Every option: its group, kind, default, and the help that the sample file shows.

Names and defaults are those of the dataclasses. The help states the unit and an example, because the sample file is
the only documentation that is there when a service is being configured on a server.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from oslo_config import cfg

from reporting_pollster.config.settings import (
    NEEDED_SOURCES,
    OPTIONAL_SOURCES,
    AlmanachSettings,
    ApiSettings,
    ConcertimSettings,
    DatabaseSettings,
    GnocchiSettings,
    LogSettings,
    NotificationSettings,
    RatingSettings,
    ReportingSettings,
    Settings,
    SyncSettings,
)

CELL_PREFIX = "cell:"
KEYSTONE_GROUP = "keystone_authtoken"  # read by keystonemiddleware, whose options depend on the way to sign in
CONCERTIM_PROFILES = ("P2", "P3", "P4")
GNOCCHI_AUTHS = ("keystone", "basic", "noauth")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")

_SOURCES = {
    "keystone": "Keystone's database: domains, projects, users, roles. Needed.",
    "nova_api": "Nova's API database: flavors, aggregates, cell mappings, quotas. Needed.",
    "cinder": "Cinder's database: volumes, snapshots, backups. Needed.",
    "glance": "Glance's database: images. Needed.",
    "neutron": "Neutron's database: networks and floating IPs. Optional.",
    "heat": "Heat's database: stacks. Optional.",
    "rcshib": "The rcshib database, which tells more about users and projects. Optional.",
    "dashboard": "The dashboard's database of allocations. Optional.",
}
assert tuple(_SOURCES) == NEEDED_SOURCES + OPTIONAL_SOURCES


def _defaults(of: type[Any]) -> Mapping[str, Any]:
    return {field.name: field.default for field in dataclasses.fields(of) if field.default is not dataclasses.MISSING}


def _database_options(of: type[DatabaseSettings], database: str, default: str | None = None) -> list[cfg.Opt]:
    defaults = _defaults(of)
    return [
        cfg.StrOpt(
            "connection",
            default=default,
            secret=True,
            help="URL of the database. A $ is written $$, and any of @ : / ? # % and blanks in the password are "
            f"percent-encoded. Example: mysql+pymysql://reporting:PASSWORD@db1:3306/{database}",
        ),
        cfg.StrOpt(
            "connection_file",
            help="Path of a file that holds the URL of the database, instead of connection. A relative path is "
            "looked up in $CREDENTIALS_DIRECTORY, where systemd's LoadCredential= puts it. "
            f"Example: {database}-connection",
        ),
        cfg.StrOpt(
            "tls_ca",
            help="Path of the certificates (PEM) that the server's must be signed by; turns TLS on. "
            "Example: /etc/ssl/certs/ca-certificates.crt",
        ),
        cfg.StrOpt(
            "tls_cert",
            help="Path of our own certificate (PEM), for a server that wants one; turns TLS on. "
            "Example: /etc/reporting-pollster/client.crt",
        ),
        cfg.StrOpt(
            "tls_key",
            help="Path of the key (PEM) of tls_cert. Example: /etc/reporting-pollster/client.key",
        ),
        cfg.BoolOpt(
            "tls_verify",
            default=defaults["tls_verify"],
            help="Whether the server's certificate and name must be right. Switching it off turns TLS on without "
            "any check. Example: true",
        ),
        cfg.IntOpt(
            "connect_timeout",
            default=defaults["connect_timeout"],
            min=1,
            help="How long to wait for a connection, in seconds. Example: 5",
        ),
        cfg.IntOpt(
            "read_timeout",
            default=defaults["read_timeout"],
            min=1,
            help="How long one statement may stay without an answer, in seconds. Example: 900",
        ),
    ]


def _default_options() -> list[cfg.Opt]:
    log = _defaults(LogSettings)
    return [
        cfg.StrOpt(
            "state_directory",
            default=str(_defaults(Settings)["state_directory"]),
            help="Directory for what the pollster itself keeps, such as the embedded reporting database. "
            "Example: /srv/reporting-pollster",
        ),
        cfg.StrOpt(
            "log_file",
            default=log["log_file"],
            help="Path of the log file, which may be rotated at any time; the standard error without one. "
            "Example: /var/log/reporting-pollster/reporting-pollster.log",
        ),
        cfg.StrOpt(
            "log_level",
            default=log["log_level"],
            choices=LOG_LEVELS,
            ignore_case=True,
            help="The least level that is logged. Example: DEBUG",
        ),
        cfg.BoolOpt(
            "log_json",
            default=log["log_json"],
            help="Whether each log record is one line of JSON instead of text. Example: true",
        ),
    ]


def _region_options() -> list[cfg.Opt]:
    return [
        cfg.StrOpt(
            "name",
            default=_defaults(Settings)["region"],
            help="Name of this region, as keystone has it. Every row read here is labelled with it, so it stays as "
            "it is once chosen. Example: melbourne",
        )
    ]


def _nova_options() -> list[cfg.Opt]:
    return [
        cfg.ListOpt(
            "cells",
            default=[],
            help="Names of nova's cells, cell0 included; each has a group [cell:NAME] with its connection. "
            "Example: cell0, cell1",
        )
    ]


def _sync_options() -> list[cfg.Opt]:
    default = _defaults(SyncSettings)

    def whole(name: str, help: str, least: int = 1) -> cfg.Opt:  # noqa: A002
        return cfg.IntOpt(name, default=default[name], min=least, help=help)

    def share(name: str, help: str) -> cfg.Opt:  # noqa: A002
        return cfg.FloatOpt(name, default=default[name], min=0, max=1, help=help)

    return [
        whole(
            "overlap_seconds",
            "How far before the last cycle's end the next one starts reading, in seconds: at least the longest "
            "transaction at a source, and its replica's lag. Example: 600",
            least=0,
        ),
        whole("page_rows", "How many rows one statement of a paged read asks for. Example: 2000"),
        share("sweep_share", "Share of each table that a cycle's sweep compares, above 0, at most 1. Example: 0.1"),
        whole("sweep_hours", "In what time the sweep must have compared everything once, in hours. Example: 12"),
        share(
            "guard_share",
            "Share of a table's rows that a cycle may close before its source is no longer believed and nothing is "
            "written, 0 to 1. Example: 0.5",
        ),
        whole("guard_floor", "How many rows a cycle may close whatever their share. Example: 25", least=0),
        whole("readers", "How many sources and cells are read at the same time, in threads. Example: 8"),
        whole(
            "anchors",
            "How many rows known from before are looked up to tell whether a source still is the database that it "
            "was; 0 looks up none. Example: 50",
            least=0,
        ),
        whole(
            "stale_after_seconds",
            "After what time without a successful cycle a table counts as stale, in seconds. Example: 1800",
        ),
        whole(
            "unfinished_hours",
            "For how long after its last change an instance action without an end is read again each cycle, in hours; "
            "later the sweep reads it. Example: 24",
        ),
        cfg.StrOpt(
            "personal_prefix",
            default=default["personal_prefix"],
            help="What the name of a personal project begins with. Example: trial-",
        ),
        cfg.StrOpt(
            "default_availability_zone",
            default=default["default_availability_zone"],
            help="Availability zone of a host that no aggregate gives one: nova's own option of this name. "
            "Example: zone-a",
        ),
        whole("keep_runs_days", "For how long the record of finished runs is kept, in days. Example: 90"),
    ]


def _notification_options() -> list[cfg.Opt]:
    default = _defaults(NotificationSettings)
    tls = ("tls_ca", "tls_cert", "tls_key", "tls_verify")
    return [
        cfg.StrOpt(
            "transport_url",
            secret=True,
            help="Where the services send notifications, as in their own transport_url; several hosts are tried in "
            "turn. A $ is written $$. Example: rabbit://reporting:PASSWORD@mq1:5672,reporting:PASSWORD@mq2:5672/openstack",
        ),
        cfg.StrOpt(
            "transport_url_file",
            help="Path of a file that holds the URL, instead of transport_url. A relative path is looked up in "
            "$CREDENTIALS_DIRECTORY, where systemd's LoadCredential= puts it. Example: transport-url",
        ),
        cfg.ListOpt(
            "topics",
            default=list(default["topics"]),
            help="Topics that the services send to for us: each has this one beside notifications in [oslo_messaging_"
            "notifications] topics. With a pool, the topics to take copies of. Example: reporting",
        ),
        cfg.ListOpt(
            "priorities",
            default=list(default["priorities"]),
            help="Priorities that are read; errors are counted, and are no usage. Example: info, error",
        ),
        cfg.StrOpt(
            "pool",
            default=default["pool"],
            help="Name of a queue of our own that gets a copy of what is sent to topics, for services that cannot "
            "send to a topic of ours. Example: reporting-pool",
        ),
        cfg.ListOpt(
            "exchanges",
            default=list(default["exchanges"]),
            help="With a pool, the exchanges of the services (their control_exchange); cinder's is openstack unless "
            "it is set there. Example: nova, openstack, glance, keystone, neutron",
        ),
        cfg.BoolOpt(
            "allow_shared_queue",
            default=default["allow_shared_queue"],
            help="Whether the topic notifications may be read without a pool: any other reader of it (ceilometer) "
            "then loses what we get. Example: true",
        ),
        cfg.BoolOpt(
            "amqp_durable_queues",
            default=default["amqp_durable_queues"],
            help="Whether the queue of the pool outlives a restart of the broker. A queue that services made is taken "
            "as it is. Example: false",
        ),
        cfg.BoolOpt(
            "rabbit_quorum_queue",
            default=default["rabbit_quorum_queue"],
            help="Whether the queue of the pool is a quorum queue. Example: true",
        ),
        cfg.BoolOpt(
            "amqp_auto_delete",
            default=default["amqp_auto_delete"],
            help="Whether the queue of the pool goes with its last reader; what is sent until there is one again is "
            "lost. Example: false",
        ),
        *(option for option in _database_options(DatabaseSettings, "") if option.dest in tls),
        cfg.IntOpt(
            "prefetch",
            default=default["prefetch"],
            min=1,
            max=10_000,
            help="How many messages the broker hands out before the first of them is stored. Example: 1000",
        ),
        cfg.IntOpt(
            "heartbeat_seconds",
            default=default["heartbeat_seconds"],
            min=0,
            help="After what time without a sign of life the connection counts as broken, in seconds; 0 never. "
            "Example: 30",
        ),
        cfg.IntOpt(
            "keep_messages_days",
            default=default["keep_messages_days"],
            min=0,
            help="For how long messages are kept, in days; 0 keeps none of those that were understood. Parked ones "
            "stay until they are. Example: 90",
        ),
    ]


def _gnocchi_options() -> list[cfg.Opt]:
    default = _defaults(GnocchiSettings)
    tls = ("tls_ca", "tls_cert", "tls_key", "tls_verify")

    def text(name: str, help: str) -> cfg.Opt:  # noqa: A002
        return cfg.StrOpt(name, default=default[name], help=help)

    def whole(name: str, help: str, least: int = 1) -> cfg.Opt:  # noqa: A002
        return cfg.IntOpt(name, default=default[name], min=least, help=help)

    return [
        cfg.StrOpt(
            "auth",
            default=default["auth"],
            choices=GNOCCHI_AUTHS,
            help="How Gnocchi knows who asks, as its own auth_mode says: keystone, basic (a user's name alone) or "
            "noauth (remoteuser or a test). Example: basic",
        ),
        text(
            "endpoint",
            "URL of Gnocchi; with keystone it is looked up in the catalogue if it is not said. "
            "Example: https://metric.example.org:8041",
        ),
        text("auth_url", "URL of keystone. Example: https://keystone.example.org:5000/v3"),
        text(
            "username",
            "Our account, whose role lets it see the metrics of all projects: with less we get fewer and no error. "
            "With noauth the user's id. Example: reporting",
        ),
        cfg.StrOpt("password", secret=True, help="Its password, with keystone. A $ is written $$. Example: PASSWORD"),
        cfg.StrOpt(
            "password_file",
            help="Path of a file that holds the password, instead of password. A relative path is looked up in "
            "$CREDENTIALS_DIRECTORY, where systemd's LoadCredential= puts it. Example: gnocchi-password",
        ),
        text("user_domain_name", "Domain of the account. Example: Default"),
        text("project_name", "Project of the account; with noauth its id. Example: service"),
        text("project_domain_name", "Domain of the project. Example: Default"),
        text("interface", "Which URL of the catalogue is asked: public, internal or admin. Example: internal"),
        *(option for option in _database_options(DatabaseSettings, "") if option.dest in tls),
        whole("timeout", "How long a request may stay without an answer, in seconds. Example: 60"),
        whole("requests_at_once", "How many requests are under way at the same time. Example: 8"),
        whole("resources_at_once", "Of how many resources one request reads the metrics. Example: 100"),
        whole("poll_seconds", "After what time a poll ends, done or not; the next goes on. In seconds. Example: 600"),
        whole("history_days", "How far back metrics are read that were not read before, in days. Example: 90"),
        whole(
            "catch_up_hours",
            "A metric without measures for so long is taken for dead and holds nothing up; what comes for it later "
            "with older times is read when you ask for it (metrics poll --from). In hours. Example: 168",
        ),
        whole("keep_hours_days", "For how long hours of metrics are kept, in days; days of them stay. Example: 100"),
    ]


def _concertim_options() -> list[cfg.Opt]:
    default = _defaults(ConcertimSettings)

    def text(name: str, help: str) -> cfg.Opt:  # noqa: A002
        return cfg.StrOpt(name, default=default[name], help=help)

    def whole(name: str, help: str, most: int | None = None) -> cfg.Opt:  # noqa: A002
        return cfg.IntOpt(name, default=default[name], min=1, max=most, help=help)

    return [
        text("url", "URL of Concertim. Example: https://concertim.example.org"),
        text(
            "daemon_url",
            "URL of its daemon for metrics, when that is not at /mrd below url. Example: http://concertim:3000",
        ),
        text("login", "Our account there, which has to be root. Example: admin"),
        cfg.StrOpt("password", secret=True, help="Its password. A $ is written $$. Example: PASSWORD"),
        cfg.StrOpt(
            "password_file",
            help="Path of a file that holds the password, instead of password. A relative path is looked up in "
            "$CREDENTIALS_DIRECTORY, where systemd's LoadCredential= puts it. Example: concertim-password",
        ),
        cfg.StrOpt(
            "tls_ca",
            help="Path of the certificates that may have signed Concertim's; without it those of the machine. "
            "Example: /etc/ssl/concertim-ca.pem",
        ),
        whole("connect_timeout", "How long a connection may take, in seconds. Example: 10"),
        whole("read_timeout", "How long a request may stay without an answer, in seconds. Example: 60"),
        whole("tries", "How often a request is sent that gets no answer. Example: 3"),
        whole("requests_at_once", "How many requests are under way at the same time. Example: 2", 4),
        cfg.StrOpt(
            "profile",
            default=default["profile"],
            choices=CONCERTIM_PROFILES,
            help="How old Concertim is where nothing in it shows that: P4 is newer than v1.2.0, P3 is v1.2.0, P2 "
            "older. Example: P3",
        ),
        whole("rack_height", "How high new racks are, in units. Example: 20", 72),
        cfg.FloatOpt(
            "guard_share",
            default=default["guard_share"],
            min=0,
            max=1,
            help="The share of what Concertim shows of a kind that one cycle may delete; more is refused as a whole. "
            "Example: 0.5",
        ),
        cfg.IntOpt(
            "guard_floor",
            default=default["guard_floor"],
            min=0,
            help="So many may be deleted in any case. Example: 50",
        ),
        text(
            "team_project",
            "What the project of a team is called, to fill the project of teams that have none; {name} is the "
            "team's name. Empty: never. Example: CM_{name}",
        ),
        text(
            "user_name",
            "What a user is called in OpenStack, to fill the cloud user of those that have none; {name} is the "
            "login. Empty: never. Example: CM_{name}",
        ),
    ]


def _rating_options() -> list[cfg.Opt]:
    return [
        cfg.StrOpt(
            "file",
            default=_defaults(RatingSettings)["file"],
            help="Path of the price list (TOML) that costs are computed with; docs/how-to/rate.md explains it. It is "
            "read when a cost is asked for; its weights of states also by each sync, for views. "
            "Example: /etc/reporting-pollster/price-list.toml",
        )
    ]


def _api_options() -> list[cfg.Opt]:
    default = _defaults(ApiSettings)
    return [
        cfg.ListOpt(
            "strategy",
            default=list(default["strategy"]),
            help="How a request proves who it is from, in its header X-Auth-Token: private_key, keystone, or both. "
            "Example: private_key, keystone",
        ),
        cfg.StrOpt(
            "private_key",
            secret=True,
            help="Who sends this may read and write everything. At least 32 characters that nobody guesses, as "
            "`openssl rand -hex 32` makes them. Example: 5f0c...",
        ),
        cfg.StrOpt(
            "private_key_file",
            help="Path of a file that holds the key, instead of private_key. A relative path is looked up in "
            "$CREDENTIALS_DIRECTORY, where systemd's LoadCredential= puts it. Example: api-key",
        ),
        cfg.StrOpt(
            "session_key",
            secret=True,
            help="What the cookies of the web page are sealed with, the same for every process that answers requests. "
            "Without one each process makes its own, and whoever signed in must do so again after a restart. "
            "At least 32 characters; `openssl rand -hex 32` makes them. Example: 8d1e...",
        ),
        cfg.StrOpt(
            "session_key_file",
            help="Path of a file that holds it, instead of session_key. A relative path is looked up in "
            "$CREDENTIALS_DIRECTORY. Example: session-key",
        ),
        cfg.StrOpt(
            "required_role",
            default=default["required_role"],
            help="Name of the one keystone role that reads the reports below /v1/reports, and everything below /v2. "
            "Empty: any valid token reads all reports below /v1/reports, of all projects. Example: reporting_viewer",
        ),
        cfg.StrOpt(
            "bind",
            default=default["bind"],
            help="Address on which `reporting-pollster api` listens. Example: 0.0.0.0",
        ),
        cfg.PortOpt(
            "port", default=default["port"], help="Port on which `reporting-pollster api` listens. Example: 8000"
        ),
        cfg.IntOpt(
            "workers",
            default=default["workers"],
            min=1,
            help="How many processes of `reporting-pollster api` answer requests. Example: 4",
        ),
        cfg.ListOpt(
            "cors_origins",
            default=list(default["cors_origins"]),
            help="Origins whose pages may ask the API from a browser, with a token that they know; * for all of them, "
            "empty for none. Example: https://dashboard.example.org",
        ),
        cfg.IntOpt(
            "max_body",
            default=default["max_body"],
            min=1024,
            help="The longest body of a request that is read, in bytes. Example: 65536",
        ),
        cfg.IntOpt(
            "max_page_rows",
            default=default["max_page_rows"],
            min=1,
            help="The most rows that a page of an answer may have, when pages are asked for. Example: 1000",
        ),
        cfg.IntOpt(
            "query_seconds",
            default=default["query_seconds"],
            min=1,
            help="How long one query of a request below /v2 may take, in seconds; then the request is refused. "
            "Example: 60",
        ),
        cfg.IntOpt(
            "stream_seconds",
            default=default["stream_seconds"],
            min=1,
            help="The same for reports with a row for each period of each resource, whose rows go out as fast as the "
            "client takes them. Example: 3600",
        ),
        cfg.IntOpt(
            "max_days",
            default=default["max_days"],
            min=1,
            help="The longest time span that a request below /v2 may ask for, in days. Example: 400",
        ),
        cfg.BoolOpt(
            "metrics_token",
            default=default["metrics_token"],
            help="Whether /metrics needs a token, too. Example: true",
        ),
    ]


def _almanach_options() -> list[cfg.Opt]:
    default = _defaults(AlmanachSettings)
    return [
        cfg.IntOpt(
            "volume_existence_threshold",
            default=default["volume_existence_threshold"],
            min=0,
            help="Attachments of a volume that change so soon after its entry began change it in place, in seconds; "
            "and a deletion so soon takes the entry away, unless it is the only one. Example: 120",
        ),
        cfg.ListOpt(
            "instance_metadata",
            default=list(default["instance_metadata"]),
            help="Keys of instances' metadata that are told. Example: customer, stage",
        ),
        cfg.ListOpt(
            "instance_image_meta",
            default=list(default["instance_image_meta"]),
            help="Properties of instances' images that are told, and of which a change (a rebuild) begins another "
            "entry; they are known from notifications only. Example: os_distro, os_version, os_type",
        ),
        cfg.StrOpt(
            "write_role",
            default=default["write_role"],
            help="Name of the keystone role, in a project, that may write over Almanach's API; who has the private key "
            "always may. Example: billing",
        ),
    ]


def _keystone_options() -> list[cfg.Opt]:
    return [
        cfg.StrOpt("auth_url", help="URL of keystone. Example: https://keystone.example.org:5000/v3"),
        cfg.StrOpt(
            "www_authenticate_uri",
            help="URL of keystone that clients without a token are pointed to. Example: https://keystone.example.org/v3",
        ),
        cfg.StrOpt("auth_type", help="How we sign in ourselves; password if it is not said. Example: password"),
        cfg.StrOpt("username", help="Our own account, which validates tokens. Example: reporting"),
        cfg.StrOpt("password", secret=True, help="Its password. Example: PASSWORD"),
        cfg.StrOpt("user_domain_name", help="Domain of the account. Example: Default"),
        cfg.StrOpt("project_name", help="Project in which the account may validate tokens. Example: service"),
        cfg.StrOpt("project_domain_name", help="Domain of the project. Example: Default"),
        cfg.StrOpt(
            "cafile", help="Path of the certificates (PEM) that keystone's must be signed by. Example: /etc/ca.pem"
        ),
        cfg.StrOpt("memcached_servers", help="Where validated tokens are kept for a while. Example: cache1:11211"),
    ]


def cell_group(name: str) -> tuple[cfg.OptGroup, list[cfg.Opt]]:
    """The group of one cell and its options."""
    group = cfg.OptGroup(CELL_PREFIX + name, help=f"The database of nova's cell {name}.")
    return group, _database_options(DatabaseSettings, "nova" if name != "cell0" else "nova_cell0")


def option_groups() -> list[tuple[cfg.OptGroup, list[cfg.Opt]]]:
    """All groups but those of the cells, in the order of the sample file."""
    reporting = _database_options(ReportingSettings, "reporting", default="sqlite:///$state_directory/reporting.sqlite")
    return [
        (cfg.OptGroup("DEFAULT"), _default_options()),
        (cfg.OptGroup("reporting", help="The reporting database, which is written."), reporting),
        (cfg.OptGroup("region", help="The region of the sources below."), _region_options()),
        *_source_groups(_SOURCES.items()),
        (cfg.OptGroup("nova", help="Nova's cells. At least one is needed."), _nova_options()),
        (cfg.OptGroup("sync", help="How the sources are read, and what is not believed."), _sync_options()),
        (cfg.OptGroup("notifications", help="OpenStack's notifications. Optional."), _notification_options()),
        (cfg.OptGroup("gnocchi", help="Gnocchi, which keeps metrics. Optional."), _gnocchi_options()),
        (cfg.OptGroup("concertim", help="Concertim, which shows the cloud. Optional."), _concertim_options()),
        (cfg.OptGroup("rating", help="What use costs. Optional."), _rating_options()),
        (cfg.OptGroup("api", help="The REST API and the web page. Optional."), _api_options()),
        (cfg.OptGroup("almanach", help="Almanach's API, for its established clients. Optional."), _almanach_options()),
        (
            cfg.OptGroup(
                KEYSTONE_GROUP,
                help="How the API validates tokens. Any option of keystonemiddleware works; these are the usual ones.",
            ),
            _keystone_options(),
        ),
    ]


def _source_groups(sources: Iterable[tuple[str, str]]) -> list[tuple[cfg.OptGroup, list[cfg.Opt]]]:
    return [(cfg.OptGroup(name, help=text), _database_options(DatabaseSettings, name)) for name, text in sources]
