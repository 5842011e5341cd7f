"""Where the site answers, as somebody can open it."""

from flask import Flask, url_for
from werkzeug.sansio.utils import host_is_trusted


def base(app: Flask, host: str, port: int) -> str:
    """Give the address of the site that listens on this host and port.

    Where it answers to certain names only, it is the first of these; behind a proxy, as the proxy shows it.
    """
    trusted: list[str] = app.config["TRUSTED_HOSTS"]
    near = f"{_named(host)}:{port}"
    if not trusted or host_is_trusted(near, trusted):
        return f"http://{near}/"
    public = trusted[0].removeprefix(".")
    if app.config["TRUSTED_PROXIES"]:
        return f"https://{public}/"
    return f"http://{public.partition(':')[0]}:{port}/"


def invitation(app: Flask, token: str, host: str, port: int) -> str:
    """Give the link that works once."""
    with app.test_request_context(base_url=base(app, host, port)):
        return url_for("account.invitation", token=token, _external=True)


def _named(host: str) -> str:
    """Give a host as it stands in an address that can be clicked."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - it is compared, not bound
    return f"[{name}]" if ":" in name else name
