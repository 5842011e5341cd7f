"""Messages, without a page or a form."""

import datetime
from contextlib import suppress

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from plainsite.models import Message, User
from plainsite.refusals import Reason, Refused
from plainsite.services import messages
from plainsite.services.excerpts import EXCERPT
from plainsite.services.pages import Page


@pytest.fixture
def wrote(session: Session, ada: User):
    """Write some messages, the first one first."""

    def write(*texts: str) -> list[int]:
        return [messages.create(session, author_id=ada.id, body=text).id for text in texts]

    return write


def texts(page: Page) -> list[str]:
    """Give the texts of a page, in its order."""
    return [row.text for row in page.rows]


def test_the_newest_message_stands_first(session: Session, wrote) -> None:
    wrote("first", "second", "third")
    assert texts(messages.find_page(session)) == ["third", "second", "first"]


def test_pages_follow_one_another_both_ways_and_know_their_ends(session: Session, wrote) -> None:
    wrote(*"abcdefg")
    first = messages.find_page(session, size=3)
    second = messages.find_page(session, size=3, after=first.after)
    third = messages.find_page(session, size=3, after=second.after)
    assert [texts(page) for page in (first, second, third)] == [["g", "f", "e"], ["d", "c", "b"], ["a"]]
    assert (first.before, third.after) == (None, None)
    assert texts(messages.find_page(session, size=3, before=third.before)) == ["d", "c", "b"]
    assert texts(messages.find_page(session, size=3, before=second.before)) == ["g", "f", "e"]


def test_the_oldest_page_is_full_and_leads_back(session: Session, wrote) -> None:
    wrote(*"abcdefg")
    oldest = messages.find_page(session, size=3, last=True)
    assert texts(oldest) == ["c", "b", "a"]
    assert oldest.after is None
    assert texts(messages.find_page(session, size=3, before=oldest.before)) == ["f", "e", "d"]


def test_a_page_stays_where_it_is_while_people_write_and_delete(session: Session, wrote) -> None:
    ids = wrote(*"abcdef")
    first = messages.find_page(session, size=2)
    wrote("new")
    messages.delete(session, ids[-2])  # the very row that the cursor names
    assert texts(messages.find_page(session, size=2, after=first.after)) == ["d", "c"]


def test_messages_of_the_same_moment_are_neither_lost_nor_doubled(session: Session, wrote) -> None:
    wrote(*"abcde")
    session.execute(update(Message).values(created_at=datetime.datetime(2026, 1, 1)))  # noqa: DTZ001
    session.commit()
    seen, after = [], None
    while True:
        page = messages.find_page(session, size=2, after=after)
        seen += texts(page)
        after = page.after
        if after is None:
            break
    assert seen == ["e", "d", "c", "b", "a"]


@pytest.mark.parametrize("cursor", ["x", "1", "-", "1-x", "9" * 40 + "-1", "1-" + "9" * 40, "", "1-1-1"])
def test_a_cursor_that_is_none_is_an_empty_page_or_a_plain_error(session: Session, wrote, cursor: str) -> None:
    wrote("a")
    with suppress(ValueError):
        assert len(messages.find_page(session, after=cursor).rows) <= 1


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("quick", ["The quick brown fox"]),
        ("QUICK fox", ["The quick brown fox"]),
        ("naïve", ["Ein naiver, naïve café"]),
        ("cafe", ["Ein naiver, naïve café"]),
        ("brow", ["The quick brown fox"]),
        ("br", []),
        ("quick zebra", []),
        ('"quick" OR zebra', []),
        ("quick*", ["The quick brown fox"]),
        ("body:quick", []),
        ("('", []),
        ("привет", ["Привет, мир"]),
        ("NEAR(quick fox)", []),
        ("brown_fox", ["The quick brown fox"]),
        ("snake", ["snake_case"]),
        ("nai\u0308ve", ["Ein naiver, naïve café"]),
        ("___", []),
        ("今日", ["今日は天気がいい。散歩しましょう"]),
        ("散", ["今日は天気がいい。散歩しましょう"]),
        ("天気", []),
        ("สวัส", ["สวัสดีชาวโลก"]),
    ],
)
def test_words_find_the_messages_that_hold_all_of_them(session: Session, wrote, words: str, found: list[str]) -> None:
    wrote("The quick brown fox", "Ein naiver, naïve café", "Привет, мир", "zebra", "snake_case")
    wrote("今日は天気がいい。散歩しましょう", "สวัสดีชาวโลก")
    assert texts(messages.find_page(session, words=words)) == found


