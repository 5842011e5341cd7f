"""Users, from the shell: the first of them, or one who has lost the way in."""

import click
from flask import Flask, current_app

from plainsite.cli import addresses
from plainsite.cli.common import migrated, with_site
from plainsite.forms.rules import is_email
from plainsite.services import invitations, users


@click.group()
def user() -> None:
    """Add and promote users."""


@user.command()
@click.argument("name")
@click.argument("email")
@click.option("--admin", is_flag=True, help="Make the user an admin.")
@with_site
def add(name: str, email: str, *, admin: bool) -> None:
    """Add a user, and print the link with which they choose a password."""
    if not is_email(email):
        message = f"{email} is no e-mail address. Name and address are said in this order: Ada ada@example.org"
        raise click.ClickException(message)
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
@with_site
def promote(email: str) -> None:
    """Make a user an admin; one who has no password yet gets a link to choose one."""
    session = migrated().session()
    found = users.find_by_email(session, email)
    one = users.find(session, found.id) if found else None
    if found is None or one is None:
        message = f"Nobody has the e-mail address {email}."
        raise click.ClickException(message)
    if one.closed_at:
        message = f"The account of {one.name} is closed: an admin has to reopen it first."
        raise click.ClickException(message)
    users.update(session, found.id, role="admin")
    click.echo(f"{found.name} is an admin.")
    if not one.has_password:
        token = invitations.invite(session, user_id=found.id, hours=current_app.config["INVITATION_HOURS"])
        click.echo(f"To choose a password (works once):\n  {_link(token)}")


def _link(token: str) -> str:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    return addresses.invitation(app, token, app.config["HOST"].strip("[]"), app.config["PORT"])
