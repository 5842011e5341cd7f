"""Messages as visitors and members meet them."""

import json
import re

import pytest
from lxml import etree
from sqlalchemy.orm import Session

from plainsite.models import User
from plainsite.services import messages


def write(session: Session, author: User, *texts: str) -> list[int]:
    """Write messages past the form."""
    return [messages.create(session, author_id=author.id, body=text).id for text in texts]


def test_an_empty_site_says_who_may_write_and_how(browser) -> None:
    page = browser.open("/messages/")
    assert page.status == 200
    assert "Nobody has written a message yet" in page.text
    browser.follow("sign in")
    assert browser.page.heading == "Sign in"


def test_the_home_page_leads_to_the_messages(browser) -> None:
    assert browser.open("/").path == "/messages/"


def test_a_member_posts_reads_changes_and_deletes_a_message(as_ada) -> None:
    as_ada.open("/messages/")
    as_ada.follow("Write the first one")
    as_ada.fill("Message", "# Hello\n\nThis is *mine*.")
    page = as_ada.press("Post")
    assert (page.path, page.flashes) == ("/messages/1", ["Your message was posted."])
    assert "<h2>Hello</h2>" in page.html
    assert "<em>mine</em>" in page.html
    as_ada.follow("Edit")
    assert as_ada.page.value("Message") == "# Hello\n\nThis is *mine*."
    as_ada.fill("Message", "Changed")
    assert "Changed" in as_ada.press("Save").text
    assert "edited" in as_ada.page.text
    as_ada.follow("Delete…")
    assert as_ada.page.heading == "Delete this message?"
    assert "Changed" in as_ada.page.text
    assert as_ada.press("Delete message").flashes == ["The message was deleted. Undo"]
    assert as_ada.open("/messages/1").status == 404


@pytest.mark.parametrize("text", [" \n ", "\u200b\u2060", "\u3164", "\ufe0f", "\u202e \u2800"])
def test_a_message_in_which_nothing_can_be_seen_is_refused_at_the_field(as_ada, text) -> None:
    as_ada.open("/messages/new")
    as_ada.fill("Message", text)
    page = as_ada.press("Post")
    assert page.status == 422
    assert page.title.startswith("Error: New message")
    assert page.errors == {"Message": "Enter a message"}
    assert page.summary == ["Enter a message"]


@pytest.mark.parametrize("text", ["\u200bx", "👩🏽‍💻", "❤️", "ـ", "\u0301"])
def test_a_message_of_one_sign_is_one(as_ada, text) -> None:
    as_ada.open("/messages/new")
    as_ada.fill("Message", text)
    assert as_ada.press("Post").status == 200


def test_a_message_that_is_too_long_comes_back_whole(as_ada) -> None:
    text = "word " * 11_000
    as_ada.open("/messages/new")
    as_ada.fill("Message", text)
    page = as_ada.press("Post")
    assert page.errors == {"Message": "Message must be 50,000 characters or fewer; this has 55,000"}
    assert page.value("Message") == text


def test_saving_an_untouched_form_changes_nothing(as_ada, session: Session, ada: User) -> None:
    (number,) = write(session, ada, "\n  kept as typed \t\n")
    before = tuple(messages.find(session, number) or ())
    session.rollback()
    as_ada.open(f"/messages/{number}/edit")
    as_ada.press("Save")
    assert tuple(messages.find(session, number) or ()) == before


def test_nobody_but_author_and_admin_may_change_a_message(browser, as_ada, session, grace) -> None:
    (number,) = write(session, grace, "by Grace")
    assert "Edit" not in as_ada.open(f"/messages/{number}").links
    assert as_ada.open(f"/messages/{number}/edit").status == 403
    assert as_ada.open(f"/messages/{number}/delete").status == 403


def test_an_admin_changes_any_message(as_grace, session, ada) -> None:
    (number,) = write(session, ada, "by Ada")
    as_grace.open(f"/messages/{number}/edit")
    as_grace.fill("Message", "mended")
    as_grace.press("Save")
    found = messages.find(session, number)
    assert (found.body, found.author) == ("mended", "Ada")


def test_a_visitor_signs_in_first_and_comes_back_to_the_form(browser, ada) -> None:
    browser.open("/messages/new")
    assert browser.page.heading == "Sign in"
    browser.fill("E-mail", ada.email)
    browser.fill("Password", "correct horse battery")
    assert browser.press("Sign in").heading == "New message"


def test_pages_lead_on_and_back(browser, session, ada) -> None:
    write(session, ada, *(f"number {number}" for number in range(120)))
    browser.open("/messages/")
    assert "number 119" in browser.page.text
    browser.follow("Older")
    assert "number 69" in browser.page.text
    browser.follow("Oldest")
    assert "number 0" in browser.page.text
    assert "number 50" not in browser.page.text
    browser.follow("Newer")
    assert "number 50" in browser.page.text
    browser.follow("Newest")
    assert "number 119" in browser.page.text


