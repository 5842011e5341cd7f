"""Is all well? What is found is said in a line each."""

from collections.abc import Iterator
from contextlib import closing

import click
from flask import current_app
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from plainsite import __version__, migrations
from plainsite.cli.common import first_line, own, with_site
from plainsite.databases import open_own
from plainsite.engines.failover import server_of
from plainsite.services import invitations, proof

# Words have two signs before them in the index, and are cut there after 80 (see the first migration).
WORDS_OF_ANY_LENGTH = "SELECT @@innodb_ft_min_token_size <= 3 AND @@innodb_ft_max_token_size >= 82"
SETTINGS_FOR_THAT = "innodb_ft_min_token_size=3 and innodb_ft_max_token_size=84"


@click.command()
@with_site
def doctor() -> None:
    """Look at settings, database and tables; fail when something needs care."""
    config, database = current_app.config, own()
    click.echo(f"plainsite {__version__}")
    click.echo(f"instance folder: {config['INSTANCE']}")
    where = database.engine.url.render_as_string(hide_password=True)
    click.echo(f"database: {where} (from {config['DATABASE_URL_FROM']})")
    try:
        problems = _problems()
    except SQLAlchemyError as error:
        raise click.ClickException(f"the database does not answer: {first_line(error)}") from error
    for problem in problems:
        click.echo(f"needs care: {problem}")
    if problems:
        raise click.exceptions.Exit(1)
    click.echo("all is well")


def _others() -> Iterator[str]:
    """Look at the servers that nobody misses until the first one fails: the other nodes, and the replicas."""
    nodes, url = current_app.config["DATABASE_NODES"], own().engine.url
    followers = current_app.extensions.get("plainsite.replicas")
    urls = [url, *(url.set(**server_of(url, node)) for node in nodes)] if nodes else []
    urls += [engine.url for engine in followers.replicas.engines] if followers else []
    for each in urls:
        where = each.render_as_string(hide_password=True)
        with closing(open_own(each)) as other:
            try:
                if not migrations.is_current(other.engine):
                    yield f"{where} does not have the tables of this version (yet)"
            except DBAPIError as error:
                yield f"{where} does not answer: {error.orig}"


def _problems() -> list[str]:
    engine, found = own().engine, [*_others()]
    if not migrations.is_current(engine):
        return [*found, f"the tables are not those of this version: {_way_on(migrations.standing(engine))}"]
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            if (said := connection.execute(text("PRAGMA integrity_check")).scalar()) != "ok":
                found.append(f"the database file is damaged: {said}")
            if broken := connection.execute(text("PRAGMA foreign_key_check")).all():
                found.append(f"{len(broken)} rows point at rows that are not there")
    if engine.dialect.name == "mariadb":
        with engine.connect() as connection:
            if not connection.execute(text(WORDS_OF_ANY_LENGTH)).scalar():
                found.append(f"a search finds no short or no long words: let MariaDB run with {SETTINGS_FOR_THAT}")
    last, digest, broken_link = proof.verify(engine)
    click.echo(f"history: {last} entries so far, digest {digest}")
    if broken_link:
        found.append(broken_link)
    if not invitations.has_admin(own().session()):
        found.append("there is no admin: `plainsite user promote EMAIL` makes one")
    if not current_app.config["TRUSTED_HOSTS"] and current_app.config["HOST"] not in {"127.0.0.1", "localhost", "::1"}:
        found.append("TRUSTED_HOSTS is not set, so the site answers to any name")
    return found


def _way_on(standing: str | None) -> str:
    if standing is None or migrations.is_known(standing):
        return "run `plainsite db upgrade`"
    return f"they are a newer one's (migration {standing}), so run that one"
