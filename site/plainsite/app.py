"""Where everything meets: settings, the database, the pages."""

import datetime
import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask, appcontext_pushed, redirect, url_for
from flask.globals import app_ctx
from flask.typing import ResponseReturnValue
from werkzeug.middleware.proxy_fix import ProxyFix

from plainsite import attached, settings
from plainsite.databases import open_own, open_replicas
from plainsite.engines import Patience
from plainsite.forms import tokens
from plainsite.kinds import go_by, is_secret, name_secrets
from plainsite.models import Base
from plainsite.recording import WHO
from plainsite.settings.places import shipped
from plainsite.views import (
    access,
    account,
    addresses,
    compiled,
    context,
    cookies,
    deleting,
    errors,
    escaping,
    exports,
    feeds,
    frame,
    headers,
    history,
    imports,
    limits,
    macros,
    many,
    messages,
    queries,
    records,
    replicas,
    routing,
    saved,
    side,
    trouble,
    uncertain,
    undoing,
    users,
)

PACKAGE = Path(__file__).parent


def create_app(config: Mapping[str, Any] | None = None, *, instance: Path | str | None = None) -> Flask:
    """Make the site.

    Takes settings that go before all others, and the instance folder (by default `instance` where you are).
    Opens nothing yet: the database is connected to by the first request. Raises SettingsError for a wrong setting.
    """
    chosen = settings.load(config, instance=instance)
    chosen["TRUSTED_HOSTS"] = _hosts(chosen["TRUSTED_HOSTS"] or [])
    app = Flask(
        "plainsite",
        root_path=str(PACKAGE),
        template_folder=str(shipped("templates")),
        static_folder=str(shipped("static")),
        instance_path=str(chosen["INSTANCE"]),
    )
    app.config.update(chosen)
    app.config["PERMANENT_SESSION_LIFETIME"] = datetime.timedelta(days=chosen["SESSION_DAYS"])
    app.session_interface = cookies.CookieSession()
    app.jinja_environment = escaping.QuickEnvironment
    kept = compiled.Compiled(chosen["INSTANCE"])
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True, "bytecode_cache": kept}
    logging.getLogger("plainsite").setLevel(chosen["LOG_LEVEL"])
    app.wsgi_app = headers.guard(app.wsgi_app)  # type: ignore[method-assign,assignment]
    if chosen["TRUSTED_PROXIES"]:
        near = chosen["TRUSTED_PROXIES"]
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=near, x_proto=near, x_host=near)  # type: ignore[method-assign]
    _name_secrets(app)
    try:
        _open_database(app)
    except ModuleNotFoundError as error:
        message = f"DATABASE_URL needs the package {error.name}: install it beside plainsite."
        raise settings.SettingsError(message) from error
    attached.open_attached(app)
    try:
        limits.count_attempts(app, settings.defaults())
    except ValueError as error:
        message = 'SIGN_IN_LIMIT and SIGN_UP_LIMIT are like "10 per minute", LIMITS_STORAGE is like "memory://".'
        if missing := re.search("'(.+?)' (prerequisite not|could not be found)", str(error)):
            message = f"LIMITS_STORAGE needs the package {missing[1]}: install it beside plainsite."
        raise settings.SettingsError(message) from error
    _add_pages(app)
    return app


def _hosts(names: list[str]) -> list[str] | None:
    """Give names as browsers send them; refuse those that no request can have, or the site would not answer at all."""
    for name in names:
        if not re.fullmatch(r"\.?[^\W_][\w.-]*(:[0-9]+)?", name):
            message = f'TRUSTED_HOSTS are like "example.org", or ".example.org" with all below it; {name!r} is none.'
            raise settings.SettingsError(message)
    return [name.lower() for name in names] or None


def _name_secrets(app: Flask) -> None:
    """Let everybody who works for an app, in whatever thread, go by what its settings say of columns."""
    named = name_secrets(app.config["SECRET_COLUMNS"], app.config["OPEN_COLUMNS"])
    own = {column.name for table in Base.metadata.tables.values() for column in table.columns}
    if wrong := sorted(name for name in own & named.open if is_secret(name)):
        message = f"OPEN_COLUMNS: {wrong[0]} is a secret of the site itself."
        raise settings.SettingsError(message)

    @appcontext_pushed.connect_via(app)
    def begin(_: Flask, **__: Any) -> None:
        go_by(named)

    app.extensions["plainsite.secrets"] = begin  # signals hold what they call by a weak reference


def _open_database(app: Flask) -> None:
    config = app.config
    patience = Patience(config["SQLITE_BUSY_TIMEOUT"], config["LOCK_TIMEOUT"], config["STATEMENT_TIMEOUT"])
    how: dict[str, Any] = {
        "scope": lambda: id(app_ctx._get_current_object()),  # type: ignore[attr-defined]  # noqa: SLF001
        "pool": attached.pool(app),
        "patience": patience,
    }
    try:
        own = {"nodes": config["DATABASE_NODES"], "flush": config["SQLITE_FLUSH"], "info": {WHO: context.who}}
        database = open_own(config["DATABASE_URL"], **own, **how)
    except ValueError as error:
        message = (
            'DATABASE_NODES are like ["db2", "db3:3307"] or addresses that differ from DATABASE_URL by the host only.'
        )
        raise settings.SettingsError(message) from error
    app.extensions["plainsite"] = database
    followers = None
    if config["DATABASE_REPLICAS"]:
        place = (Path(config["INSTANCE"]), "DATABASE_REPLICAS")
        urls = [settings.database_url(url, place[0], where=place[1]) for url in config["DATABASE_REPLICAS"]]
        followers = app.extensions["plainsite.replicas"] = open_replicas(urls, database, **how)
        app.after_request(replicas.remember_writing)

    @app.teardown_appcontext
    def put_away(_: BaseException | None) -> None:
        database.remove()
        if followers is not None:
            followers.remove()

    @app.shell_context_processor
    def at_hand() -> dict[str, Any]:
        return {"db": database.session(), "database": database}


def _add_pages(app: Flask) -> None:
    routing.route(app)
    # Modules that share a prefix of addresses share one blueprint.
    modules = (messages, users, account, records, many, deleting, exports, imports, queries, saved, history)
    for pages in dict.fromkeys(module.pages for module in (*modules, access, feeds, undoing, uncertain)):
        app.register_blueprint(pages)
    limits.bound_forms(app)
    errors.dress_errors(app)
    trouble.meet_trouble(app)
    app.after_request(headers.say_how_long)

    @app.get("/")
    def home() -> ResponseReturnValue:
        return redirect(url_for("messages.index"), 303)

    app.context_processor(context.shared)
    addresses.keep_addresses(app)
    frame.keep_frames(app)
    side.keep_sides(app)
    app.jinja_env.globals.update(
        site_name=app.config["SITE_NAME"],
        beside=side.beside,
        csrf_token=tokens.csrf_token,
        forms=macros.Macros(app.jinja_env, "macros/forms.html"),
        tables=macros.Macros(app.jinja_env, "macros/tables.html"),
    )
