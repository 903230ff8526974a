"""Everything that is looked at, as one table one can read: what, how, and what to do when it is wrong."""

from regulars import health
from regulars.doctoring import database, installation, queue, working
from regulars.doctoring.checks import Check

#: Looked at in any case.
INSTALLATION = (
    Check("test clock", installation.test_clock, "unset it: it is for tests", "none is set"),
    Check("debug", installation.debug, "start it without --debug and FLASK_DEBUG", "off, or not in production"),
    Check("public address", installation.public_url, "set REGULARS_PUBLIC_URL to the https address of this app", "set"),
    Check("secret files", installation.secret_files, "chmod 600 them", "only their owner reads them"),
    Check("time zones", installation.time_zones, "install the package tzdata", "known"),
    Check("rq", installation.rq_version, "install rq>=2.12,<4", "a version this code was tested with"),
    Check("disk", installation.disk_space, "make room, or move REGULARS_DATA to a larger disk", "there is room"),
    Check("place of SQLite", installation.sqlite_place, "move it to a local disk, or use PostgreSQL", "a local disk, or PostgreSQL"),
    Check("mail server", installation.mail_server, "set REGULARS_SMTP_URL to one that answers from here", "it answers"),
    Check("mail sender", installation.mail_sender, "set REGULARS_MAIL_FROM, like Shop <hello@example.com>", "set"),
)  # fmt: skip

#: The queue server: it can make work slow, never lose it.
QUEUE = (
    Check("queue", queue.answers, "start it, or correct REGULARS_REDIS_URL; meanwhile nothing is lost, work waits for the sweep", "it answers, or none is set: due work is then drained by a thread, enough for a small shop"),
    Check("queue policy", queue.policy, "set maxmemory-policy noeviction", "noeviction"),
    Check("queue file", queue.file, "set appendonly yes, so that a restart makes nothing late", "it keeps what it was told", advice=True),
    Check("queue clock", queue.clock, "synchronise both (NTP)", "it agrees with this machine's"),
    Check("workers", queue.workers, "start `regulars worker` with the same REGULARS_REDIS_URL and REGULARS_QUEUE", "somebody listens, or there is no queue"),
)  # fmt: skip

#: Looked at first; the rest of the database makes sense only when it is good.
DATABASE_ANSWERS = Check("database", health.database_trouble, "", "it answers and its schema is there")

#: The database and the work.
DATABASE = (
    Check("root key", health.key_trouble, "", "it opens what this database keeps"),
    Check("schema", database.schema_ahead, "", "of this version"),
    Check("database settings", database.settings, "mend the server's configuration or the role's (docs/operations.md)", "as they must be"),
    Check("synchronous commit", database.synchronous_commit, "set it on for our role: an acknowledged webhook must outlive a crash", "on", advice=True),
    Check("protection of the ledger", database.protection, "run `regulars verify`, find out who did it, then put the triggers back (docs/operations.md)", "entries cannot be changed or removed"),
    Check("database role", database.rights, "give web, worker and clock a role that owns nothing (docs/operations.md)", "owns nothing it should not, or SQLite", advice=True),
    Check("clocks", database.clock, "synchronise them (NTP): leases and signatures depend on it", "this machine and the database agree"),
    Check("clock", working.ticks, "start `regulars clock`", "periodic work is written"),
    Check("work", working.lag, "start `regulars worker`, or more of them; its log says why when one runs", "nothing waits long"),
    Check("dead letters", working.dead_letters, "`regulars deadletters list` says why, `replay` does them again", "none"),
    Check("unknown outcomes", working.unknown_outcomes, "look whether they arrived, then `regulars deadletters replay` or `discard` them", "none"),
    Check("seals", working.seals, "start `regulars clock` and a worker; `regulars deadletters list` says why the seal fails", "sealed"),
    Check("last verify", working.verified, "run `regulars verify` again and follow docs/operations.md", "clean, or it never ran"),
    Check("endpoints", working.endpoints, "ask who runs them, then `regulars endpoint add` the new address", "all hear"),
    Check("fed", working.fed, "`regulars source add` opens an address, `regulars app-secret set` takes an app's webhooks", "every shop has a source"),
    Check("programs", working.programs, "`regulars program apply` publishes one; until then nothing earns points", "every shop has one"),
    Check("sources' secrets", working.secrets, "set the right REGULARS_ROOT_KEY, or `regulars source rotate` the secret", "they open"),
    Check("shops' zones", working.zones, "install tzdata, or correct the shop's time zone", "known"),
)  # fmt: skip
