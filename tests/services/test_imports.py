"""Messages from elsewhere, without a file or a command."""

import datetime
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from plainsite.models import LONGEST_TEXT, Message, User
from plainsite.refusals import Reason, Refused
from plainsite.services import exports, imports, messages, users
from plainsite.services.identities import Contents, exported_id, key_of_id, written_here
from plainsite.services.rows import Row, row_of

WRITTEN = datetime.datetime(2026, 11, 20, 6, 30)  # noqa: DTZ001 - as times are kept
ADA = {"author_name": "Ada", "author_email": "ada@example.org", "text": "Hello"}


@pytest.fixture
def contents() -> Iterator[Contents]:
    """Begin a file."""
    with closing(Contents()) as contents:
        yield contents


@pytest.fixture
def bring(session: Session) -> Callable[..., imports.Outcome]:
    """Bring rows in as one file does, each said by what it has other than ADA."""

    def bring(*rows: dict[str, Any]) -> imports.Outcome:
        with closing(Contents()) as contents:
            return imports.add(session, [row_of(ADA | row, contents, row) for row in rows])

    return bring


def texts(session: Session) -> list[str]:
    return [row.body for row in messages.every(session)]


def names(session: Session) -> dict[str, str]:
    return {user.email: user.name for user in session.execute(select(User.email, User.name))}


def numbers(outcome: imports.Outcome) -> tuple[int, int, int, int]:
    return outcome.added, outcome.there, len(outcome.refused), len(outcome.authors)


def test_messages_come_in_with_their_authors(session, bring):
    outcome = bring({}, {"text": "Again", "date": "2026-11-20T06:30:00"}, {"author_email": "bob@example.org"})
    assert numbers(outcome) == (3, 0, 0, 2)
    first, again, _ = messages.every(session)
    assert (first.name, first.email, first.body) == ("Ada", "ada@example.org", "Hello")
    assert (again.created_at, again.edited_at) == (WRITTEN, None)


def test_an_author_is_known_by_any_spelling_of_the_e_mail_and_keeps_the_name_they_have(session, bring, ada):
    outcome = bring({"author_email": " ADA@example.ORG", "author_name": "Somebody else"})
    assert numbers(outcome) == (1, 0, 0, 0)
    assert names(session) == {"ada@example.org": "Ada"}


def test_an_author_who_came_with_an_import_cannot_sign_in_until_they_have_a_password(session, bring):
    bring({})
    author = session.scalars(select(User)).one()
    assert (author.password_hash, author.role) == (None, "member")


def test_a_name_that_somebody_else_has_gets_a_number(session, bring, ada):
    bring(*({"author_name": " ADA", "author_email": f"{number}@example.org"} for number in "abc"))
    assert sorted(names(session).values()) == ["ADA 2", "ADA 3", "ADA 4", "Ada"]


def test_many_of_one_name_all_find_another(session, bring):
    outcome = bring(*({"author_email": f"{number}@example.org"} for number in range(60)))
    assert numbers(outcome) == (60, 0, 0, 60)
    assert len(set(names(session).values())) == 60
    assert {author.asked for author in outcome.authors} == {"Ada"}


def test_a_number_after_a_long_name_leaves_no_more_than_fifty_characters(session, bring):
    bring(*({"author_name": "N" * 50, "author_email": f"{number}@example.org"} for number in "ab"))
    assert sorted(names(session).values()) == ["N" * 48 + " 2", "N" * 50]


@pytest.mark.parametrize(
    ("row", "reasons"),
    [
        ({"text": "x" * (LONGEST_TEXT + 1)}, {Reason("too_long", ("body",), limit=LONGEST_TEXT)}),
        ({"author_name": "x" * 51}, {Reason("too_long", ("name",), limit=50)}),
        ({"author_email": "x" * 255}, {Reason("too_long", ("email",), limit=254)}),
        ({"author_name": "zero\u200bwidth"}, {Reason("unseen", ("name",))}),
        (
            {"author_name": "x" * 51, "author_email": "x" * 255},
            {Reason("too_long", ("name",), limit=50), Reason("too_long", ("email",), limit=254)},
        ),
    ],
)
def test_exactly_the_row_that_the_database_refuses_is_left_out_and_says_why(session, bring, ada, row, reasons):
    others = [{"text": str(number)} for number in range(20)]
    refused = {"author_name": "New", "author_email": "new@example.org"} | row
    outcome = bring(*others[:13], refused, *others[13:])
    assert numbers(outcome) == (20, 0, 1, 0)
    ((left_out, why),) = outcome.refused
    assert left_out.source == refused
    assert set(why) == reasons
    assert texts(session) == [other["text"] for other in others]
    assert names(session) == {"ada@example.org": "Ada"}  # a refused row leaves no author behind