def test_a_search_keeps_what_was_asked_for_on_every_page(browser, session, ada, grace) -> None:
    write(session, ada, *(f"pear {number}" for number in range(60)))
    write(session, grace, "pear of Grace", "apple")
    browser.open("/messages/")
    browser.fill("Words", "PEAR")
    browser.fill("Author", "ada")
    browser.press("Search")
    assert "pear of Grace" not in browser.page.text
    assert "pear 59" in browser.page.text
    browser.follow("Older")
    assert "pear 9" in browser.page.text
    assert browser.page.value("Words") == "PEAR"
    assert browser.page.value("Author") == "ada"


def test_a_search_by_part_of_an_authors_name_says_that_the_whole_is_needed(browser, session, ada) -> None:
    write(session, ada, "apple")
    page = browser.open("/messages/?author=Ad")
    assert "No message has this author. An author is found by the whole name." in page.text
    assert "fewer words" not in page.text


def test_a_search_without_a_find_says_what_to_try(browser, session, ada) -> None:
    write(session, ada, "apple")
    page = browser.open("/messages/?words=zebra")
    assert "No message has all of these words" in page.text
    browser.follow("show all messages")
    assert "apple" in browser.page.text


def test_a_search_for_more_words_than_are_looked_for_says_so(browser, session, ada) -> None:
    write(session, ada, " ".join(f"word{number}" for number in range(16)))
    for count, said in ((16, False), (17, True)):
        words = "+".join(f"word{number}" for number in range(count))
        page = browser.open(f"/messages/?words={words}")
        assert page.html.count('/messages/1"') == 1
        assert ("Only the first 16 words are looked for." in page.text) is said


def test_a_search_in_a_script_without_spaces_says_what_is_found(browser, session, ada) -> None:
    write(session, ada, "今日は天気がいい")
    assert "今日は天気がいい" in browser.open("/messages/?words=今日").text
    for words, said in (("天気", True), ("zebra", False)):
        page = browser.open(f"/messages/?words={words}")
        assert ("found by how it begins" in page.text) is said


def test_a_long_text_is_cut_in_the_list_and_whole_on_its_page(browser, session, ada) -> None:
    (number,) = write(session, ada, "begin " + "x" * 600 + " end")
    page = browser.open("/messages/")
    assert "begin" in page.text
    assert " end" not in page.text
    browser.follow("Read on")
    assert browser.page.path == f"/messages/{number}"
    assert " end" in browser.page.text


def test_markup_is_shown_as_typed_and_links_run_nothing(browser, session, ada) -> None:
    hostile = (
        "<script>alert(1)</script> <img src=x onerror=alert(1)> [a](javascript:alert(1)) ![i](https://x.example/i.png)\n"
        "[b](https://ok.example) <b onclick=x>bold</b> [c](data:text/html,x) https://plain.example"
    )
    (number,) = write(session, ada, hostile)
    html = browser.open(f"/messages/{number}").html
    article = re.search(r"<article.*?</article>", html, re.DOTALL)[0]
    assert "&lt;script&gt;" in article
    assert not re.search(r"<(script|img|b)\b", article)
    assert sorted(re.findall(r'href="([^"]*)"', article)) == [
        "https://ok.example",
        "https://plain.example",
        "https://x.example/i.png",  # an image is a link: nobody's browser asks a stranger's server by itself
    ]
    assert 'rel="nofollow ugc noopener"' in article
    assert "&lt;script&gt;" in browser.open("/messages/").html


def test_programs_get_json_and_the_next_page_in_a_link(client, session, ada) -> None:
    write(session, ada, *(f"number {number}" for number in range(51)), "long " + "x" * 900)
    answer = client.get("/messages/", headers={"Accept": "application/json"})
    rows = answer.get_json()
    assert len(rows) == 50
    assert set(rows[0]) == {"id", "message", "author", "written"}
    assert rows[0]["message"] == "long " + "x" * 900
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", rows[0]["written"])
    assert "Accept" in answer.headers["Vary"]
    assert client.get("/messages/").vary.to_header() == "Accept, Cookie"
    address = re.fullmatch(r"<(.*)>; rel=\"next\"", answer.headers["Link"])[1]
    last = client.get(address, headers={"Accept": "application/json"})
    assert [row["message"] for row in last.get_json()] == ["number 1", "number 0"]
    assert "Link" not in last.headers


JSON = [
    ("application/json", True),
    ("application/json, text/plain, */*", True),
    ("application/json; charset=utf-8", True),
    ("Application/JSON", True),
    ("application/*", True),
    ("text/html;q=0.1, application/json;q=0.2", True),
    ("text/html, application/json;charset=utf-8;q=0.9", False),
    ("application/json;q=0", False),
    ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", False),
    ("*/*", False),
    ("", False),
]


@pytest.mark.parametrize(("accepted", "json_is_meant"), JSON)
def test_who_names_json_gets_it_however_that_is_spelled(client, accepted, json_is_meant) -> None:
    for path in ("/messages/", "/nowhere"):
        assert client.get(path, headers={"Accept": accepted}).is_json is json_is_meant


