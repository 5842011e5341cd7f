"""Whatever two people do to the same records, in whatever order, the site does what a model of it says."""

import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import URL, Engine, MetaData, Table, create_engine, delete, select
from sqlalchemy.orm import Session
from tests.servers.loading import empty_mariadb, empty_postgresql

from plainsite import create_app, migrations
from plainsite.history import seal
from plainsite.ledger import NO_DIGEST, Chain, Change
from plainsite.models import User
from plainsite.services import account, proof, users
from plainsite.services.cursors import encode
from plainsite.views.context import TOKEN

SQL = Path(__file__).parents[1] / "data" / "merging" / "things.sql"
MAKES = {"postgresql": empty_postgresql, "mariadb": empty_mariadb}
SEQUENCES, STEPS = 50, 40
PEOPLE = ("Grace", "Hedy")

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
TYPED = re.compile(r'<input type="(?:text|email)" [^>]*?name="([^"]+)" value="([^"]*)"')
WRONG = re.compile(r'class="errors" id="(\w+)-error"')

pytestmark = pytest.mark.long


@dataclass
class Kind:
    """A table: where its pages are, its fields by column with what is typed there, and what must be unique."""

    name: str
    address: str
    fields: dict[str, str]
    typed: dict[str, some.SearchStrategy[Any]]
    unique: tuple[tuple[str, ...], ...]
    key: tuple[str, ...]
    database: str
    new: str = "new"

    def at(self, key: tuple[Any, ...]) -> str:
        """Give the address of a record."""
        return f"{self.address}{encode(list(key))}"

    def posted(self, values: dict[str, Any]) -> dict[str, str]:
        """Give what a browser sends of these values."""
        sent = {self.fields[name]: "" if value is None else str(value) for name, value in values.items()}
        return sent | {f"{self.fields[name]}-null": "y" for name, value in values.items() if value is None}


THINGS = Kind(
    name="things",
    address="/data/tried/things/",
    fields={"shelf": "c0", "place": "c1", "code": "c2", "note": "c3"},
    typed={
        "shelf": some.sampled_from("ab"),
        "place": some.integers(1, 4),
        "code": some.sampled_from("stuvwxyz"),
        "note": some.sampled_from((None, "", "one", "two", "a, 'b' <c>")),
    },
    unique=(("shelf", "place"), ("code",)),
    key=("shelf", "place"),
    database="tried",
    new="+new",
)
USERS = Kind(
    name="users",
    address="/users/",
    fields={"name": "name", "email": "email", "role": "role"},
    typed={
        "name": some.sampled_from(("Ada", "ADA", "Bob", "Zoë", "zoë", "Eve", "Kim")),
        "email": some.sampled_from([f"{letter}@example.org" for letter in "aAbcdefg"]),
        "role": some.sampled_from(("member", "admin")),
    },
    unique=(("name",), ("email",)),
    key=("id",),
    database="site",
)
KINDS = {kind.name: kind for kind in (THINGS, USERS)}


@dataclass
class Form:
    """An edit form that somebody has open: what it carries, and for each column what was served and what is typed."""

    kind: Kind
    key: tuple[Any, ...]
    hidden: dict[str, str]
    was: dict[str, Any]
    typed: dict[str, Any]
    before: dict[str, Any] = field(default_factory=dict)  # of the columns that somebody was asked to choose about


@dataclass
class Told:
    """What the history is to tell of one write."""

    kind: Kind
    key: tuple[Any, ...]
    action: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    undoes: int | None = None
    number: int = 0


