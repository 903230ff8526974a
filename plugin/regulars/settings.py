"""Every setting once, as data: name, default, one sentence. Read from REGULARS_* in the environment or the Flask config."""

import base64
import math
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from regulars.errors import SettingsError

N = TypeVar("N", int, float)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: `read` turns its text into a value and raises ValueError with a sentence when it cannot."""

    name: str
    default: Any
    help: str
    read: Callable[[str], Any] = str
    secret: bool = False

    @property
    def key(self) -> str:
        """Its name in the environment and in the Flask config."""
        return f"REGULARS_{self.name.upper()}"


def _mode(text: str) -> str:
    if text not in ("development", "test", "production"):
        raise ValueError("it must be development, test or production")
    return text


def _yes_or_no(text: str) -> bool:
    if text.lower() in ("1", "true", "yes", "on"):
        return True
    if text.lower() in ("0", "false", "no", "off", ""):
        return False
    raise ValueError("it must be yes or no")


def _prefix(text: str) -> str:
    if not text.startswith("/") or text.endswith("/"):
        raise ValueError("it must begin with a slash and not end with one, like /webhooks")
    return text


def _seconds(text: str) -> float:
    return _number(text, float, lambda value: 0 < value < math.inf, "it must be a number above 0")


def _count(text: str) -> int:
    return _number(text, int, lambda value: value >= 1, "it must be a whole number of at least 1")


def _port(text: str) -> int:
    return _number(text, int, lambda value: 0 <= value <= 65535, "it must be a port, or 0 for none")


def _log_level(text: str) -> str:
    if text not in ("debug", "info", "warning", "error"):
        raise ValueError("it must be debug, info, warning or error")
    return text


def _hops(text: str) -> int:
    return _number(text, int, lambda value: value >= 0, "it must be a whole number of at least 0")


def _number(text: str, kind: Callable[[str], N], fits: Callable[[N], bool], hint: str) -> N:
    try:
        value = kind(text)
    except ValueError as error:
        raise ValueError(hint) from error
    if not fits(value):
        raise ValueError(hint)
    return value


def _root_key(text: str) -> str:
    try:
        size = len(base64.urlsafe_b64decode(text))
    except ValueError as error:
        raise ValueError("it must be base64; `regulars init` makes a good one") from error
    if size < 32:
        raise ValueError("it must hold at least 32 bytes; `regulars init` makes a good one")
    return text


def _redis_url(text: str) -> str:
    if re.fullmatch(r"unix://[^?]*/[^?]+(\?.*)?", text):
        return text
    return _url(
        text, ("redis", "rediss"), "it must look like redis://host:6379/0, rediss://host/0 or unix:///path?db=0"
    )


def _public_url(text: str) -> str:
    hint = "it must look like https://loyalty.example.com, without a slash at the end"
    if text.endswith("/") or "?" in text or "#" in text:
        raise ValueError(hint)
    return _url(text, ("http", "https"), hint)


def _smtp_url(text: str) -> str:
    hint = "it must look like smtp://user:password@host:587?starttls=1 or smtps://host"
    return _url(text, ("smtp", "smtps"), hint)


def _url(text: str, schemes: tuple[str, ...], hint: str) -> str:
    """The address, when it has one of the schemes and a host. The hint does not repeat it: it may hold a password."""
    try:
        address = urlsplit(text)
        host, _port = address.hostname, address.port  # reading the port is what checks it
    except ValueError:
        raise ValueError(hint) from None
    if not (address.scheme in schemes and host):
        raise ValueError(hint)
    return text


SETTINGS = (
    Setting("mode", "development", "development, test or production; production refuses unsafe settings.", _mode),
    Setting("root_key", "", "The one key, 32 bytes in URL-safe base64, that every other key is derived from.", _root_key, True),
    Setting("database_url", "", "The database: sqlite:////path/file.db or postgresql://user:password@host/name.", str, True),
    Setting("bind", "", "In a host's app, the bind of SQLALCHEMY_BINDS that our tables are on; empty: its default database."),
    Setting("redis_url", "", "The Redis or Valkey that carries the doorbells; empty: rows are drained by a thread.", _redis_url, True),
    Setting("data", "", "The folder of the embedded set-up; empty means regulars-data in the present directory."),
    Setting("app", "", "How workers find the host's app, as package:create_app; empty means the standalone app."),
    Setting("public_url", "", "The address under which shops and shoppers reach this app, without a slash at the end.", _public_url),
    Setting("store_api_url", "", "Points every outgoing store call at this address (tests and demonstrations)."),
    Setting("webhooks_prefix", "/webhooks", "Where webhooks arrive.", _prefix),
    Setting("storefront_prefix", "/storefront", "Where the widget asks.", _prefix),
    Setting("api_prefix", "/api/v1", "Where hosts and servers ask.", _prefix),
    Setting("admin_prefix", "/admin", "Where the staff look.", _prefix),
    Setting("health_prefix", "", "Goes before /healthz, /readyz and /metrics, for a host that has its own.", _prefix),
    Setting("queue", "regulars", "The name of the RQ queue."),
    Setting("lease_seconds", 20.0, "How long a worker owns a row before another may take it over.", _seconds),
    Setting("heartbeat_seconds", 5.0, "How often a worker renews its leases.", _seconds),
    Setting("sweep_seconds", 10.0, "How often each web and worker process looks for work that nobody rang for.", _seconds),
    Setting("drain_seconds", 30.0, "How long one drain works before it stops and rings again.", _seconds),
    Setting("drain_batch", 1000, "The most rows that one transaction of a drain takes; it begins with 100.", _count),
    Setting("backoff_seconds", 5.0, "The wait before the second try; it doubles with each further one.", _seconds),
    Setting("tries", 8, "How many tries a row has before it becomes a dead letter.", _count),
    Setting("body_limit_bytes", 5 * 1024 * 1024, "The largest webhook body that is read.", _count),
    Setting("busy_seconds", 5.0, "How long a writer waits for SQLite's lock.", _seconds),
    Setting("intake_busy_seconds", 3.0, "How long a webhook waits for SQLite's lock before it answers 503.", _seconds),
    Setting("rotation_hours", 24.0, "How long the previous secret of a source stays good after a rotation.", _seconds),
    Setting("keep_bodies_days", 30, "How long the raw bodies of webhooks are kept.", _count),
    Setting("token_seconds", 300, "The longest life of a shopper's token.", _count),
    Setting("smtp_url", "", "The mail server: smtp://user:password@host:587?starttls=1 or smtps://…; empty: no mail leaves.", _smtp_url, True),
    Setting("mail_from", "", "The sender of mails, like Kavárna Morava <hello@example.com>."),
    Setting("smtp_seconds", 15.0, "How long one step of the conversation with the mail server may take.", _seconds),
    Setting("outbound_url_allow_private", False, "An operator's leave to send webhooks to private addresses.", _yes_or_no),
    Setting("metrics_token", "", "When set, /metrics wants it as a Bearer token.", str, True),
    Setting("metrics_port", 0, "Where `regulars worker` and `regulars clock` answer /metrics; 0: nowhere.", _port),
    Setting("metrics_host", "127.0.0.1", "The address that REGULARS_METRICS_PORT belongs to; 0.0.0.0 for a Prometheus elsewhere."),
    Setting("log_level", "info", "What is logged by the standalone app: debug, info, warning or error.", _log_level),
    Setting("trusted_hops", 0, "How many proxies in front of the standalone app set X-Forwarded-For, -Proto and -Host.", _hops),
)  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """The values in force, one attribute per entry of SETTINGS."""

    mode: str
    root_key: str
    database_url: str
    bind: str
    redis_url: str
    data: str
    app: str
    public_url: str
    store_api_url: str
    webhooks_prefix: str
    storefront_prefix: str
    api_prefix: str
    admin_prefix: str
    health_prefix: str
    queue: str
    lease_seconds: float
    heartbeat_seconds: float
    sweep_seconds: float
    drain_seconds: float
    drain_batch: int
    backoff_seconds: float
    tries: int
    body_limit_bytes: int
    busy_seconds: float
    intake_busy_seconds: float
    rotation_hours: float
    keep_bodies_days: int
    token_seconds: int
    smtp_url: str
    mail_from: str
    smtp_seconds: float
    outbound_url_allow_private: bool
    metrics_token: str
    metrics_port: int
    metrics_host: str
    log_level: str
    trusted_hops: int


def read(config: Mapping[str, Any], environ: Mapping[str, str] = os.environ) -> Settings:
    """All settings, the Flask config before the environment. Raises SettingsError naming every wrong one at once."""
    values: dict[str, Any] = {}
    wrong: list[str] = []
    for setting in SETTINGS:
        try:
            values[setting.name] = _value(setting, config, environ)
        except (ValueError, OSError) as error:
            wrong.append(f"{setting.key}: {error} ({setting.help})")
    known = {setting.key for setting in SETTINGS} | {setting.key + "_FILE" for setting in SETTINGS if setting.secret}
    wrong += [
        f"{key}: there is no such setting; see docs/settings.md"
        for key in sorted({*environ, *config} - known - {"REGULARS_TEST_CLOCK", "REGULARS_SHARED"})
        if key.startswith("REGULARS_")
    ]
    wrong += _contradictions(values)
    if wrong:
        raise SettingsError("; ".join(wrong))
    return Settings(**values)


def _value(setting: Setting, config: Mapping[str, Any], environ: Mapping[str, str]) -> Any:
    given = config.get(setting.key, environ.get(setting.key))
    if given is None and setting.secret:
        path = config.get(setting.key + "_FILE", environ.get(setting.key + "_FILE"))
        given = Path(path).read_text(encoding="utf-8").strip() if path else None
    if given is None or (given == "" and setting.default == ""):
        return setting.default
    return setting.read(str(given))


def _contradictions(values: Mapping[str, Any]) -> Iterator[str]:
    """What must hold between the settings that could be read."""
    if not values.get("root_key", "unreadable"):
        yield "REGULARS_ROOT_KEY is missing: run `regulars init`, or set REGULARS_ROOT_KEY_FILE"
    if values.get("heartbeat_seconds", 0) >= values.get("lease_seconds", math.inf):
        yield "REGULARS_HEARTBEAT_SECONDS must be smaller than REGULARS_LEASE_SECONDS"
    if values.get("token_seconds", 0) > 300:
        yield "REGULARS_TOKEN_SECONDS must be at most 300: a shopper's token lives five minutes or less"


assert [field.name for field in fields(Settings)] == [setting.name for setting in SETTINGS], "Settings and SETTINGS"