def test_json_of_a_wrong_address_is_json_too(client) -> None:
    answer = client.get("/messages/?after=x", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert set(json.loads(answer.text)) == {"error", "next"}


def test_the_feed_is_sound_and_leads_on(client, session, ada) -> None:
    write(session, ada, *(f"*number* {number}\b" for number in range(51)))
    answer = client.get("/messages/feed.atom")
    assert answer.mimetype == "application/atom+xml"
    atom = {"a": "http://www.w3.org/2005/Atom"}
    feed = etree.fromstring(answer.data)
    assert len(feed.findall("a:entry", atom)) == 50
    entry = feed.find("a:entry", atom)
    assert "<em>number</em> 50" in entry.findtext("a:content", namespaces=atom)
    assert entry.find("a:link", atom).get("href") == "http://localhost/messages/51"
    following = feed.find("a:link[@rel='next']", atom).get("href")
    assert len(etree.fromstring(client.get(following).data).findall("a:entry", atom)) == 1


@pytest.mark.parametrize("text", ["a &#12; b", "<&#12;>", '[a](http://x.example "&#1;")', "a \f b"])
def test_no_message_makes_the_feed_unreadable(client, session, ada, text) -> None:
    write(session, ada, text)
    assert etree.fromstring(client.get("/messages/feed.atom").data).tag == "{http://www.w3.org/2005/Atom}feed"


@pytest.mark.parametrize("start", ["/messages/", "/messages/?words=one", "/users/1"])
def test_a_page_whose_messages_are_gone_says_so_and_leads_back(browser, session, ada, start) -> None:
    first, *_ = write(session, ada, *(f"one {number}" for number in range(51)))
    browser.open(start)
    messages.delete(session, first)
    assert "This page has no messages any more." in browser.follow("Older").text
    assert browser.follow("See the newest").path == start


def test_a_page_whose_users_are_gone_says_so_and_leads_back(browser, ada) -> None:
    assert "This page has no users any more." in browser.open("/users/?words=ada&after=zzz").text
    assert browser.follow("Back to the first").path == "/users/?words=ada"


def test_a_table_in_a_message_costs_no_more_than_what_is_in_it(client, session, ada) -> None:
    (number,) = write(session, ada, "a|" * 100 + "\n" + "-|" * 100 + "\n" + "x\n" * 2000)
    answer = client.get(f"/messages/{number}")
    assert answer.status_code == 200
    assert len(answer.data) < 20_000


def test_an_empty_feed_is_sound(client) -> None:
    assert etree.fromstring(client.get("/messages/feed.atom").data).tag == "{http://www.w3.org/2005/Atom}feed"


def test_the_feed_says_of_a_long_text_that_it_holds_its_beginning_only(client, session, ada) -> None:
    write(session, ada, "short", "x" * 501, "y" * 500)
    feed = etree.fromstring(client.get("/messages/feed.atom").data)
    said = [
        (kind, each.text.strip()[:4], "…" in each.text)
        for entry in feed.iterfind("{*}entry")
        for kind in ("content", "summary")
        for each in entry.iterfind(f"{{*}}{kind}")
    ]
    assert said == [("content", "<p>y", False), ("summary", "<p>x", True), ("content", "<p>s", False)]


def test_each_page_of_the_feed_says_where_it_is_itself(client, session, ada) -> None:
    write(session, ada, *(f"number {number}" for number in range(51)))
    first = etree.fromstring(client.get("/messages/feed.atom?x=%EF%BF%BE").data)
    following = first.find("{*}link[@rel='next']").get("href")
    second = etree.fromstring(client.get(following).data)
    assert [page.find("{*}link[@rel='self']").get("href") for page in (first, second)] == [
        "http://localhost/messages/feed.atom",
        following,
    ]
    assert first.findtext("{*}id") == second.findtext("{*}id")


def test_pages_for_programs_lead_on_where_the_site_is_mounted_below_another(client, session, ada) -> None:
    write(session, ada, *(f"number {number}" for number in range(51)))
    below = {"environ_overrides": {"SCRIPT_NAME": "/below"}}
    link = client.get("/messages/", headers={"Accept": "application/json"}, **below).headers["Link"]
    assert link.startswith("<http://localhost/below/messages/?after=")
    feed = etree.fromstring(client.get("/messages/feed.atom", **below).data)
    following = feed.find("{*}link[@rel='next']").get("href")
    assert following.startswith("http://localhost/below/messages/feed.atom?after=")


def test_a_visitor_comes_back_to_the_form_where_the_site_is_mounted_below_another(client) -> None:
    asked = client.get("/messages/new", environ_overrides={"SCRIPT_NAME": "/below"})
    assert asked.headers["Location"] == "/below/account/sign-in?next=/below/messages/new"


def test_a_message_deleted_while_a_program_reads_is_left_out_rather_than_cut(client, session, ada, monkeypatch) -> None:
    write(session, ada, "stays", "goes " + "x" * 900)
    texts = messages.texts

    def read_late(reading: Session, ids: list[int]) -> dict[int, str]:
        return {number: text for number, text in texts(reading, ids).items() if text == "stays"}

    monkeypatch.setattr(messages, "texts", read_late)
    answer = client.get("/messages/", headers={"Accept": "application/json"})
    assert [row["message"] for row in answer.get_json()] == ["stays"]
