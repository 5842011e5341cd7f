"""What a trigger of the database's own puts back is not said to be changed."""

from collections.abc import Callable
from pathlib import Path

from flask import Flask
from sqlalchemy import URL
from tests.views.test_data import signed_in

TABLE = (
    "CREATE TABLE kept (id INTEGER PRIMARY KEY, v VARCHAR(20), w VARCHAR(20)); INSERT INTO kept VALUES (1, 'a', 'b');"
)
PUT_BACK = {
    "sqlite": "CREATE TRIGGER k AFTER UPDATE OF v ON kept WHEN NEW.v <> OLD.v"
    " BEGIN UPDATE kept SET v = OLD.v WHERE id = OLD.id; END;",
    "postgresql": "CREATE FUNCTION k() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.v = OLD.v; RETURN NEW; END';"
    "CREATE TRIGGER k BEFORE UPDATE ON kept FOR EACH ROW EXECUTE FUNCTION k();",
    "mariadb": "CREATE TRIGGER k BEFORE UPDATE ON kept FOR EACH ROW SET NEW.v = OLD.v;",
}


def test_a_value_that_was_put_back_is_said_to_be_what_it_was(
    make_app: Callable[..., Flask], make_database: Callable[[str, Path], URL], any_engine: str, tmp_path: Path
) -> None:
    file = tmp_path / "kept.sql"
    file.write_text(TABLE + PUT_BACK[any_engine])
    url = make_database(any_engine, file).render_as_string(hide_password=False)
    site = make_app(DATABASES={"shop": {"url": url, "writable": True}})
    admin = signed_in(site)
    admin.open("/data/shop/kept/1/edit")
    admin.fill("V", "z")
    assert admin.press("Save").flashes == ["The database left the record as it was: it holds what it held before."]
    admin.open("/data/shop/kept/1/edit")
    admin.fill("V", "z")
    admin.fill("W", "y")
    assert admin.press("Save").flashes == ["The record was changed."]
    assert [row["w"] for row in admin.open("/data/shop/kept/").table] == ["y"]
    site.extensions["plainsite.databases"]["shop"].close()