@dataclass
class Place:
    """A site on an engine, with another database of that engine, and two admins of it."""

    site: Flask
    own: Engine
    other: Engine
    tables: dict[str, Any] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def let_in(self, name: str) -> None:
        """Add an admin, and sign them in."""
        with Session(self.own, expire_on_commit=False) as session:
            user = users.create(session, name=name, email=f"{name}@example.org", role="admin", password_hash="x")
            token = account.sign_in(session, user.id, device="a browser", address="127.0.0.1")
        client = self.site.test_client()
        with client.session_transaction() as cookie:
            cookie[TOKEN] = token
        page = client.get("/account/sign-out").text
        self.tokens[name] = dict(HIDDEN.findall(page))["csrf_token"]
        self.cookies[name] = client.get_cookie("plainsite").value

    def ask(self, who: str, path: str, sent: dict[str, str] | None = None) -> Any:
        """Let somebody open a page, or send a form; what is flashed is not kept."""
        client = self.site.test_client(use_cookies=False)
        headers = {"Cookie": f"plainsite={self.cookies[who]}"}
        if sent is None:
            return client.get(path, headers=headers)
        return client.post(path, data={"csrf_token": self.tokens[who], **sent}, headers=headers)

    def rows(self, kind: Kind) -> dict[tuple[Any, ...], dict[str, Any]]:
        """Give what a table holds, by key."""
        table = self.tables[kind.name]
        wanted = select(*(column for column in table.columns if not column.name.endswith("_key")))
        if kind is USERS:
            wanted = wanted.where(table.c.name.not_in(PEOPLE))
        with (self.own if kind is USERS else self.other).connect() as connection:
            found = [dict(row) for row in connection.execute(wanted).mappings()]
        return {tuple(row[name] for name in kind.key): row for row in found}

    def entries(self, after: int) -> list[Any]:
        """Give the entries of the history after one, and look whether they are sealed to it."""
        changes = Change.__table__
        with self.own.connect() as connection:
            known = connection.scalar(select(changes.c.digest).where(changes.c.number == after)) or NO_DIGEST
            found = connection.execute(select(changes).where(changes.c.number > after).order_by(changes.c.number))
            rows = [dict(row) for row in found.mappings()]
            head = connection.execute(select(Chain.number, Chain.digest)).one()
        for number, row in enumerate(rows, after + 1):
            assert (row["number"], row["previous"], seal(row)) == (number, known, row["digest"])
            known = row["digest"]
        assert tuple(head) == (after + len(rows), known)
        return rows

    def empty(self) -> int:
        """Delete all records by another way than the site; give how far the history goes."""
        with self.own.begin() as own, self.other.begin() as other:
            own.execute(delete(User).where(User.name.not_in(PEOPLE)))
            other.execute(delete(self.tables["things"]))
            return own.scalar(select(Chain.number)) or 0