def test_a_refusal_is_not_blamed_on_a_name_for_which_another_was_found(bring, ada):
    outcome = bring({"author_email": "other@example.org", "text": "x" * (LONGEST_TEXT + 1)})
    ((_, why),) = outcome.refused
    assert why == (Reason("too_long", ("body",), limit=LONGEST_TEXT),)


def test_the_longest_text_that_is_allowed_goes_in_whole(session, bring):
    bring({"text": "😀" * LONGEST_TEXT})
    assert texts(session) == ["😀" * LONGEST_TEXT]


@pytest.mark.parametrize(
    ("row", "reasons"),
    [
        ({"text": ""}, {("missing", "text")}),
        ({"text": None, "author_name": "  "}, {("missing", "text"), ("missing", "author_name")}),
        ({"text": 5, "id": ["x"]}, {("not_text", "text"), ("not_id", "id")}),
        ({"text": "a\0b"}, {("unstorable", "text")}),
        ({"text": "a\ud800b", "date": "yesterday"}, {("unstorable", "text"), ("not_date", "date")}),
        ({"author_email": "a\ud800@example.org"}, {("unseen", "author_email")}),
        ({"id": True, "edited": "2026-13-01"}, {("not_id", "id"), ("not_date", "edited")}),
        ({"date": 1_763_620_000}, {("not_date", "date")}),
        ({"written": "0001-01-01T00:00:00+14:00"}, {("out_of_years", "written")}),
    ],
)
def test_a_row_that_makes_no_message_says_all_that_is_wrong_with_it(contents, row, reasons):
    with pytest.raises(Refused) as refused:
        row_of(ADA | row, contents)
    assert {(reason.rule, *reason.columns) for reason in refused.value.reasons} == reasons


@pytest.mark.parametrize(
    ("date", "time"),
    [
        ("2026-11-20T06:30:00Z", WRITTEN),
        ("2026-11-20T08:00:00+01:30", WRITTEN),
        ("2026-11-20 06:30", WRITTEN),
        ("20261120T0630", WRITTEN),
        ("2026-11-20", WRITTEN.replace(hour=0, minute=0)),
        ("2026-11-20T06:30:00.000001Z", WRITTEN.replace(microsecond=1)),
    ],
)
@pytest.mark.parametrize("field", ["date", "written", "edited"])
def test_a_date_is_kept_in_utc_and_is_utc_where_it_does_not_say(contents, field, date, time):
    row = row_of(ADA | {field: date}, contents)
    assert (row.edited_at if field == "edited" else row.created_at) == time


def test_a_row_without_a_date_was_written_now(contents):
    before = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    assert before <= row_of(ADA, contents).created_at <= before + datetime.timedelta(seconds=10)


def test_the_same_rows_again_add_nothing(session, bring):
    rows: list[dict[str, Any]] = [{"id": "1"}, {"id": 2}, {}, {}, {"text": "x"}, {"date": "2026-11-20"}]
    assert numbers(bring(*rows)) == (6, 0, 0, 1)
    assert numbers(bring(*rows)) == (0, 6, 0, 0)
    assert len(texts(session)) == 6


def test_a_file_that_has_grown_adds_what_is_new(session, bring):
    bring({}, {})
    assert numbers(bring({"text": "new"}, {}, {}, {})) == (2, 2, 0, 0)
    assert texts(session) == ["Hello", "Hello", "new", "Hello"]


def test_a_date_is_the_same_in_whatever_zone_it_is_written(bring):
    bring({"date": "2026-11-20T06:30:00Z"})
    assert numbers(bring({"date": "2026-11-20T07:30+01:00"})) == (0, 1, 0, 0)


def test_an_id_that_stands_twice_in_a_file_is_one_message(session, bring):
    assert numbers(bring({"id": "1"}, {"id": "1"}, {"id": 1})) == (1, 2, 0, 1)
    assert texts(session) == ["Hello"]


def test_an_id_that_another_message_has_is_refused_so_that_no_text_is_lost_unsaid(session, bring):
    bring({"id": "1"})
    outcome = bring({"id": "1", "text": "Something else"}, {"id": "2", "text": "x"}, {"id": "2", "text": "y"})
    assert numbers(outcome) == (1, 0, 2, 0)
    assert {why for _, why in outcome.refused} == {(Reason("other", ("id",)),)}
    assert texts(session) == ["Hello", "x"]


def test_a_message_that_was_edited_here_is_there_already_and_stays_edited(session, bring):
    bring({"id": "1"})
    messages.update(session, 1, body="Better")
    session.rollback()
    assert numbers(bring({"id": "1"})) == (0, 1, 0, 0)
    assert texts(session) == ["Better"]


