"""Serving the site."""

import errno
import logging
import os
import signal
import socket
import sys

import click
from flask import Flask, current_app
from werkzeug.serving import is_running_from_reloader, run_simple

from plainsite import attached
from plainsite.cli import addresses, attaching
from plainsite.cli.common import migrated, with_site
from plainsite.services import invitations
from plainsite.settings import SettingsError


@click.command()
@click.option("--host", help="The address to listen on (HOST).")
@click.option("--port", type=click.IntRange(0, 65535), help="The port to listen on (PORT).")
@click.option("--attach", "pairs", multiple=True, metavar="NAME=URL", help="Another database to browse; repeatable.")
@click.option("--writable", multiple=True, metavar="NAME", help="Let admins change the records of one attached.")
@click.option("--debug", is_flag=True, help="For developers: reload on changes, show errors.")
@with_site
def run(host: str | None, port: int | None, pairs: tuple[str, ...], writable: tuple[str, ...], *, debug: bool) -> None:
    """Serve the site, after bringing its tables up to date."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    host, port = (host or app.config["HOST"]).strip("[]"), app.config["PORT"] if port is None else port
    if debug and not is_running_from_reloader():  # which starts this command again, and again after each change
        _listen(host, port).close()
        _reload(app, host, port)
        return
    listener = None if debug else _listen(host, port)
    if listener:
        port = listener.getsockname()[1]
    database = migrated()
    _attach(app, pairs, writable)
    click.echo(f"{app.config['SITE_NAME']} answers on {addresses.base(app, host, port)}")
    if not invitations.has_admin(database.session()):
        token = invitations.invite(database.session(), user_id=None, hours=app.config["INVITATION_HOURS"])
        link = addresses.invitation(app, token, host, port)
        click.echo(f"There is no admin yet. To become the admin, open this link (it works once):\n  {link}")
    database.remove()
    database.close()
    if listener is None:
        _reload(app, host, port)
    else:
        _serve(app, listener)


def _attach(app: Flask, pairs: tuple[str, ...], writable: tuple[str, ...]) -> None:
    """Open what the command line names, and look at every database; one that is away does not stop the start."""
    to_write = {name.lower() for name in writable}
    try:
        named = {name.lower(): url for name, url in attached.named(pairs)}
        for name in sorted(to_write - set(named)):
            attached.make_writable(app, name)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    for name, url in named.items():
        attaching.opened(app, name, url, writable=name in to_write)
    for database in attached.databases(app).values():
        if database.name != attached.OWN:
            try:
                attaching.look(database)
            except click.ClickException as away:
                click.echo(f"{away.message}\n  Its page says so too; it comes back by itself.")


def _listen(host: str, port: int) -> socket.socket:
    """Take the port before anything else is done, so that a taken one is said at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.getaddrinfo(host, port, family)  # what is no name is said to be none
        return socket.create_server((host, port), family=family, backlog=1024)
    except (OSError, UnicodeError) as error:
        code = None if isinstance(error, (socket.gaierror, UnicodeError)) else error.errno
        message = f"{host} is no address of this machine. Name one that is: HOST=127.0.0.1 or --host."
        if code not in {None, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
            why = os.strerror(code or 0)
            message = f"Port {port} of {host} cannot be listened on ({why}). Name another: PORT=8001 or --port."
        raise click.ClickException(message) from error


def _reload(app: Flask, host: str, port: int) -> None:
    """Serve for developers; not by `Flask.run`, which does nothing in a command."""
    app.debug = True
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # the command says itself where the site answers
    run_simple(host, port, app, use_reloader=True, use_debugger=True, threaded=True)


def _serve(app: Flask, listener: socket.socket) -> None:
    import waitress  # noqa: PLC0415 - only a served site needs a server

    # Waitress then takes no more requests, and gives those under way some seconds to end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    waitress.serve(
        app,
        sockets=[listener],
        threads=app.config["THREADS"],
        ident=None,
        max_request_body_size=8 * app.config["MAX_CONTENT_LENGTH"],  # up to there the site says what is too large
        clear_untrusted_proxy_headers=not app.config["TRUSTED_PROXIES"],
    )