class TwoPeople(RuleBasedStateMachine):
    """Two people, their open forms, and a model of what there should be."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.last = 0  # entry of the history
        self.model: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = {name: {} for name in KINDS}
        self.gone: dict[str, list[tuple[Any, ...]]] = {name: [] for name in KINDS}
        self.forms: list[Form] = []
        self.resent = 0
        self.made: list[tuple[str, Kind, dict[str, str], str]] = []
        self.told: list[Told] = []

    @initialize()
    def begin(self) -> None:
        """Begin with nothing."""
        self.last = self.place.empty()
        self.place.counts["sequences"] += 1
        self.add(PEOPLE[0], THINGS, {"shelf": "a", "place": 1, "code": "x", "note": None})
        self.add(PEOPLE[1], USERS, {"name": "Ada", "email": "a@example.org", "role": "member"})

    @rule(who=some.sampled_from(PEOPLE), name=some.sampled_from(sorted(KINDS)), data=some.data())
    def create(self, who: str, name: str, data: Any) -> None:
        """Send a new record's form."""
        kind = KINDS[name]
        self.add(who, kind, {name: data.draw(typed, label=name) for name, typed in kind.typed.items()})

    def add(self, who: str, kind: Kind, values: dict[str, Any]) -> None:
        """Send a form with these values, and look what comes of it."""
        path = kind.address + kind.new
        served = self.place.ask(who, path).text
        sent = {"submission": dict(HIDDEN.findall(served))["submission"], **kind.posted(values)}
        answer = self.place.ask(who, path, sent)
        if taken := self.taken(kind, values, None):
            self.refused(who, answer, kind, taken)
            return
        assert answer.status_code == 303, answer.text
        key = tuple(values[name] for name in kind.key) if kind is THINGS else (int(answer.location.split("/")[-1]),)
        assert key not in self.model[kind.name]
        row = self.place.rows(kind)[key]  # what the database adds by itself is known only now
        self.made.append((who, kind, sent, answer.location))
        self.wrote(who, Told(kind, key, "create", None, {**row, **values}), "added")

    @precondition(lambda self: self.made and self.resent < len(self.made))
    @rule(data=some.data())
    def send_again(self, data: Any) -> None:
        """Send a form again that made a record: nothing comes of it, whatever became of the record since."""
        who, kind, sent, location = data.draw(some.sampled_from(self.made), label="form")
        answer = self.place.ask(who, kind.address + kind.new, sent)
        assert (answer.status_code, answer.location) == (303, location), answer.text
        self.resent += 1
        self.wrote(who, None, "sent again")

    @precondition(lambda self: self.forms or any(self.model.values()))
    @rule(data=some.data())
    def save(self, data: Any) -> None:
        """Send some forms: opened just now, opened some time ago, or come back with a question."""
        for _ in range(data.draw(some.integers(1, 4), label="forms")):
            there = [(KINDS[name], key) for name in KINDS for key in self.model[name]]
            if not (open_or_there := [*self.forms[-3:], *there]):
                return
            who, which = data.draw(some.tuples(some.sampled_from(PEOPLE), some.sampled_from(open_or_there)))
            self.send(who, which if isinstance(which, Form) else self.opened(who, *which), data)

    def opened(self, who: str, kind: Kind, key: tuple[Any, ...]) -> Form:
        """Open a record's form, which stays open."""
        page = self.place.ask(who, f"{kind.at(key)}/edit")
        assert page.status_code == 200
        row = {name: self.model[kind.name][key][name] for name in kind.fields}
        self.forms.append(Form(kind, key, carried(page.text), row, dict(row)))
        return self.forms[-1]

    def send(self, who: str, form: Form, data: Any) -> None:
        """Send a form, and look what comes of it."""
        kind = form.kind
        names = data.draw(some.sets(some.sampled_from(sorted(kind.fields)), min_size=not form.before, max_size=2))
        typed = form.typed | {name: data.draw(kind.typed[name], label=name) for name in sorted(names)}
        choices = {name: data.draw(some.sampled_from(("mine", "theirs", ""))) for name in sorted(form.before)}
        sent = form.hidden | kind.posted(typed)
        sent |= {f"{kind.fields[name]}-choice": choice for name, choice in choices.items() if choice}
        answer = self.place.ask(who, f"{kind.at(form.key)}/edit", sent)
        row = self.model[kind.name].get(form.key)
        if row is None:
            self.asked(who, answer, "gone")
            self.forms.remove(form)
            return
        asked, writes = merged(form, row, typed, choices)
        if asked is not None:
            self.asked(who, answer, "clashes")
            shown = {name: unescape(value) for name, value in TYPED.findall(answer.text)}
            assert shown.items() <= kind.posted(typed).items(), "what was typed is kept"
            self.forms[self.forms.index(form)] = Form(
                kind, form.key, carried(answer.text), asked.was, typed, asked.before
            )
        elif taken := self.taken(kind, row | writes, form.key):
            self.refused(who, answer, kind, taken)
        else:
            assert answer.status_code == 303, answer.text
            self.changed(who, kind, form.key, writes, "changed")

    @precondition(lambda self: any(self.model.values()))
    @rule(who=some.sampled_from(PEOPLE), data=some.data())
    def delete(self, who: str, data: Any) -> None:
        """Delete a record, which may be gone already."""
        there = [(KINDS[name], key) for name in KINDS for key in [*self.model[name], *self.gone[name][-1:]]]
        kind, key = data.draw(some.sampled_from(there))
        answer = self.place.ask(who, f"{kind.at(key)}/delete", {"sure": "1", "key": encode(list(key))})
        row = self.model[kind.name].get(key)
        if row is None:
            last = next(told for told in reversed(self.told) if (told.kind, told.key) == (kind, key))
            said = 303 if last.action == "delete" else 404  # what was given another key was not deleted
            assert answer.status_code == said, answer.status_code
            self.wrote(who, None, "deleted already")
        else:
            assert answer.status_code == 303, answer.text
            self.wrote(who, Told(kind, key, "delete", row, None), "deleted")

    @precondition(lambda self: self.told)
    @rule(who=some.sampled_from(PEOPLE), data=some.data())
    def undo(self, who: str, data: Any) -> None:
        """Undo what the history tells, lately or long ago."""
        told = data.draw(some.sampled_from(self.told[-8:]), label="entry")
        answer = self.place.ask(who, f"/history/{told.number}/undo", {})
        row = self.model[told.kind.name].get(told.key)
        differs = row is not None and any(row[name] != value for name, value in (told.after or {}).items())
        last = next(each for each in reversed(self.told) if (each.kind, each.key) == (told.kind, told.key))
        went_again = row is None and last.action == "delete" and last is not told
        if (row is None) != (told.action == "delete") or differs or went_again:
            if last.undoes == told.number:  # a double click
                assert answer.status_code == 303, answer.text
                self.wrote(who, None, "undone already")
            else:
                self.asked(who, answer, "not undone")
            return
        before = told.before or {}
        if told.action != "create" and self.taken(told.kind, (row or {}) | before, told.key if row else None):
            assert answer.status_code == 422, answer.text
            self.wrote(who, None, "refused")
            return
        assert answer.status_code == 303, answer.text
        if told.action == "change":
            self.changed(who, told.kind, told.key, before, "undone", told.number)
        elif told.action == "create":
            self.wrote(who, Told(told.kind, told.key, "delete", row, None, told.number), "undone")
        else:
            self.wrote(who, Told(told.kind, told.key, "create", None, before, told.number), "undone")

    def taken(self, kind: Kind, values: dict[str, Any], key: tuple[Any, ...] | None) -> set[str]:
        """Give the columns in which another record has the very values that must be unique."""
        found: set[str] = set()
        for names in kind.unique:
            wanted = [folded(values[name]) for name in names]
            rows = self.model[kind.name].items()
            if any(other != key and [folded(row[name]) for name in names] == wanted for other, row in rows):
                found.update(names)
        return found

    def changed(
        self, who: str, kind: Kind, key: tuple[Any, ...], writes: dict[str, Any], what: str, undoes: int | None = None
    ) -> None:
        """Look whether a record was changed, which may have given it another key."""
        row = self.model[kind.name][key]
        before = {name: row[name] for name in writes if row[name] != writes[name]}
        if not before:
            self.wrote(who, None, "nothing changed")
            return
        now = tuple((row | writes)[name] for name in kind.key)
        after = {name: writes[name] for name in before}
        self.model[kind.name][now] = self.model[kind.name].pop(key)
        if now != key:
            self.gone[kind.name].append(key)
        self.wrote(who, Told(kind, now, "change", before, after, undoes), what)

    def refused(self, who: str, answer: Any, kind: Kind, taken: set[str]) -> None:
        """Look whether it was refused at just these columns, and nothing written."""
        assert answer.status_code == 422, answer.text
        assert set(WRONG.findall(answer.text)) == {kind.fields[name] for name in taken}
        self.wrote(who, None, "refused")

    def asked(self, who: str, answer: Any, what: str) -> None:
        """Look whether somebody was told that others were faster, and nothing written."""
        assert answer.status_code == 409, answer.text
        self.wrote(who, None, what)

    def wrote(self, who: str, told: Told | None, what: str) -> None:
        """Let the model do what was done; look whether the database and the history say the same."""
        self.place.counts[what] += 1
        if told is not None:
            rows = self.model[told.kind.name]
            if told.action == "delete":
                self.gone[told.kind.name].append(told.key)
                del rows[told.key]
            else:
                rows[told.key] = rows.get(told.key, {}) | (told.after or {})
        for kind in KINDS.values():
            assert self.place.rows(kind) == self.model[kind.name]
        entries = self.place.entries(self.last)
        stages = () if told is None else ("done",) if told.kind is USERS else ("intended", "confirmed")
        assert [entry["stage"] for entry in entries] == list(stages)
        for entry in entries:
            assert told is not None
            assert [entry[name] for name in ("who", "database", "relation", "record_key", "action", "undoes")] == [
                who,
                told.kind.database,
                told.kind.name,
                encode(list(told.key)),
                told.action,
                told.undoes,
            ]
            assert [entry["before"], entry["after"]] == [kept(told.before), kept(told.after)]
            told.number = self.last = entry["number"]
        if told is not None:
            self.told.append(told)


