"""The tables: bring them up to date, compare them with the models, write a migration."""

import click
from flask.cli import with_appcontext

from plainsite import migrations
from plainsite.cli.common import own


@click.group()
def db() -> None:
    """Look after the tables of the site's own database."""


@db.command()
@with_appcontext
def upgrade() -> None:
    """Run the migrations that are missing."""
    engine = own().engine
    migrations.upgrade(engine)
    click.echo(f"The tables are at migration {migrations.newest()}.")


@db.command()
@with_appcontext
def check() -> None:
    """Fail when the models and the tables differ."""
    from alembic.util import CommandError  # noqa: PLC0415 - Alembic takes 0.2 s to import

    try:
        migrations.check(own().engine)
    except CommandError as error:
        raise click.ClickException(str(error)) from error


@db.command()
@click.option("-m", "--message", required=True, help="What changes, in a few words.")
@with_appcontext
def revision(message: str) -> None:
    """Write the migration from the tables to the models."""
    click.echo(f"Read it, mend it, then commit it: {migrations.revision(own().engine, message)}")