def test_the_index_follows_changes_and_deletions_by_itself(session: Session, wrote) -> None:
    first, second = wrote("apple", "banana")
    messages.update(session, first, body="cherry")
    messages.delete(session, second)
    assert [texts(messages.find_page(session, words=word)) for word in ("apple", "banana", "cherry")] == [
        [],
        [],
        ["cherry"],
    ]


def test_pages_of_a_search_are_newest_first_too(session: Session, wrote) -> None:
    wrote(*(f"pear {number}" for number in range(5)))
    first = messages.find_page(session, words="pear", size=3)
    assert texts(first) == ["pear 4", "pear 3", "pear 2"]
    second = messages.find_page(session, words="pear", size=3, after=first.after)
    assert texts(second) == ["pear 1", "pear 0"]
    assert texts(messages.find_page(session, words="pear", size=3, before=second.before)) == texts(first)
    assert texts(messages.find_page(session, words="pear", size=3, last=True)) == ["pear 2", "pear 1", "pear 0"]


def test_words_alone_find_what_was_added_last_first_and_with_an_author_what_was_written_last(
    session: Session, wrote
) -> None:
    early, late = wrote("pear of today", "pear of long ago")
    long_ago = datetime.datetime.fromisoformat("2001-01-01")
    session.execute(update(Message).where(Message.id == late).values(created_at=long_ago))
    session.commit()
    assert early < late
    assert texts(messages.find_page(session, words="pear")) == ["pear of long ago", "pear of today"]
    assert texts(messages.find_page(session, words="pear", author="Ada")) == ["pear of today", "pear of long ago"]


def test_a_place_in_another_order_is_none(session: Session, wrote) -> None:
    wrote(*(f"pear {number}" for number in range(3)))
    by_date, by_words = (
        messages.find_page(session, size=1).after,
        messages.find_page(session, words="pear", size=1).after,
    )
    for words, after in (("pear", by_date), ("", by_words)):
        with pytest.raises(ValueError):  # noqa: PT011 - this is what it is documented to raise
            messages.find_page(session, words=words, after=after)


def test_an_author_is_found_by_any_spelling_of_the_whole_name(session: Session, wrote, make_user) -> None:
    wrote("by Ada")
    messages.create(session, author_id=make_user("Bob").id, body="by Bob")
    assert texts(messages.find_page(session, author=" ＡＤＡ ")) == ["by Ada"]
    assert texts(messages.find_page(session, author="Ad")) == []
    assert texts(messages.find_page(session, author="Bob", words="by")) == ["by Bob"]


def test_a_list_shows_the_beginning_and_a_message_all(session: Session, wrote) -> None:
    (number,) = wrote("x" * 2000)
    assert len(messages.find_page(session).rows[0].text) == EXCERPT + 1
    found = messages.find(session, number)
    assert found is not None
    assert len(found.body) == 2000


def test_a_text_is_kept_as_typed(session: Session, wrote) -> None:
    typed = "  <b>*markup*</b>\t\b\n\n\u202e😀 日本 \n"
    (number,) = wrote(typed)
    assert messages.find(session, number).body == typed


def test_an_author_who_is_not_there_is_refused(session: Session) -> None:
    with pytest.raises(Refused) as refused:
        messages.create(session, author_id=99, body="hello")
    assert refused.value.reasons == (Reason("unknown", ("author_id",)),)


@pytest.mark.parametrize(
    ("body", "rule"), [("", "check"), ("x" * 50_001, "too_long"), ("a\0b", "unstorable"), ("\ud83d", "unstorable")]
)
def test_a_text_that_cannot_be_kept_is_refused_at_it(session: Session, ada: User, body: str, rule: str) -> None:
    with pytest.raises(Refused) as refused:
        messages.create(session, author_id=ada.id, body=body)
    assert [(reason.rule, reason.columns) for reason in refused.value.reasons] == [(rule, ("body",))]


def test_saving_the_same_text_is_no_change(session: Session, wrote) -> None:
    (number,) = wrote("one\ntwo")
    messages.update(session, number, body="one\r\ntwo")
    assert messages.find(session, number).edited_at is None
    messages.update(session, number, body="three")
    assert messages.find(session, number).edited_at is not None


def test_what_is_gone_is_told_apart(session: Session, wrote) -> None:
    (number,) = wrote("a")
    assert messages.delete(session, number) is True
    assert messages.delete(session, number) is False
    assert messages.update(session, number, body="b") is None
    assert messages.find(session, number) is None


def test_a_number_once_given_is_not_given_again(session: Session, wrote) -> None:
    (number,) = wrote("a")
    messages.delete(session, number)
    assert wrote("b") == [number + 1]