def merged(
    form: Form, row: dict[str, Any], typed: dict[str, Any], choices: dict[str, str]
) -> tuple[Form | None, dict[str, Any]]:
    """Merge what somebody typed with what the record holds now: the form that asks them, or None; what is written."""
    asked = Form(form.kind, form.key, {}, dict(form.was), typed, dict(form.before))
    writes: dict[str, Any] = {}
    clashes = False
    for name, mine in typed.items():
        was, now, choice = form.was[name], row[name], choices.get(name, "")
        if mine in (was, now):
            asked.before.pop(name, None)
            asked.was[name] = mine
        elif was != now:
            asked.before.setdefault(name, was)
            asked.was[name] = now
            clashes = True
        elif name not in form.before or choice == "mine":
            writes[name] = mine
        elif choice != "theirs":
            clashes = True
    return (asked, {}) if clashes else (None, writes)


def carried(page: str) -> dict[str, str]:
    """Give what a form carries of its own."""
    hidden = {name: unescape(value) for name, value in HIDDEN.findall(page)}
    return {name: value for name, value in hidden.items() if name.endswith(("-was", "-before"))}


def folded(value: Any) -> Any:
    """Give what is compared where a value must be unique; attached databases are sent nothing that differs in this."""
    return value.casefold() if isinstance(value, str) else value


