"""The floor: bare WSGI, the standard library's sqlite3, one statement a page, compiled Jinja templates.

It does on the site's own tables the least that can be called the same pages: no session, no rules, no accessibility.
What the site costs beyond it is the price of all that.
"""

import hashlib
import hmac
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import jinja2

SECRET = b"floor"
FRAME = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{% block title %}{% endblock %}</title>
</head><body><nav><a href="/messages/">Messages</a> <a href="/users/">Users</a></nav><h1>{{ self.title() }}</h1>
{% block content %}{% endblock %}</body></html>"""
PAGES = {
    "frame": FRAME,
    "messages": """{% extends "frame" %}{% block title %}Messages{% endblock %}{% block content %}<ol>
{% for id, author_id, author, text, at in rows %}<li><a href="/users/{{ author_id }}">{{ author }}</a>
<a href="/messages/{{ id }}">{{ at[:16] }}</a><p>{{ text }}</p></li>{% endfor %}</ol>{% endblock %}""",
    "message": """{% extends "frame" %}{% block title %}Message{% endblock %}{% block content %}
<p><a href="/users/{{ row[1] }}">{{ row[2] }}</a> {{ row[4][:16] }}</p><p>{{ row[3] }}</p>{% endblock %}""",
    "users": """{% extends "frame" %}{% block title %}Users{% endblock %}{% block content %}<table>
{% for id, name, email, role, at in rows %}<tr><td><a href="/users/{{ id }}">{{ name }}</a></td><td>{{ email }}</td>
<td>{{ role }}</td><td>{{ at[:10] }}</td></tr>{% endfor %}</table>{% endblock %}""",
    "table": """{% extends "frame" %}{% block title %}messages{% endblock %}{% block content %}<table>
<tr>{% for name in ("id", "author", "body", "created_at", "edited_at") %}<th>{{ name }}</th>{% endfor %}</tr>
{% for id, author_id, author, text, at, edited in rows %}<tr><td><a href="/messages/{{ id }}">{{ id }}</a></td>
<td><a href="/users/{{ author_id }}">{{ author }}</a></td><td>{{ text[:120] }}</td><td>{{ at }}</td>
<td>{{ edited }}</td></tr>{% endfor %}</table>{% endblock %}""",
    "form": """{% extends "frame" %}{% block title %}Add a user{% endblock %}{% block content %}<form method="post">
<input type="hidden" name="csrf_token" value="{{ token }}">{% for name in ("name", "email") %}<p>
<label for="{{ name }}">{{ name }}</label> <input id="{{ name }}" name="{{ name }}" value=""></p>{% endfor %}
<button>Add</button></form>{% endblock %}""",
}
FROM = " FROM messages m JOIN users u ON u.id = m.author_id "
ROWS = "SELECT m.id, m.author_id, u.name, m.body, m.created_at" + FROM
NEWEST_FIRST, OLDEST_FIRST = "ORDER BY m.created_at DESC, m.id DESC LIMIT 50", "ORDER BY m.created_at, m.id LIMIT 50"
TABLE = "SELECT m.id, m.author_id, u.name, m.body, m.created_at, m.edited_at" + FROM
LISTS = {
    "/messages/": ("messages", ROWS + NEWEST_FIRST, ROWS + OLDEST_FIRST),
    "/data/site/messages/": ("table", TABLE + NEWEST_FIRST, TABLE + OLDEST_FIRST),
}
FOUND = ROWS + "JOIN messages_search s ON s.rowid = m.id WHERE s.body MATCH ? ORDER BY m.created_at DESC LIMIT 50"
USERS = "SELECT id, name, email, role, created_at FROM users ORDER BY name_key LIMIT 50"
ADD = """INSERT INTO users (name, name_key, email, email_key, created_at)
VALUES (:name, :name, :email, :email, datetime('now') || '.000000')"""


def create(file: Path) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    """Give the floor's application on a database."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA synchronous = NORMAL")
    templates = jinja2.Environment(loader=jinja2.DictLoader(PAGES), autoescape=True)
    shown = {name: templates.get_template(name).render for name in PAGES}

    def page(path: str, asked: dict[str, list[str]]) -> str:
        if path == "/users/new":
            return shown["form"](token=_token())
        if path == "/users/":
            return shown["users"](rows=connection.execute(USERS).fetchall())
        if path not in LISTS:
            row = connection.execute(ROWS + "WHERE m.id = ?", (int(path.rpartition("/")[2]),)).fetchone()
            return shown["message"](row=row)
        name, newest, oldest = LISTS[path]
        if "words" in asked:
            rows = connection.execute(FOUND, asked["words"]).fetchall()
        elif "at" in asked:
            rows = connection.execute(oldest).fetchall()[::-1]
        else:
            rows = connection.execute(newest).fetchall()
        return shown[name](rows=rows)

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "POST":
            sent = parse_qs(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode())
            if not hmac.compare_digest(sent["csrf_token"][0], _token()):
                raise PermissionError
            connection.execute(ADD, {"name": sent["name"][0], "email": sent["email"][0]})
            start_response("303 See Other", [("Location", "/users/")])
            return [b""]
        body = page(environ["PATH_INFO"], parse_qs(environ["QUERY_STRING"])).encode()
        start_response("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))])
        return [body]

    return application


def _token() -> str:
    return hmac.new(SECRET, b"admin", hashlib.sha256).hexdigest()
