"""Who tries too often is told when to come back; nobody else is."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from plainsite import settings
from plainsite.views import limits

WRONG = {"email": "ada@example.org", "password": "wrong wrong"}


def assert_too_often(answer, at_most):
    assert answer.status == 429
    assert 0 < int(answer.headers["Retry-After"]) <= at_most
    assert "That was too often" in answer.text
    assert answer.text.count("<h1>") == 1
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def from_address(address, **more):
    return {"environ_overrides": {"REMOTE_ADDR": address}, **more}


def join(somebody, number, **more):
    values = {"name": f"New {number}", "email": f"new{number}@example.org", "password": "a" * 12}
    return somebody.post("/users/new", values, **more)


def test_signing_in_too_often_is_refused_to_that_address_alone(open_site, person, people):
    site = open_site(SIGN_IN_LIMIT="3 per minute")
    people(site, "Ada")
    for _ in range(3):
        assert person(site).post("/account/sign-in", WRONG, **from_address("10.0.0.1")).status == 422
    assert_too_often(person(site).post("/account/sign-in", WRONG, **from_address("10.0.0.1")), 60)
    right = {**WRONG, "password": "correct horse battery"}
    assert_too_often(person(site).post("/account/sign-in", right, **from_address("10.0.0.1")), 60)
    assert person(site).get("/account/sign-in", **from_address("10.0.0.1")).status == 200
    assert person(site).post("/account/sign-in", right, **from_address("10.0.0.2")).status == 303


def test_joining_too_often_is_refused_to_that_address_alone(open_site, person):
    site = open_site(SIGN_UP_LIMIT="2 per hour")
    answers = [join(person(site), number, **from_address("10.0.0.1")) for number in range(3)]
    assert [answer.status for answer in answers] == [303, 303, 429]
    assert_too_often(answers[-1], 3600)
    assert join(person(site), 9, **from_address("10.0.0.2")).status == 303


def test_a_form_that_is_filled_in_wrongly_uses_up_no_attempt(open_site, person):
    site = open_site(SIGN_UP_LIMIT="1 per hour", SIGN_IN_LIMIT="1 per minute")
    for _ in range(5):
        assert person(site).post("/users/new", {"name": ""}).status == 422
        assert person(site).post("/account/sign-in", {"email": ""}).status == 422
    assert join(person(site), 1).status == 303


def test_without_a_setting_ten_attempts_a_minute_are_counted_from_the_first_one_on(open_site, person):
    said = settings.defaults()
    site = open_site(**{name: said[name] for name in ("SIGN_IN_LIMIT", "SIGN_UP_LIMIT", "LIMITS_STORAGE")})
    answers = [person(site).post("/account/sign-in", WRONG).status for _ in range(11)]
    assert answers == [422] * 10 + [429]


def test_attempts_that_come_first_and_together_are_counted_together():
    attempts = limits.Attempts(settings.defaults())
    with ThreadPoolExecutor(16) as threads:
        begun = list(threads.map(lambda _: attempts.begin(), range(16)))
    assert all(each is begun[0] for each in begun)


def test_guessing_a_password_behind_a_stolen_cookie_is_limited_too(open_site, person, people):
    site = open_site(SIGN_IN_LIMIT="3 per minute")
    people(site, "Ada")
    ada = person(site, "Ada")
    guesses = [ada.post("/account/password", {"current": f"guess {n}", "password": "a" * 12}) for n in range(4)]
    assert [guess.status for guess in guesses] == [422, 422, 422, 429]


@pytest.mark.parametrize(("proxies", "last"), [(0, 429), (1, 422)])
def test_a_forwarded_address_is_believed_only_behind_a_trusted_proxy(open_site, person, people, proxies, last):
    site = open_site(SIGN_IN_LIMIT="2 per minute", TRUSTED_PROXIES=proxies)
    people(site, "Ada")
    answers = [
        person(site).post("/account/sign-in", WRONG, headers={"X-Forwarded-For": f"10.0.0.{number}"})
        for number in range(3)
    ]
    assert [answer.status for answer in answers] == [422, 422, last]


def test_an_address_made_up_in_front_of_the_proxy_does_not_help(open_site, person, people):
    site = open_site(SIGN_IN_LIMIT="2 per minute", TRUSTED_PROXIES=1)
    people(site, "Ada")
    answers = [
        person(site).post("/account/sign-in", WRONG, headers={"X-Forwarded-For": f"10.9.9.{number}, 10.0.0.1"})
        for number in range(3)
    ]
    assert [answer.status for answer in answers] == [422, 422, 429]


def test_a_household_with_very_many_addresses_is_one(open_site, person, people):
    site = open_site(SIGN_IN_LIMIT="2 per minute")
    people(site, "Ada")

    def tries(*addresses):
        return [person(site).post("/account/sign-in", WRONG, **from_address(address)).status for address in addresses]

    assert tries("2001:db8:1:2::1", "2001:db8:1:2:ffff::2", "2001:db8:1:2:3:4:5:6") == [422, 422, 429]
    assert tries("2001:db8:1:3::1", "::1") == [422, 422]
    assert tries("10.0.0.1", "::ffff:10.0.0.1", "10.0.0.1", "::ffff:10.0.0.2") == [422, 422, 429, 422]


FORM = "application/x-www-form-urlencoded"


def test_a_form_of_nothing_but_fields_is_refused_before_it_is_read(open_site, person):
    site = open_site(MAX_FORM_FIELDS=1000)
    somebody = person(site)
    for body, status in ((b"a&" * 999, 422), (b"a&" * 1000, 413), (b"a=b&" * 1_000_000, 413)):
        began = time.process_time()
        assert somebody.send("POST", "/account/sign-in", data=body, content_type=FORM).status == status
        assert time.process_time() - began < 1
    assert "This is too large" in somebody.send("POST", "/users/new", data=b"a&" * 1000, content_type=FORM).text


def test_a_site_that_takes_large_files_takes_no_large_forms_of_text(open_site, person):
    site = open_site(MAX_CONTENT_LENGTH=8_000_000, MAX_FORM_MEMORY_SIZE=1_000_000)
    somebody = person(site)
    for size, status in ((900_000, 422), (1_100_000, 413)):
        body = b"email=" + b"x" * size
        assert somebody.send("POST", "/account/sign-in", data=body, content_type=FORM).status == status