def kept(values: dict[str, Any] | None) -> str | None:
    """Give values as the history keeps them."""
    if values is None:
        return None
    plain = {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in values.items()}
    return json.dumps(plain, sort_keys=True, separators=(",", ":"))


@pytest.fixture
def place(any_engine, request, make_database, tmp_path) -> Iterator[Place]:
    """Give a site whose own database and another are of an engine."""
    own = URL.create("sqlite", database=str(tmp_path / "own.sqlite"))
    if any_engine != "sqlite":
        own = MAKES[any_engine](request.getfixturevalue(f"{any_engine}_url"))
    url = make_database(any_engine, SQL)
    tried = {"url": url.render_as_string(hide_password=False), "writable": True}
    site = create_app({"TESTING": True, "DATABASE_URL": own, "DATABASES": {"tried": tried}}, instance=tmp_path)
    databases = (site.extensions["plainsite"], *site.extensions["plainsite.databases"].values())
    migrations.upgrade(databases[0].engine)
    other = create_engine(url)
    place = Place(site, databases[0].engine, other)
    place.tables = {"users": User.__table__, "things": Table("things", MetaData(), autoload_with=other)}
    with ExitStack() as opened:
        opened.callback(other.dispose)
        for database in databases:
            opened.enter_context(closing(database))
        for name in PEOPLE:
            place.let_in(name)
        yield place


def test_whatever_two_people_do_in_whatever_order_is_what_the_model_says(place, any_engine, tell):
    tried = settings(
        max_examples=SEQUENCES,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    began = time.monotonic()
    run_state_machine_as_test(lambda: TwoPeople(place), settings=tried)
    number, _, fault = proof.verify(place.own)
    assert fault is None
    said = ", ".join(f"{count:,} {what}" for what, count in place.counts.most_common())
    tell(f"any sequence on {any_engine}: {said}; {number:,} entries prove it; {time.monotonic() - began:.0f} s")
