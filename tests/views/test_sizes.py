"""Pages stay small however much there is to choose from."""

import sqlite3
from pathlib import Path

from tests.views.test_data import signed_in

CANDIDATES = 20_000
MOST = 30_000  # bytes of a form


def test_a_form_that_refers_to_one_of_many_rows_does_not_grow_with_them(make_app, tmp_path: Path) -> None:
    file = tmp_path / "many.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(80) NOT NULL)")
        connection.execute(
            "CREATE TABLE notes (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id), body TEXT)"
        )
        connection.executemany("INSERT INTO users (name) VALUES (?)", ((f"User {n}",) for n in range(CANDIDATES)))
        connection.execute("INSERT INTO notes VALUES (1, 7, 'of the seventh')")
    connection.close()
    admin = signed_in(make_app(DATABASES={"many": {"url": f"sqlite:///{file}", "writable": True}}))
    for address in ("/data/many/notes/1/edit", "/data/many/notes/+new"):
        assert len(admin.open(address).html.encode()) <= MOST
    admin.open("/data/many/notes/1/edit")
    found = admin.press("Find… (User id)")
    assert "User 6" in found.text
    assert len(found.html.encode()) <= MOST
