"""Every setting once: its name, its default, one comment; what it may be only where the default does not tell it.

Change none of this to run a site: write the same names into `instance/config.py`, or into the environment as
`PLAINSITE_NAME`. This file is loaded, never imported.
"""

from typing import Literal

# The site
SITE_NAME = "plainsite"  # said in every title and at the top of every page
SIGN_UP = True  # may visitors make an account of their own?
PAGE_SIZE: range(1, 1001) = 50  # rows on one page of a list
INVITATION_HOURS: range(1, 8761) = 72  # how long a one-time link for an account works

# Where it answers
HOST = "127.0.0.1"  # the address to listen on; plain HOST in the environment is read too
PORT: range(65536) = 8000  # the port to listen on; plain PORT in the environment is read too
THREADS: range(1, 1001) = 8  # requests answered at the same time
TRUSTED_HOSTS: list[str] | None = None  # names the site answers to, ".name" with all below it; none given: any
TRUSTED_PROXIES = 0  # how many proxies stand in front, whose X-Forwarded-* headers are believed
LOG_LEVEL: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"  # how much the log tells

# The database
DATABASE_URL: str | None = None  # none given: SQLite in the instance folder
DATABASE_NODES: list[str] = []  # other servers of that database, "host:port" or an address, for when one is away
DATABASE_REPLICAS: list[str] = []  # addresses of servers that follow it: lists and pages are read there
REPLICA_SECONDS: range(1, 3601) = 10  # how long after writing somebody reads from the database itself
POOL_SIZE: range(1, 1001) = 10  # connections kept open by each process; no fewer than THREADS
POOL_OVERFLOW: range(1001) = 0  # connections opened beyond that while they are needed
POOL_TIMEOUT: range(3601) = 5  # seconds a request waits for a connection before it answers 503
POOL_RECYCLE: range(1, 86401) = 1800  # seconds after which a connection is made anew, before something cuts it
DATABASES: dict = {}  # other databases, by name: an address, or {"url": address, "writable": True}
SECRET_COLUMNS: list[str] = []  # columns that hold secrets although their names do not say so, like "iban"
OPEN_COLUMNS: list[str] = []  # columns that hold none although their names sound like it, like "token"
QUERY_SECONDS: range(1, 86401) = 5  # how long one statement on them may take
SQLITE_BUSY_TIMEOUT: range(3601) = 15  # seconds a writer waits for the one before it (10 at least, asked again)
SQLITE_FLUSH: Literal["NORMAL", "FULL"] = "NORMAL"  # FULL: each commit waits for the disk, and outlives a power cut
LOCK_TIMEOUT: range(1, 3601) = 5  # seconds a writer waits for a row that another one writes, on a server
STATEMENT_TIMEOUT: range(1, 86401) = 30  # seconds one statement may take, on a server

# Secrets, cookies and forms
SECRET_KEY: str | None = None  # none given: made once, kept in the instance folder
SESSION_COOKIE_NAME = "plainsite"  # cookies do not tell ports apart: two sites on one machine need two names
SESSION_COOKIE_SECURE: bool | Literal["auto"] = "auto"  # send cookies over TLS only; auto: where the request came so
SESSION_COOKIE_HTTPONLY = True  # scripts cannot read the cookie
SESSION_COOKIE_SAMESITE: Literal["Lax", "Strict"] = "Lax"  # other sites' forms do not send the cookie
SESSION_REFRESH_EACH_REQUEST = False  # the cookie is written only when it changed
SESSION_DAYS: range(1, 3651) = 30  # how long somebody stays signed in
SUBMISSION_DAYS: range(1, 3651) = 30  # how long a form sent again is known to be the same, and makes nothing new
WTF_CSRF_TIME_LIMIT: int | None = None  # seconds; none: a form left open over lunch can still be sent

# Limits
MAX_CONTENT_LENGTH = 4 * 1024 * 1024  # bytes of one request
MAX_FORM_MEMORY_SIZE = 4 * 1024 * 1024  # bytes of the text in one form
MAX_FORM_PARTS = 1000  # fields of one form with a file
MAX_FORM_FIELDS: range(100, 1_000_001) = 20_000  # fields of any other form
SIGN_IN_LIMIT = "10 per minute"  # attempts to sign in, from one address
SIGN_UP_LIMIT = "10 per hour"  # accounts made, from one address
LIMITS_STORAGE = "memory://"  # where attempts are counted: memory counts for one process, redis://… for many

# History
HISTORY_DAYS: range(36501) = 0  # what is older goes with `plainsite history prune`; 0: only what it is told to

# Tests
TESTING = False  # errors reach the test that caused them instead of becoming a page