def test_what_this_site_wrote_itself_is_recognised_when_it_comes_back(session, bring, ada):
    for text in ("one", "two"):
        messages.create(session, author_id=ada.id, body=text)
    ids = [row[0] for row in exports.rows(session)]
    messages.update(session, 2, body="two, edited since")
    session.rollback()
    assert numbers(bring({"id": ids[0], "text": "one"}, {"id": ids[1], "text": "two"})) == (0, 2, 0, 0)
    assert len(texts(session)) == 2


def test_what_another_site_wrote_is_not_taken_for_a_message_of_the_same_number_here(session, bring, ada):
    messages.create(session, author_id=ada.id, body="mine")
    other = exported_id(1, WRITTEN, None)
    assert numbers(bring({"id": other, "text": "theirs"})) == (1, 0, 0, 0)
    assert numbers(bring({"id": other, "text": "theirs"})) == (0, 1, 0, 0)
    assert texts(session) == ["mine", "theirs"]


@pytest.mark.parametrize("file_id", ["1", "", "x" * 1000, "\ud800", "site:1:2:3", "site:1:" + "9" * 19, "A" * 64])
def test_an_id_becomes_a_key_that_fits_and_a_key_stands_for_itself(file_id):
    key = key_of_id(file_id)
    assert len(key) == 64
    assert key_of_id(key) == key


def test_the_id_of_a_message_written_here_tells_its_number_and_time_exactly():
    for time in (WRITTEN.replace(microsecond=999_999), WRITTEN.replace(year=1), WRITTEN.replace(year=9999)):
        own = exported_id(10**18 - 1, time, None)
        assert written_here(own) == (10**18 - 1, time)
        assert key_of_id(own) == own
        assert len(own) <= 64
    assert written_here("site:1:" + "9" * 18) is None
    assert written_here("a" * 64) is None


def test_texts_do_not_run_into_one_another_in_a_key(contents):
    one = row_of(ADA | {"author_email": "a@example.org", "text": "bc"}, contents)
    other = row_of(ADA | {"author_email": "a@example.orgb", "text": "c"}, contents)
    assert one.key != other.key


def test_an_import_that_was_overtaken_by_another_counts_its_rows_as_there(session, contents, monkeypatch):
    """The other one commits after this one has looked: the unique key refuses, and looking again finds them."""
    rows = [row_of(ADA | {"id": str(number)}, contents) for number in range(3)]
    imports.add(session, rows[:2])
    look, looks = imports._unknown, []  # noqa: SLF001

    def overtaken(session: Session, rows: list[Row], outcome: imports.Outcome) -> list[Row]:
        looks.append(len(rows))
        return rows if len(looks) == 1 else look(session, rows, outcome)

    monkeypatch.setattr(imports, "_unknown", overtaken)
    assert numbers(imports.add(session, rows)) == (1, 2, 0, 0)
    assert looks == [3, 1, 2]


def test_some_hundred_rows_take_few_statements(session, contents, app):
    rows = [row_of(ADA | {"text": str(number)}, contents) for number in range(500)]
    said: list[str] = []
    engine = app.extensions["plainsite"].engine

    @event.listens_for(engine, "before_cursor_execute")
    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    try:
        imports.add(session, rows)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len(said) < 14, said


def test_one_bad_row_among_hundreds_does_not_make_each_a_transaction_of_its_own(session, contents, app):
    rows = [row_of(ADA | {"text": str(number)}, contents) for number in range(500)]
    rows[250] = row_of(ADA | {"text": "x" * (LONGEST_TEXT + 1)}, contents)
    begun: list[int] = []
    engine = app.extensions["plainsite"].engine

    @event.listens_for(engine, "begin")
    def note(_: Any) -> None:
        begun.append(1)

    try:
        outcome = imports.add(session, rows)
    finally:
        event.remove(engine, "begin", note)
    assert numbers(outcome) == (499, 0, 1, 1)
    assert len(begun) < 60
    assert session.scalar(select(func.count()).select_from(Message)) == 499


def test_exported_rows_have_the_names_that_an_import_knows(session, bring, contents):
    bring({"id": "1", "date": "2026-11-20T06:30:00.5", "edited": "2026-11-21"})
    (values,) = exports.rows(session)
    row = row_of(dict(zip(exports.NAMES, values, strict=True)), contents)
    assert row.key == key_of_id("1")
    assert (row.created_at, row.edited_at) == (
        WRITTEN.replace(microsecond=500_000),
        WRITTEN.replace(day=21, hour=0, minute=0),
    )
    assert users.find_by_email(session, row.author_email) is not None
