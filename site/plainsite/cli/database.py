"""The tables: bring them up to date, compare them with the models, write a migration."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from plainsite import migrations
from plainsite.cli.common import own, with_site


@click.group()
def db() -> None:
    """Look after the tables of the site's own database."""


@db.command()
@with_site
def upgrade() -> None:
    """Run the migrations that are missing."""
    engine = own().engine
    migrations.upgrade(engine)
    click.echo(f"The tables are at migration {migrations.newest()}.")


@db.command()
@with_site
def check() -> None:
    """Fail when the models and the tables differ."""
    with _alembic_in_words():
        migrations.check(own().engine)


@db.command()
@click.option("-m", "--message", required=True, help="What changes, in a few words.")
@with_site
def revision(message: str) -> None:
    """Write the migration from the tables to the models."""
    with _alembic_in_words():
        click.echo(f"Read it, mend it, then commit it: {migrations.revision(own().engine, message)}")


@contextmanager
def _alembic_in_words() -> Iterator[None]:
    from alembic.util import CommandError  # noqa: PLC0415 - Alembic takes 0.2 s to import

    try:
        yield
    except CommandError as error:
        raise click.ClickException(str(error)) from error
