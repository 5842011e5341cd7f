"""Reading from a replica what a page merely shows, but for who has just written: they find what they wrote."""

from typing import TYPE_CHECKING, Any, cast

from flask import Flask, Response, current_app, g, request
from sqlalchemy.orm import Session

from plainsite.transactions import WROTE
from plainsite.views.context import db, me, own

if TYPE_CHECKING:
    from plainsite.databases import Followers
    from plainsite.reading import ReadingSession


def reading() -> Session:
    """Give a session for what a page merely shows: a replica's, unless who asks has written something just now."""
    followers: Followers | None = current_app.extensions.get("plainsite.replicas")
    if followers is None or g.get("from_own") or _mark(current_app) in request.cookies:
        return db()
    me()  # asked of the database itself: who was signed out a moment ago is
    cast("ReadingSession", db()).end_reading()  # nobody holds two connections
    g.from_replica = True
    return followers.session()


def remember_writing(response: Response) -> Response:
    """Let whoever has just written read from where it was written, for as long as the replicas may need."""
    if own().session.registry.has() and db().info.get(WROTE):
        interface, app = current_app.session_interface, current_app
        how: dict[str, Any] = {"path": interface.get_cookie_path(app), "secure": interface.get_cookie_secure(app)}
        response.set_cookie(
            _mark(app), "1", max_age=app.config["REPLICA_SECONDS"], httponly=True, samesite="Lax", **how
        )
    return response


def _mark(app: Flask) -> str:
    """Name the cookie. It is not signed: it gives no right, and forging it only asks for the newest."""
    return f"{app.config['SESSION_COOKIE_NAME']}-wrote"
