"""Two people change one record: what each changed is kept, and where they clash the second is asked."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import URL, create_engine, text
from sqlalchemy.orm import Session

from plainsite import create_app, migrations
from plainsite.models import User
from plainsite.services import account, messages, saved, users
from plainsite.testing import Browser, Page

SQL = Path(__file__).parents[1] / "data" / "merging" / "people.sql"
ROWS = [line for line in SQL.read_text().splitlines() if line.startswith(("INSERT INTO people", "INSERT INTO seats"))]
PASSWORD = "correct horse battery"
HASH = account.password_hash(PASSWORD)
BLOBS = {"sqlite": "BLOB", "postgresql": "BYTEA", "mariadb": "LONGBLOB"}
LONG = "A long text that is served as a digest. " * 20
KEEP, MINE = "Keep what is there now", "Take mine"


class Two:
    """Two admins before one database."""

    def __init__(self, site: Flask, url: URL) -> None:
        self.site, self.engine = site, create_engine(url)
        self.one, self.other = (browser_of(site, name) for name in ("Grace", "Hedy"))

    def open(self, address: str) -> None:
        """Let both open the form of a record."""
        for each in (self.one, self.other):
            assert each.open(f"/data/tried/{address}/edit").status == 200

    def stored(self, columns: str, condition: str = "id = 1") -> Any:
        """Give what the database holds."""
        table = "seats" if "line" in condition else "people"
        with self.engine.connect() as connection:
            row = connection.execute(text(f"SELECT {columns} FROM {table} WHERE {condition}")).one()
        return row[0] if len(row) == 1 else tuple(row)

    def run(self, *statements: str, **values: Any) -> None:
        """Change the database by another way than the site."""
        with self.engine.begin() as connection:
            for each in statements:
                connection.execute(text(each), values)


@pytest.fixture(scope="module")
def everybody(tmp_path_factory, make_database, any_engine) -> Iterator[Two]:
    """Give two admins of a site before a database of each engine, once."""
    url = make_database(any_engine, SQL)
    tried = {"url": url.render_as_string(hide_password=False), "writable": True}
    settings = {"SECRET_KEY": "for tests only", "TESTING": True, "DATABASES": {"tried": tried}}
    site = create_app(settings, instance=tmp_path_factory.mktemp("merging"))
    databases = (site.extensions["plainsite"], *site.extensions["plainsite.databases"].values())
    migrations.upgrade(databases[0].engine)
    two = Two(site, url)
    yield two
    two.engine.dispose()
    for database in databases:
        database.close()


@pytest.fixture
def two(everybody: Two) -> Two:
    """Give two admins before a database of each engine, in which nobody has changed anything yet."""
    everybody.run("DELETE FROM people", "DELETE FROM seats", *ROWS)
    return everybody


@pytest.fixture
def pair(app) -> tuple[Browser, Browser]:
    """Give two admins of a site."""
    return browser_of(app, "Grace"), browser_of(app, "Hedy")


def browser_of(site: Flask, name: str, role: str = "admin") -> Browser:
    """Give the browser of somebody new, who is signed in."""
    email = f"{name.lower()}@example.org"
    with Session(site.extensions["plainsite"].engine) as session:
        users.create(session, name=name, email=email, role=role, password_hash=HASH)
    browser = Browser(site)
    browser.open("/account/sign-in")
    browser.fill("E-mail", email)
    browser.fill("Password", PASSWORD)
    browser.press("Sign in")
    return browser


def saved_with(browser: Browser, **values: Any) -> Page:
    """Fill in and save."""
    browser.fill(**values)
    return browser.press("Save")


def sides(page: Page) -> str:
    """Give what a page says, with who changed something in brackets, and not when."""
    return re.sub(r" by (\w+), \d{4}-\d\d-\d\d \d\d:\d\d", r" (\1)", page.text)


def which(label: str) -> str:
    return f"{label}: which is to be kept?"


def test_different_fields_are_both_kept(two) -> None:
    two.open("people/1")
    assert saved_with(two.one, Town="Chur").flashes == ["The record was changed."]
    page = saved_with(two.other, Name="Ada L.")
    assert page.flashes == ["The record was changed. What somebody else changed meanwhile was kept: Town."]
    assert two.stored("name, town") == ("Ada L.", "Chur")


def test_the_same_field_asks_with_all_three_values_and_writes_nothing(two) -> None:
    two.open("people/1")
    saved_with(two.one, Town="Chur")
    page = saved_with(two.other, Town="Genf", Name="Ada L.")
    assert page.status == 409
    assert page.errors == {"Town": "Town was changed meanwhile: choose which is to be kept"}
    assert page.title.startswith("Error: ")
    assert (page.value("Town"), page.value("Name"), page.value(which("Town"))) == ("Genf", "Ada L.", "")
    assert "It was Bern It is now Chur (Grace) You typed Genf" in sides(page)
    assert two.stored("name, town") == ("Ada", "Chur"), "nothing is written until all is chosen"


def test_mine_is_written_over_theirs_once_chosen(two) -> None:
    two.open("people/1")
    saved_with(two.one, Town="Chur")
    saved_with(two.other, Town="Genf", Name="Ada L.")
    two.other.choose(which("Town"), MINE)
    assert two.other.press("Save").flashes == ["The record was changed."]
    assert two.stored("name, town") == ("Ada L.", "Genf")


def test_theirs_is_kept_once_chosen_and_the_rest_is_written(two) -> None:
    two.open("people/1")
    saved_with(two.one, Town="Chur")
    saved_with(two.other, Town="Genf", Name="Ada L.")
    two.other.choose(which("Town"), KEEP)
    page = two.other.press("Save")
    assert page.flashes == ["The record was changed. What somebody else changed meanwhile was kept: Town."]
    assert two.stored("name, town") == ("Ada L.", "Chur")


def test_who_does_not_choose_is_asked_again(two) -> None:
    two.open("people/1")
    saved_with(two.one, Town="Chur")
    saved_with(two.other, Town="Genf")
    page = two.other.press("Save")
    assert (page.status, list(page.errors)) == (409, ["Town"])
    assert "It was Bern It is now Chur (Grace) You typed Genf" in sides(page)
    assert two.stored("town") == "Chur"


def test_who_types_what_is_there_now_need_not_choose(two) -> None:
    two.open("people/1")
    saved_with(two.one, Town="Chur")
    saved_with(two.other, Town="Genf", Name="Ada L.")
    assert saved_with(two.other, Town="Chur").status == 200
    assert two.stored("name, town") == ("Ada L.", "Chur")


def test_a_choice_that_is_overtaken_is_asked_for_anew(two) -> None:
    two.open("people/1")
    saved_with(two.one, Town="Chur")
    saved_with(two.other, Town="Genf")
    two.one.open("/data/tried/people/1/edit")
    saved_with(two.one, Town="Sion")
    two.other.choose(which("Town"), MINE)
    page = two.other.press("Save")
    assert (page.status, page.value(which("Town"))) == (409, "")
    assert "It was Bern It is now Sion (Grace) You typed Genf" in sides(page)
    two.other.choose(which("Town"), MINE)
    two.other.press("Save")
    assert two.stored("town") == "Genf"


def test_the_same_value_twice_is_a_success_twice(two) -> None:
    two.open("people/1")
    for each in (two.one, two.other):
        page = saved_with(each, Town="Chur")
        assert (page.status, page.flashes) == (200, ["The record was changed."])
    assert two.stored("town") == "Chur"


def test_a_form_that_is_sent_twice_is_a_success_twice_in_whatever_way_the_engine_spells_it(two) -> None:
    two.one.open("/data/tried/people/1/edit")
    typed = {"Town": "Chur", "Notes": LONG, "Score": "2.5", "Born": "2002-02-02"}
    for _ in range(2):
        page = saved_with(two.one, **typed)
        two.one.back()
        assert (page.status, page.flashes) == (200, ["The record was changed."])
    assert (two.stored("town"), float(two.stored("score"))) == ("Chur", 2.5)


def test_clashes_and_what_is_wrong_are_said_together_and_nothing_typed_is_lost(two) -> None:
    two.open("people/1")
    saved_with(two.one, Town="Chur")
    page = saved_with(two.other, Town="Genf", Name="Ada L.", Score="many", City_id="there")
    assert page.status == 422
    assert set(page.errors) == {"Town", "Score", "City id"}
    two.other.choose(which("Town"), MINE)
    page = saved_with(two.other, City_id="2")
    assert (page.status, set(page.errors)) == (422, {"Score"})
    assert page.value(which("Town")) == MINE, "what was chosen is kept with what was typed"
    assert saved_with(two.other, Score="2.50").status == 200
    assert two.stored("name, town") == ("Ada L.", "Genf")


def test_null_and_a_value_clash_as_two_values_do(two) -> None:
    two.open("people/2")
    two.one.uncheck("Not set (NULL): Town")
    saved_with(two.one, Town="Chur")
    two.other.uncheck("Not set (NULL): Town")
    page = saved_with(two.other, Town="")
    assert page.status == 409
    assert "It was NULL It is now Chur (Grace) You typed empty" in sides(page)
    two.other.choose(which("Town"), MINE)
    assert two.other.press("Save").status == 200
    assert two.stored("town", "id = 2") == ""


def test_who_takes_a_value_away_is_asked_too_and_may_insist(two) -> None:
    two.open("people/1")
    saved_with(two.one, Town="Chur")
    two.other.check("Not set (NULL): Town")
    page = two.other.press("Save")
    assert page.status == 409
    assert "It was Bern It is now Chur (Grace) You typed NULL" in sides(page)
    two.other.choose(which("Town"), MINE)
    assert two.other.press("Save").status == 200
    assert two.stored("town") is None


def test_numbers_and_dates_are_compared_as_what_they_mean(two) -> None:
    two.open("people/1")
    saved_with(two.one, Score="2.5", Born="2002-02-02")
    page = saved_with(two.other, Score="2.50", Born="2003-03-03")
    assert set(page.errors) == {"Born"}, "2.5 and 2.50 are one number"
    two.other.choose(which("Born"), KEEP)
    assert two.other.press("Save").status == 200
    assert str(two.stored("born")) == "2002-02-02"


def test_letters_are_compared_as_they_stand_whatever_the_engine_takes_for_the_same(two) -> None:
    two.open("people/1")
    saved_with(two.one, Town="chur")
    assert saved_with(two.other, Town="Chur").status == 409
    assert two.stored("town") == "chur"


def test_yes_and_no_clash_in_these_words(two) -> None:
    if two.engine.dialect.name == "mysql":
        return  # there it is a number
    two.open("people/1")
    two.one.choose("Active", "Yes")
    two.one.press("Save")
    two.other.choose("Active", "No")
    page = two.other.press("Save")
    assert "It was NULL It is now Yes (Grace) You typed No" in sides(page)
    two.other.choose(which("Active"), MINE)
    assert two.other.press("Save").status == 200
    assert not two.stored("active")


def test_a_long_text_is_told_apart_by_its_digest_and_shown_whole(two) -> None:
    two.run("UPDATE people SET notes = :long", long=LONG)
    two.open("people/1")
    saved_with(two.one, Notes=LONG + "theirs")
    page = saved_with(two.other, Notes=LONG + "mine")
    assert page.status == 409
    assert "It is now … " in page.text, "what both have in common is left out"
    assert "digest. theirs (Grace) You typed … " in sides(page)
    assert page.value("Notes") == LONG + "mine"
    two.other.choose(which("Notes"), MINE)
    two.other.press("Save")
    assert two.stored("notes") == LONG + "mine"


def test_what_was_changed_past_the_site_is_nobodys(two) -> None:
    two.open("people/1")
    saved_with(two.one, Town="Chur")
    two.run("UPDATE people SET town = 'Sion' WHERE id = 1")
    page = saved_with(two.other, Town="Genf")
    assert "It was Bern It is now Sion You typed Genf" in page.text


def test_the_long_text_that_was_there_is_remembered_by_the_history(two) -> None:
    two.run("UPDATE people SET notes = :long WHERE id = 1", long=LONG + "first")
    two.open("people/1")
    saved_with(two.one, Notes=LONG + "second")
    page = saved_with(two.other, Notes=LONG + "third")
    assert re.search(r"It was … .* digest\. first It is now … .* digest\. second .* digest\. third", page.text)


def test_line_ends_are_no_change(two) -> None:
    two.run("UPDATE people SET notes = :lines", lines="one\r\ntwo\r\n" * 40)
    two.open("people/1")
    saved_with(two.one, Town="Chur")
    assert saved_with(two.other, Name="Ada L.").status == 200
    assert two.stored("notes") == "one\r\ntwo\r\n" * 40


def test_a_composite_key_names_one_row_and_no_other(two) -> None:
    two.open("seats/1,A")
    saved_with(two.one, Holder="Cat")
    assert saved_with(two.other, Meal="none").status == 200
    two.open("seats/1,A")
    saved_with(two.one, Holder="Dan")
    assert saved_with(two.other, Holder="Eve").status == 409
    assert two.stored("holder, meal", "line = 1 AND letter = 'A'") == ("Dan", "none")
    assert two.stored("holder, meal", "line = 1 AND letter = 'B'") == ("Bob", "rice")


def test_a_row_that_is_gone_is_said_to_be_and_what_was_typed_is_offered_as_a_new_one(two) -> None:
    two.open("people/1")
    two.one.open("/data/tried/people/1/delete")
    two.one.press("Delete")
    page = saved_with(two.other, Town="Genf", Notes="first\n\nlast")
    assert (page.status, page.heading) == (409, "The record is gone")
    assert "The record was deleted (Grace), while you were changing it" in sides(page)
    assert (page.value("Id"), page.value("Name"), page.value("Town")) == ("1", "Ada", "Genf")
    page = two.other.press("Add it again")
    assert (page.path, page.flashes) == ("/data/tried/people/1", ["The record was added."])
    assert two.stored("name, town, notes, city_id") == ("Ada", "Genf", "first\n\nlast", 1)


def test_a_key_that_was_changed_meanwhile_leaves_no_row_behind_to_be_changed(two) -> None:
    two.open("seats/12,A")
    saved_with(two.one, Letter="F")
    two.other.uncheck("Not set (NULL): Meal")
    page = saved_with(two.other, Meal="rice")
    assert (page.status, page.heading) == (409, "The record is gone")
    assert two.stored("meal", "line = 12 AND letter = 'F'") is None


def test_two_who_change_the_key_clash_at_the_address_not_in_the_data(two) -> None:
    two.open("seats/12,A")
    saved_with(two.one, Letter="F")
    assert saved_with(two.other, Letter="G").status == 409
    assert two.stored("line, letter", "line = 12") == (12, "F")


def test_an_address_where_nobody_was_editing_is_nothing(two) -> None:
    assert two.one.open("/data/tried/people/77/edit").status == 404


def test_a_foreign_key_is_looked_up_in_the_middle_of_a_clash(two) -> None:
    two.open("people/1")
    saved_with(two.one, Town="Chur")
    saved_with(two.other, Town="Genf")
    two.other.press("Find… (City id)")
    page = two.other.press("Chur 2")
    assert (page.status, page.value("City id"), page.value("Town")) == (200, "2", "Genf")
    two.other.choose(which("Town"), MINE)
    two.other.press("Save")
    assert two.stored("town, city_id") == ("Genf", 2)


def test_two_who_set_a_secret_clash_and_neither_is_shown(two) -> None:
    for there in (None, "the-first-secret"):
        two.run("UPDATE people SET api_token = :there WHERE id = 1", there=there)
        two.open("people/1")
        saved_with(two.one, Api_token="their-secret")
        two.other.fill("Api token", "my-secret")
        page = two.other.press("Save")
        assert page.status == 409
        assert "-secret" not in page.html + two.one.open("/data/tried/people/1/edit").html
        assert two.stored("api_token") == "their-secret"
        two.other.choose(which("Api token"), MINE)
        page = two.other.press("Save")
        assert (page.status, list(page.errors)) == (422, ["Api token"]), "it is not sent again, and not dropped either"
        two.other.choose(which("Api token"), MINE)
        two.other.fill("Api token", "my-secret")
        assert two.other.press("Save").status == 200
        assert two.stored("api_token") == "my-secret"


def test_whether_a_typed_secret_is_the_right_one_cannot_be_told(two) -> None:
    two.run("UPDATE people SET api_token = 'guess-me' WHERE id = 1")
    two.one.open("/data/tried/people/1/edit")
    answers = set()
    for guess in ("guess-me", "another"):
        two.one.forge("c7-was", "*")
        two.one.fill("Api token", guess)
        page = two.one.press("Save")
        answers.add((page.status, page.text))
        two.one.back()
    assert len(answers) == 1
    assert two.stored("api_token") == "guess-me"


def test_a_file_is_told_apart_by_its_digest_and_asked_for_again(make_app, make_database, any_engine, tmp_path) -> None:
    sql = tmp_path / "files.sql"
    sql.write_text(f"CREATE TABLE people (id INTEGER PRIMARY KEY, name VARCHAR(9), photo {BLOBS[any_engine]});")
    url = make_database(any_engine, sql)
    site = make_app(DATABASES={"tried": {"url": url.render_as_string(hide_password=False), "writable": True}})
    two = Two(site, url)
    two.run("INSERT INTO people VALUES (1, 'Ada', :photo)", photo=bytes(range(256)))
    two.open("people/1")
    two.one.attach("Photo", "a.bin", b"theirs")
    two.one.press("Save")
    assert saved_with(two.other, Name="Ada L.").status == 200, "the untouched file of an old form is no change"
    assert bytes(two.stored("photo")) == b"theirs"
    two.open("people/1")
    two.one.attach("Photo", "b.bin", b"\0\1")
    two.one.press("Save")
    two.other.attach("Photo", "c.bin", b"mine!")
    page = two.other.press("Save")
    assert page.status == 409
    assert "It was 6 bytes It is now 2 bytes (Grace) You typed 5 bytes" in sides(page)
    two.other.choose(which("Photo"), MINE)
    page = two.other.press("Save")
    assert (page.status, list(page.errors)) == (422, ["Photo"]), "a browser keeps no file: it is asked for, not dropped"
    two.other.attach("Photo", "c.bin", b"mine!")
    two.other.choose(which("Photo"), MINE)
    assert two.other.press("Save").status == 200
    assert bytes(two.stored("photo")) == b"mine!"
    two.engine.dispose()


def test_a_user_is_merged_by_field(pair, app, make_user: Callable[..., User]) -> None:
    one, other = pair
    ada = make_user("Ada")
    for each in pair:
        each.open(f"/users/{ada.id}/edit")
    assert saved_with(one, Name="Ada L.").flashes == ["Ada L. was changed."]
    page = saved_with(other, E_mail="lovelace@example.org")
    assert page.flashes == ["Ada L. was changed. What somebody else changed meanwhile was kept: Name."]
    for each in pair:
        each.open(f"/users/{ada.id}/edit")
    saved_with(one, Name="Augusta")
    other.choose("Role", "Admin")
    page = saved_with(other, Name="Countess")
    assert (page.status, list(page.errors)) == (409, ["Name"])
    assert "It was Ada L. It is now Augusta (Grace) You typed Countess" in sides(page)
    other.choose(which("Name"), KEEP)
    assert other.press("Save").status == 200
    with Session(app.extensions["plainsite"].engine) as session:
        found = users.find(session, ada.id)
    assert (found.name, found.email, found.role) == ("Augusta", "lovelace@example.org", "admin")


def test_a_role_clashes_in_the_words_of_its_choices(pair, make_user) -> None:
    ada = make_user("Ada", role="admin")
    one, other = pair
    for each in pair:
        each.open(f"/users/{ada.id}/edit")
    one.choose("Role", "Member")
    one.press("Save")
    other.choose("Role", "Member")
    assert other.press("Save").flashes == ["Ada was changed."], "both wanted the same"


def test_a_message_asks_and_keeps_what_was_written(pair, app, session, ada) -> None:
    one, other = pair
    number = messages.create(session, author_id=ada.id, body="First\n\n" + LONG).id
    for each in pair:
        each.open(f"/messages/{number}/edit")
    saved_with(one, Message="Theirs\n\n" + LONG)
    page = saved_with(other, Message="Mine\n\n" + LONG)
    assert page.status == 409
    assert page.errors == {"Message": "Message was changed meanwhile: choose which is to be kept"}
    assert page.value("Message") == "Mine\n\n" + LONG
    other.choose(which("Message"), MINE)
    assert other.press("Save").flashes == ["The message was changed."]
    session.rollback()
    assert messages.find(session, number).body == "Mine\n\n" + LONG


def test_a_message_that_is_gone_can_be_posted_again(pair, session, ada) -> None:
    _, other = pair
    number = messages.create(session, author_id=ada.id, body="First").id
    other.open(f"/messages/{number}/edit")
    messages.delete(session, number)
    page = saved_with(other, Message="What I wrote meanwhile")
    assert (page.status, page.heading) == (409, "The message is gone")
    page = other.press("Add it again")
    assert page.flashes == ["Your message was posted."]
    assert "What I wrote meanwhile" in page.text


def test_a_user_who_is_gone_can_be_added_again(pair, session, make_user) -> None:
    ada = make_user("Ada")
    _, other = pair
    other.open(f"/users/{ada.id}/edit")
    users.delete(session, ada.id)
    page = saved_with(other, Name="Ada L.")
    assert (page.status, page.heading) == (409, "The user is gone")
    page = other.press("Add it again")
    assert (page.status, page.heading) == (200, "Ada L.")


def test_a_saved_query_is_merged_by_field_and_can_be_added_again(two) -> None:
    with Session(two.site.extensions["plainsite"].engine) as session:
        query = saved.create(session, database="tried", name="All", statement="SELECT 1").id
    for each in (two.one, two.other):
        each.open(f"/data/tried/+queries/{query}/edit")
    saved_with(two.one, Name="One")
    assert saved_with(two.other, Statement="SELECT 2").heading == "One"
    for each in (two.one, two.other):
        each.open(f"/data/tried/+queries/{query}/edit")
    saved_with(two.one, Statement="SELECT 3")
    assert saved_with(two.other, Statement="SELECT 4").status == 409
    with Session(two.site.extensions["plainsite"].engine) as session:
        saved.delete(session, query)
    two.other.choose(which("Statement"), MINE)
    page = two.other.press("Save")
    assert (page.status, page.heading) == (409, "The query is gone")
    page = two.other.press("Add it again")
    assert (page.status, page.heading) == (200, "One")


def choose_rows(two: Two, *names: str) -> None:
    """Let both choose rows of the list, and open the form for all of them."""
    for each in (two.one, two.other):
        each.open("/data/tried/people/")
        for name in names:
            each.check(f"Choose {name}")
        page = each.press("Edit…")
        assert (page.status, page.heading) == (200, f"Edit {len(names)} records of people")


def test_what_is_ticked_is_set_in_all_chosen_rows_and_nothing_else_is(two) -> None:
    choose_rows(two, "1", "3")
    two.one.check("Change it: Town")
    two.one.fill("Town", "Chur")
    page = press_save(two.one, 2)
    assert (page.path, page.flashes) == ("/data/tried/people/", ["2 records were changed."])
    assert [two.stored("town", f"id = {each}") for each in (1, 2, 3)] == ["Chur", None, "Chur"]
    assert two.stored("name, notes") == ("Ada", "short")


def press_save(browser: Browser, number: int) -> Page:
    return browser.press(f"Save {number} records")


def test_what_is_typed_and_not_ticked_is_asked_about_and_what_is_ticked_is_judged(two) -> None:
    choose_rows(two, "1", "3")
    page = press_save(two.one, 2)
    assert (page.status, page.summary) == (422, ["Tick “Change it” at what is to be set"])
    two.one.fill("Town", "Chur")
    page = press_save(two.one, 2)
    assert page.errors == {"Town": "Tick “Change it” to set Town, or take away what stands there"}
    two.one.check("Change it: Town")
    two.one.check("Change it: Score")
    two.one.fill("Score", "many")
    page = press_save(two.one, 2)
    assert (page.status, list(page.errors)) == (422, ["Score"])
    two.one.fill("Score", "2.5")
    assert press_save(two.one, 2).status == 200
    assert [float(two.stored("score", f"id = {each}")) for each in (1, 3)] == [2.5, 2.5]


def test_null_is_set_in_all_where_it_is_ticked(two) -> None:
    choose_rows(two, "1", "3")
    two.one.check("Change it: Town")
    two.one.check("Not set (NULL): Town")
    assert press_save(two.one, 2).status == 200
    assert [two.stored("town", f"id = {each}") for each in (1, 3)] == [None, None]


def test_rows_that_were_changed_meanwhile_are_asked_about_and_none_is_written_before(two) -> None:
    choose_rows(two, "1", "2", "3")
    two.one.open("/data/tried/people/3/edit")
    saved_with(two.one, Town="Sion", Name="Cat C.")
    two.other.check("Change it: Town")
    two.other.fill("Town", "Chur")
    page = press_save(two.other, 3)
    assert page.status == 409
    assert page.errors == {"Town": "Town was changed meanwhile in 1 of these records: choose which is to be kept"}
    assert "They are now Sion (1) You typed Chur" in page.text
    assert [two.stored("town", f"id = {each}") for each in (1, 2, 3)] == ["Bern", None, "Sion"]
    assert press_save(two.other, 3).status == 409, "who does not choose is asked again"
    two.other.choose(which("Town"), KEEP)
    page = press_save(two.other, 3)
    assert page.flashes == ["2 records were changed. What somebody else changed meanwhile was kept: Town."]
    assert [two.stored("town", f"id = {each}") for each in (1, 2, 3)] == ["Chur", "Chur", "Sion"]
    assert two.stored("name", "id = 3") == "Cat C."


def test_rows_that_were_changed_meanwhile_are_set_where_one_insists(two) -> None:
    choose_rows(two, "1", "3")
    two.one.check("Change it: Town")
    two.one.fill("Town", "Sion")
    press_save(two.one, 2)
    two.other.check("Change it: Town")
    two.other.fill("Town", "Chur")
    page = press_save(two.other, 2)
    assert "They are now Sion (2) You typed Chur" in page.text
    two.other.choose(which("Town"), MINE)
    assert press_save(two.other, 2).flashes == ["2 records were changed."]
    assert [two.stored("town", f"id = {each}") for each in (1, 3)] == ["Chur", "Chur"]


def test_several_rows_saved_twice_are_a_success_twice(two) -> None:
    choose_rows(two, "1", "3")
    two.one.check("Change it: Score")
    two.one.fill("Score", "2.5")
    for _ in range(2):
        assert press_save(two.one, 2).flashes == ["2 records were changed."]
        two.one.back()


def test_rows_that_are_gone_are_left_out_and_said(two) -> None:
    choose_rows(two, "1", "2", "3")
    two.run("DELETE FROM people WHERE id = 2", "UPDATE people SET town = 'Sion' WHERE id = 3")
    two.other.check("Change it: Town")
    two.other.fill("Town", "Chur")
    page = press_save(two.other, 3)
    assert (page.status, page.heading) == (409, "Edit 2 records of people")
    assert "1 of these records are not there any more, and are left out from here on: 2" in page.text
    assert "They are now Sion (1)" in page.text, "the others are still compared with what was served"
    two.other.choose(which("Town"), KEEP)
    press_save(two.other, 2)
    assert [two.stored("town", f"id = {each}") for each in (1, 3)] == ["Chur", "Sion"]


def test_rows_of_a_composite_key_are_told_apart(two) -> None:
    two.one.open("/data/tried/seats/+edit?key=1,A&key=12,A")
    two.one.check("Change it: Meal")
    two.one.fill("Meal", "soup")
    press_save(two.one, 2)
    assert [
        two.stored("meal", f"line = {line} AND letter = '{letter}'") for line, letter in ((1, "A"), (1, "B"), (12, "A"))
    ] == ["soup", "rice", "soup"]


def test_all_rows_are_written_or_none(two) -> None:
    choose_rows(two, "1", "3")
    two.one.check("Change it: City id")
    two.one.fill("City id", "99")
    two.one.check("Change it: Town")
    two.one.fill("Town", "Chur")
    page = press_save(two.one, 2)
    if two.engine.dialect.name != "sqlite" or page.status != 200:
        assert (page.status, list(page.errors)) == (422, ["City id"])
        assert two.stored("town") == "Bern"


def test_a_foreign_key_is_found_for_several_rows(two) -> None:
    choose_rows(two, "1", "3")
    two.one.check("Change it: City id")
    two.one.press("Find… (City id)")
    page = two.one.press("Chur 2")
    assert page.heading == "Edit 2 records of people"
    two.one.check("Change it: City id")
    press_save(two.one, 2)
    assert [two.stored("city_id", f"id = {each}") for each in (1, 3)] == [2, 2]


def test_nothing_chosen_is_no_form(two) -> None:
    assert two.one.open("/data/tried/people/+edit").flashes == ["Choose the records first."]
    assert two.one.open("/data/tried/people/+edit?key=77").flashes == ["None of these records is there any more."]
