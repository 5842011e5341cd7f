"""Users, from the shell: the first of them, or one who has lost the way in."""

import click
from flask import current_app, url_for
from flask.cli import with_appcontext

from plainsite.cli.common import migrated, refusals_in_words
from plainsite.services import invitations, users


@click.group()
def user() -> None:
    """Add and promote users."""


@user.command()
@click.argument("name")
@click.argument("email")
@click.option("--admin", is_flag=True, help="Make the user an admin.")
@with_appcontext
def add(name: str, email: str, *, admin: bool) -> None:
    """Add a user, and print the link with which they choose a password."""
    with refusals_in_words():
        added, token = invitations.add_invited(
            migrated().session(),
            name=name,
            email=email,
            role="admin" if admin else "member",
            hours=current_app.config["INVITATION_HOURS"],
        )
    click.echo(f"{added.name} was added as {added.role}. To choose a password (works once):\n  {_link(token)}")


@user.command()
@click.argument("email")
@with_appcontext
def promote(email: str) -> None:
    """Make a user an admin."""
    session = migrated().session()
    found = users.find_by_email(session, email)
    if found is None:
        message = f"Nobody has the e-mail address {email}."
        raise click.ClickException(message)
    with refusals_in_words():
        users.update(session, found.id, name=found.name, email=found.email, role="admin")
    click.echo(f"{found.name} is an admin.")


def _link(token: str) -> str:
    config = current_app.config
    with current_app.test_request_context(base_url=f"http://{config['HOST']}:{config['PORT']}/"):
        return url_for("account.invitation", token=token, _external=True)
