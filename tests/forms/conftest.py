"""A site with one page for any record of any table: its form, drawn and sent as a browser does it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask, render_template_string
from sqlalchemy import Row, select

from plainsite.databases import Attached
from plainsite.forms.columns import RecordForm, form_for
from plainsite.reflection import Relation
from plainsite.refusals import Refused
from plainsite.services import records
from plainsite.testing.document import Document
from plainsite.testing.dom import finder, text_of
from plainsite.testing.encodings import encode
from plainsite.testing.fields import Entry, data_set
from plainsite.testing.state import State

ERRORS = finder("//*[@class='errors']")
SUMMARY = finder("//*[@class='problems']//li")
PAGE = "<!doctype html><title>Record</title>{{ forms.form(form, 'Save') }}"


@dataclass
class Trial:
    """Somebody who opens the forms of one database's records, and sends them."""

    site: Flask
    database: Attached
    client: Any = None
    sent: dict[str, Any] = field(default_factory=dict)
    html: str = ""
    _relation: Relation | None = None
    _key: list[Any] | None = None

    def __post_init__(self) -> None:
        self.client = self.site.test_client()
        self.site.add_url_rule("/record", view_func=self._page, methods=["GET", "POST"])

    @property
    def relations(self) -> dict[str, Relation]:
        """Give what the database has."""
        return self.database.catalog.read().relations

    def rows(self, relation: Relation, most: int = 10) -> list[Row[Any]]:
        """Give the records of a table that have a key."""
        key = relation.table.primary_key.columns
        statement = select(*relation.table.columns).where(*(column.is_not(None) for column in key)).limit(most)
        rows = self.session.connection().execute(statement).all()
        self.session.rollback()
        return list(rows)

    @property
    def session(self) -> Any:
        """Give the session of the database."""
        return self.database.session()

    def key_of(self, relation: Relation, row: Row[Any]) -> list[Any]:
        """Give the key of a record."""
        held = dict(zip((column.name for column in relation.table.columns), row, strict=True))
        return [held[column.name] for column in relation.table.primary_key.columns]

    def find(self, relation: Relation, key: list[Any]) -> list[Any]:
        """Give a record as it is stored."""
        same = [column == value for column, value in zip(relation.table.primary_key.columns, key, strict=True)]
        row = self.session.connection().execute(select(*relation.table.columns).where(*same)).one()
        self.session.rollback()
        return list(row)

    def open(self, relation: Relation, key: list[Any] | None = None) -> list[Entry]:
        """Open a record's form, or an empty one; give what a browser would send of it."""
        self._relation, self._key = relation, key
        answer = self.client.get("/record")
        assert answer.status_code == 200, answer.text
        return self._entries(answer.text)

    def save(self, entries: list[Entry], **typed: Any) -> tuple[int, dict[str, Any]]:
        """Send a form with other values typed (None unticks); give the status and what was written."""
        kept = [(name, value) for name, value in entries if name not in typed]
        added = [(name, each) for name, value in typed.items() for each in several(value)]
        body, kind = encode(kept + added, "multipart/form-data")
        self.sent = {}
        answer = self.client.post("/record", data=body, content_type=kind)
        self.html = answer.text
        return answer.status_code, self.sent

    def errors(self) -> dict[str, str]:
        """Give what the form that came back says is wrong, by field."""
        document = Document(self.html)
        found = {element.get("id").removesuffix("-error"): element for element in ERRORS(document.root)}
        return {name: text_of(element) for name, element in found.items()}

    def summary(self) -> list[str]:
        """Give what stands above the form."""
        return [text_of(element) for element in SUMMARY(Document(self.html).root)]

    def again(self) -> list[Entry]:
        """Give what a browser would send of the form that came back."""
        return self._entries(self.html)

    def _entries(self, html: str) -> list[Entry]:
        document = Document(html)
        self.html = html
        (form,) = document.forms
        save = next(control for control in document.controls if control.get("class") == "primary")
        return data_set(document, form, save, State(document))

    def _page(self) -> Any:
        assert self._relation is not None
        record = records.find(self.session, self._relation, self._key) if self._key is not None else None
        form = form_for(self._relation, record=record)
        self.session.rollback()
        if form.validate_on_submit():
            try:
                self._write(form)
            except Refused as refused:
                form.show(refused)
            else:
                return "written"
        return render_template_string(PAGE, form=form), form.status

    def _write(self, form: RecordForm) -> None:
        assert self._relation is not None
        self.sent = form.changes() if self._key is not None else form.values()
        if self._key is not None:
            records.update(self.session, self._relation, self._key, self.sent)
        else:
            self._key = records.create(self.session, self._relation, self.sent)


def several(value: Any) -> list[Any]:
    """Give what one name sends."""
    return [] if value is None else value if isinstance(value, list) else [value]


@pytest.fixture
def trial_of(make_app, make_database, attached, tmp_path) -> Callable[[str], Trial]:
    """Give a function that makes a trial on an SQLite database of one's own SQL."""

    def make(sql: str) -> Trial:
        file = tmp_path / "own.sql"
        file.write_text(sql)
        return Trial(make_app(), attached(make_database("sqlite", file), writable=True))

    return make


@pytest.fixture
def trial(make_app, nasty, attached) -> Callable[[str], Trial]:
    """Give a function that makes a trial on everything awkward, of an engine."""
    return lambda engine: Trial(make_app(), attached(nasty(engine), writable=True))
