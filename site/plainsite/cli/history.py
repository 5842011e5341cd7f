"""The history: let go of what is old."""

import click
from flask import current_app

from plainsite.cli.common import migrated, with_site
from plainsite.services import proof

MOST_DAYS = 36_500  # as HISTORY_DAYS: no date is older than the calendar


@click.group()
def history() -> None:
    """Look after the history of changes."""


@history.command()
@click.option("--older-than", "days", type=float, help="Days; left out: HISTORY_DAYS.")
@with_site
def prune(days: float | None) -> None:
    """Delete entries that are older than some days; what stays is proved by `plainsite doctor` as before.

    What is uncertain stays, with all that came after it, until an admin has settled it.
    """
    days = current_app.config["HISTORY_DAYS"] or None if days is None else days
    if days is None:
        raise click.UsageError("Say --older-than DAYS, or set HISTORY_DAYS.")
    if not 0 <= days <= MOST_DAYS:  # nor is nan
        message = f"--older-than is a number of days from 0 to {MOST_DAYS}."
        raise click.UsageError(message)
    session, gone = migrated().session(), 0
    while some := proof.prune(session, days=days):
        gone += some
    proof.forget(session, days=current_app.config["SUBMISSION_DAYS"])
    click.echo(f"{gone} entries were deleted." if gone != 1 else "1 entry was deleted.")
    if (number := proof.uncertain(session, days=days)) is not None:
        click.echo(
            f"Entry {number} and what came after it stay: it is not known whether it was written. Settle it first."
        )
