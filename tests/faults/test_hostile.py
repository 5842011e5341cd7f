"""Whatever is sent to any field of any form, any address, any header: never a 5xx, never unescaped, nothing lost."""

import json
import random
import re
import time
import unicodedata
from collections import Counter
from functools import partial
from pathlib import Path
from shutil import copyfile
from urllib.parse import quote_from_bytes, urljoin, urlsplit
from xml.etree import ElementTree as ET

import pytest
from lxml import html as trees
from sqlalchemy.orm import Session

from plainsite.models import LONGEST_TEXT, Base
from plainsite.services import invitations
from plainsite.testing.sites import empty, put

MARKUP = "\"'><script>alert(1)</script><b id=pwn onmouseover=alert(1)>{{7*7}}${7*7}</textarea></title><img src=x>"
BIG = 1_000_000

# What is sent as one field. Bytes, because not everything that can be sent is text.
VALUES: dict[str, bytes] = {
    "nothing": b"",
    "spaces": b"   \t ",
    "odd spaces": "\u00a0\u2003\u3000\u200b".encode(),
    "NUL": b"a\0b",
    "only NUL": b"\0",
    "half a pair": b"a\xed\xa0\x80b",
    "half a pair, the other": b"\xed\xb0\x80",
    "not UTF-8": b"\xff\xfe\x80a",
    "cut UTF-8": "ä".encode()[:1],
    "overlong": b"\xc0\xaf\xe0\x80\xaf",
    "a megabyte": b"x" * BIG,
    "a megabyte of letters": "ü".encode() * (BIG // 6),
    "a megabyte of words": b"word " * (BIG // 5),
    "markup": MARKUP.encode(),
    "markup in a name": b"<b id=pwn>'\"&amp;",
    "markup in an address": b'"<svg/onload=alert(1)>"@example.org',
    "quotes": b"'\"`\\ '; DROP TABLE users; --",
    "control": bytes(range(1, 32)) + b"\x7f",
    "control of the second kind": "".join(map(chr, range(0x80, 0xA0))).encode(),
    "direction": "abc\u202egnp.exe\u2066\u2069\u200f".encode(),
    "not characters": "\ufffe\uffff\U0010ffff\ue000".encode(),
    "byte order mark": "\ufeffabc".encode(),
    "tags": "a\U000e0041\U000e007f".encode(),
    "many marks": ("a" + "\u0301" * 300).encode(),
    "grows when folded": ("\ufdfa" * 50).encode(),
    "grows when composed": ("\u0344" * 50).encode(),
    "emoji": "👩‍👩‍👧‍👦🇺🇳".encode() * 5,
    "2**31": b"2147483648",
    "2**63": b"9223372036854775808",
    "10**400": b"1" + b"0" * 400,
    "negative": b"-1",
    "not a number": b"NaN",
    "true": b"true",
    "null": b"null",
    "a list": b"[]",
    "format": b"%s %n {0} {typed} {typed.__class__} %(name)s",
    "path": b"../../etc/passwd",
    "line ends": b"a\r\nb\rc\nd",
    "header": b"a\r\nSet-Cookie: pwn=1\r\n\r\n<b id=pwn>",
    "e-mail, odd": "ä@ö.example".encode(),
    "e-mail, long": b"a" * 64 + b"@" + b"b" * 63 + b"." + b"c" * 63 + b".example",
    "e-mail, of numbers": b"a@[127.0.0.1]",
    "e-mail, of dots": b"..@..",
    "e-mail, quoted": b'"a b"@example.org',
    "e-mail, of marks": b"a@xn--\xff.example",
    "e-mail, of punycode": b"a@xn--a.xn--zzzzzzzzzz.example",
    "e-mail, with a comment": b"a(<b id=pwn>)@example.org",
    "e-mail, of controls": b"a\x01@exa\x02mple.org",
    "e-mail, of wide letters": "ａ＠ｅｘａｍｐｌｅ．ｏｒｇ".encode(),
    "e-mail, with the name": b"Ada <ada@example.org>",
    "deep quotes": b"> " * 3000 + b"x",
    "deep lists": b"".join(b"  " * n + b"- x\n" for n in range(200)),
    "deep emphasis": b"*" * 20_000 + b"a",
    "deep brackets": b"[" * 20_000,
    "many links": b"[a](javascript:alert(1)) <javascript:alert(1)> [b](data:text/html,x) " * 300,
    "a wide table": b"|" + b"a|" * 2000 + b"\n|" + b"-|" * 2000 + b"\n",
    "bare links": b"http://" + b"a" * 1000 + b' www.x.example/"onmouseover=alert(1) ' * 20,
}
PEOPLE = ["", "Ada", "Grace"]
OTHER_TABLES = re.compile(r"/data/site/(?!messages/)\w+/")  # their pages are the same as those of messages
READS = {200, 404}  # what a form that changes nothing may answer too


@pytest.fixture
def site(open_site, people, write):
    """Give a site where somebody wrote something; it can be put back to that."""
    site = open_site(SESSION_COOKIE_NAME="plainsite")
    site.ids = people(site, "Grace:admin", "Ada", "Bob")
    for number in range(3):
        write(site, site.ids["Ada"], f"Message {number} of *Ada*")
    write(site, site.ids["Grace"], "One of Grace")
    return site


class State:
    """The site as it was, with somebody signed in, to come back to after a form was taken."""

    def __init__(self, site, somebody):
        self.site, self.somebody = site, somebody
        self.database = site.extensions["plainsite"]
        # The own one last: who may write it puts what is still beside an SQLite file into it.
        self.databases = [*site.extensions["plainsite.databases"].values(), self.database]
        self.close()
        self.kept = self.keep()
        self.cookie = somebody.cookie()

    def close(self):
        for database in self.databases:
            database.close()

    def keep(self):
        engine = self.database.engine
        if engine.dialect.name == "sqlite":
            return copyfile(engine.url.database, Path(engine.url.database).with_name("kept"))
        with engine.connect() as connection:
            return everything(connection)

    def come_back(self):
        self.close()
        engine = self.database.engine
        if engine.dialect.name == "sqlite":
            put(self.kept, Path(engine.url.database))
        else:
            empty(engine, afterwards=self.kept)
        if self.cookie:
            self.somebody.take_cookie(self.cookie)
        else:
            self.somebody.client.delete_cookie("plainsite")


def crawl(somebody, *starts):
    """Open every page that links lead to; give the pages, one of each kind of address."""
    waiting, kinds, pages = [*starts], set(), {}
    while waiting:
        path = waiting.pop(0)
        kind = re.sub(r"\d+", "0", path.partition("?")[0])
        if kind in kinds or kind.startswith("/static") or OTHER_TABLES.match(kind):
            continue
        kinds.add(kind)
        answer = somebody.get(path)
        assert answer.status < 500, path
        if answer.status in {301, 302, 303, 307, 308}:
            waiting.append(answer.headers["Location"])
        if answer.status != 200 or not answer.headers["Content-Type"].startswith("text/html"):
            continue
        pages[path] = answer
        page = trees.fromstring(answer.text)
        for address in [
            *page.xpath("//a/@href"),
            *page.xpath("//link/@href"),
            *page.xpath("//form[@method='get']/@action"),
        ]:
            parts = urlsplit(urljoin(path, address))
            if not parts.netloc:
                waiting.append(parts.path + (f"?{parts.query}" if parts.query else ""))
    return pages


def forms_of(pages):
    """Give each kind of form once: its address, its method and its controls (name, kind, value)."""
    found = {}
    for path, answer in pages.items():
        for form in trees.fromstring(answer.text).iter("form"):
            action = urljoin(path, form.get("action"))
            controls = []
            for control in form.xpath(".//input | .//textarea | .//select"):
                kind = control.get("type", "text") if control.tag == "input" else control.tag
                if control.get("name") is None or (kind == "radio" and control.get("checked") is None):
                    continue
                value = (control.text or "")[1:] if control.tag == "textarea" else control.get("value") or ""
                controls.append((control.get("name"), kind, value))
            kind = (re.sub(r"\d+", "0", action.partition("?")[0]), form.get("method"), tuple(c[0] for c in controls))
            found.setdefault(kind, (action, form.get("method"), controls))
    return list(found.values())


def encoded(pairs):
    """Encode as a browser would, but whatever bytes there are."""
    return b"&".join(name.encode() + b"=" + quote_from_bytes(value).encode() for name, value in pairs)


def send(somebody, path, pairs, **headers):
    kind = headers.pop("content_type", "application/x-www-form-urlencoded")
    return somebody.send("POST", path, data=encoded(pairs), content_type=kind, headers=headers)


def assert_safe(answer, what):
    """Assert that nothing went wrong inside, and that nothing sent is more than text in the answer."""
    assert answer.status < 500, what
    assert "pwn" not in answer.headers.get("Set-Cookie", "").partition("=")[0]
    kind = answer.headers.get("Content-Type", "")
    if answer.status in {301, 302, 303, 307, 308}:
        assert urlsplit(answer.headers["Location"]).netloc in {"", "localhost"}, (what, answer.headers["Location"])
        return
    if "xml" in kind and answer.body:
        ET.fromstring(answer.body)
    if not kind.startswith("text/html") or not answer.body:
        return
    assert "<script>alert" not in answer.text, what
    page = trees.document_fromstring(answer.text.replace("\0", "\ufffd"))
    assert [script.get("src", "").partition("?")[0] for script in page.iter("script")] == ["/static/site.js"], what
    assert not page.xpath("//*[@id='pwn'] | //img | //svg | //iframe | //style"), what
    assert not page.xpath("//@*[starts-with(name(), 'on')]"), what
    for address in page.xpath("//@href | //@src | //@action"):
        assert urlsplit(address).scheme in {"", "http", "https", "mailto"}, (what, address)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def same(typed):
    """Give what must be left of a text, however a form tidies it: its characters in their order, without spaces."""
    return "".join(unicodedata.normalize("NFC", typed.replace("\r", "\n")).split())


def go_on(somebody, answer, what):
    if answer.status == 303:
        assert_safe(somebody.get(answer.headers["Location"]), what)
    for path in ("/messages/", "/users/", "/messages/feed.atom"):
        assert_safe(somebody.get(path), f"{what}, then {path}")
    assert_safe(somebody.get("/messages/", headers={"Accept": "application/json"}), what)


@pytest.mark.long
@pytest.mark.parametrize("who", PEOPLE)
def test_no_value_in_any_field_of_any_form_breaks_a_page(site, person, who):
    somebody = person(site, who)
    forms = forms_of(crawl(somebody, "/", "/users/new", "/account/"))
    state, statuses, wrong = State(site, somebody), Counter(), []
    # A name that a form repeats is sent as one: the value goes to each of its fields.
    fields = [
        (form, name, kind)
        for form in forms
        for name, kind in {name: kind for name, kind, _ in form[2]}.items()
        if name != "csrf_token"
    ]
    assert len(fields) > {"": 6, "Ada": 5, "Grace": 25}[who], forms
    for (action, method, controls), name, kind in fields:
        rest = {"password": b"correct horse battery", "current": b"correct horse battery", "name": b"Somebody New"}
        for called, value in VALUES.items():
            what = f"{called} as {name} of {method} {action}"
            value = value[:50_000] if method == "get" else value  # noqa: PLW2901 - an address is no longer
            pairs = [
                (other, value if other == name else given.encode() or rest.get(other, b"new@example.org"))
                for other, _, given in controls
            ]
            try:
                if method == "get":
                    answer = somebody.get(f"{action}?{encoded(pairs).decode()}")
                else:
                    answer = send(somebody, action, pairs)
                statuses[answer.status] += 1
                assert_safe(answer, what)
                if answer.status == 422:
                    assert b"correct horse" not in answer.body, f"{what}: a password came back"
                    if kind not in {"password", "radio", "select", "hidden"}:
                        kept = answer.served(name)
                        assert same(kept or "") == same(value.decode("utf-8", "werkzeug.url_quote")), (
                            f"{what}: was not kept"
                        )
                elif method == "post":
                    assert answer.status in {303, 404, 413} | (READS if "/+export." in action else set()), what
                    go_on(somebody, answer, what)
                    state.come_back()
            except Exception as error:  # noqa: BLE001 - all are told together
                wrong.append(f"{what}: {type(error).__name__}: {str(error)[:300]}")
                state.come_back()
    print(f"{who or 'visitor'}: {len(forms)} forms, {len(fields)} fields, {len(VALUES)} values: {dict(statuses)}")
    assert not wrong, "\n".join([f"{len(wrong)} of {sum(statuses.values())}:", *wrong[:20]])


@pytest.mark.sweep
@pytest.mark.parametrize("who", PEOPLE)
def test_fields_missing_repeated_unknown_or_of_another_kind_break_no_page(site, person, who):
    somebody = person(site, who)
    forms = [form for form in forms_of(crawl(somebody, "/", "/users/new", "/account/")) if form[1] == "post"]
    state, statuses, wrong = State(site, somebody), Counter(), []
    dice = random.Random(7)
    for action, _, controls in forms:
        good = [(name, given.encode() or b"some text here") for name, _, given in controls]
        (token,) = (pair for pair in good if pair[0] == "csrf_token")
        others = [pair for pair in good if pair[0] != "csrf_token"]
        boundary = "xx"
        files = b"".join(
            f'--xx\r\nContent-Disposition: form-data; name="{name}"; filename="a.txt"\r\n\r\n'.encode() + b"file\r\n"
            for name, _ in others
        )
        hidden = b'--xx\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n' + token[1] + b"\r\n"
        multipart = f"multipart/form-data; boundary={boundary}"
        many = [(f"u{number}", b"x") for number in range(3000)]
        bodies = {
            "no field at all": (encoded([token]), None),
            "an empty body": (b"", None),
            "repeated": (encoded([token, *others, *((name, MARKUP.encode()) for name, _ in others)]), None),
            "two tokens": (encoded([token, ("csrf_token", b"x"), *others]), None),
            "unknown": (encoded([token, ("__class__", b"x"), ("form", b"x"), ("data", b"x"), ("\u202e", b"x")]), None),
            "three thousand fields": (encoded([token, *many]), None),
            "a file under a text field's name": (hidden + files + b"--xx--\r\n", multipart),
            "a file as the token": (files.replace(b'name="', b'name="csrf_token') + b"--xx--\r\n", multipart),
            "multipart that ends early": (hidden + files[:20], multipart),
            "multipart without a boundary": (hidden, "multipart/form-data"),
            "multipart of noise": (dice.randbytes(5000), multipart),
            "a header without end": (b"--xx\r\nContent-Disposition: " + b"x" * 100_000, multipart),
            "JSON": (b'{"csrf_token": "x", "name": {"a": [1]}}', "application/json"),
            "broken JSON": (b'{"a":' * 5000, "application/json"),
            "XML": (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "text/xml"),
            "plain": (encoded(good), "text/plain"),
            "noise": (dice.randbytes(20_000), "application/x-www-form-urlencoded"),
            "separators": (b"&=&&==;%;%%%zz%0&" * 2000, "application/x-www-form-urlencoded"),
            "another charset": (encoded(good), "application/x-www-form-urlencoded; charset=utf-7"),
            "no such charset": (encoded(good), "application/x-www-form-urlencoded; charset=nonsense"),
            "a type that is none": (encoded(good), "\xff;;;=,"),
            "an encoding that is none": (encoded(good), "multipart/form-data; boundary=" + "b" * 5000),
        }
        for called, (body, kind) in bodies.items():
            what = f"{called} to {action}"
            try:
                answer = somebody.send(
                    "POST", action, data=body, content_type=kind or "application/x-www-form-urlencoded"
                )
                statuses[answer.status] += 1
                assert_safe(answer, what)
                assert answer.status in {303, 400, 413, 422} | (READS if "/+export." in action else set()), what
                if answer.status == 303:
                    state.come_back()
            except Exception as error:  # noqa: BLE001 - all are told together
                wrong.append(f"{what}: {type(error).__name__}: {str(error)[:300]}")
        for length in ("abc", "-1", "9" * 30, "1e3", "0x10", "", " 5", "٣"):
            try:
                answer = somebody.send(
                    "POST",
                    action,
                    data=encoded(good),
                    content_type="application/x-www-form-urlencoded",
                    environ_overrides={"CONTENT_LENGTH": length},
                )
                statuses[answer.status] += 1
                assert_safe(answer, f"length {length!r} to {action}")
                state.come_back()
            except Exception as error:  # noqa: BLE001
                wrong.append(f"length {length!r} to {action}: {type(error).__name__}: {str(error)[:300]}")
    print(f"{who or 'visitor'}: {len(forms)} forms: {dict(statuses)}")
    assert not wrong, "\n".join([f"{len(wrong)} of {sum(statuses.values())}:", *wrong[:20]])


def everything(connection):
    """Give all rows of the site's own tables."""
    tables = Base.metadata.sorted_tables
    rows = ((table, connection.execute(table.select().order_by(*table.primary_key.columns))) for table in tables)
    return {table.name: [dict(row) for row in found.mappings()] for table, found in rows}


@pytest.mark.parametrize("who", PEOPLE)
def test_no_form_is_taken_with_a_token_that_is_not_its_own_and_what_was_typed_comes_back(site, person, who):
    somebody, stranger = person(site, who), person(site, "Bob")
    found = forms_of(crawl(somebody, "/", "/users/new", "/account/"))
    forms = [form for form in found if form[1] == "post" and "/+export." not in form[0]]  # an export only reads
    state, count = State(site, somebody), 0
    with site.extensions["plainsite"].engine.connect() as connection:
        before = everything(connection)
    for action, _, controls in forms:
        (token,) = (value for name, _, value in controls if name == "csrf_token")
        tokens = [
            b"",
            b"x",
            token[:-1].encode(),
            token[::-1].encode(),
            stranger.token.encode(),
            b"\0",
            b"\xff",
            b"." * 100_000,
        ]
        for forged in [None, *tokens]:
            typed = [(name, b"typed <b> text") for name, kind, _ in controls if kind in {"text", "email", "textarea"}]
            hidden = [("password", b"secret words"), ("current", b"secret words")]
            answer = send(
                somebody, action, [*typed, *hidden, *([("csrf_token", forged)] if forged is not None else [])]
            )
            assert answer.status == 422, (action, forged)
            assert_safe(answer, action)
            assert "could not be trusted any more" in answer.text
            assert "secret words" not in answer.text
            for name, _ in typed:
                assert answer.served(name) == "typed <b> text"
            count += 1
    with site.extensions["plainsite"].engine.connect() as connection:
        assert everything(connection) == before
    state.come_back()
    print(f"{who or 'visitor'}: {len(forms)} forms, {count} forged tokens")


NEXT = [
    "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
    "/\n/evil.example", "https://evil.example", "https:evil.example", "http:///evil.example", "javascript:alert(1)",
    "data:text/html,x", "/x\r\nSet-Cookie: pwn=1", "/x\nLocation: //evil.example", "//[", "//[::1", "//]", "//a℀b",
    "/\0", "/x y", " /x", "\u2028/x", "/%0d%0aSet-Cookie:%20pwn=1", "/../..//evil.example", "/.//evil.example", "?x",
    "x", "", "/ü", "/\u202e", "/" + "x" * 100_000, "//user:pw@evil.example", "/\ufeff/evil.example",
    "/\x7f/evil.example", "/@evil.example", "/messages/?words=<script>", "//localhost/messages/", "/\U000e0041",
    "/\u00ad/evil.example", "[", "/[", "/x]y:z",
]  # fmt: skip


@pytest.mark.long
def test_nobody_is_led_away_after_signing_in_or_joining(site, person):
    wrong = []
    for number, wanted in enumerate(NEXT):
        signing, joining = person(site), person(site)
        query = encoded([("next", wanted.encode())]).decode()
        try:
            form = signing.get(f"/account/sign-in?{query}")
            assert_safe(form, wanted)
            (action,) = trees.fromstring(form.text).xpath("//main//form/@action")
            given = {"email": "ada@example.org", "password": "correct horse battery"}
            answers = [
                signing.post(action, given),
                joining.post(
                    f"/users/new?{query}",
                    {"name": f"New {number}", "email": f"n{number}@example.org", "password": "a" * 12},
                ),
            ]
            for answer in answers:
                assert answer.status == 303, (wanted, answer.status)
                to = answer.headers["Location"]
                assert to.startswith("/"), to
                assert not re.match(r"/[/\\\s]", to), to
                assert to.isascii(), to
                assert to.isprintable(), to
                assert "pwn" not in answer.headers["Set-Cookie"].partition("=")[0]
                assert signing.get("/account/").status == 200
        except Exception as error:  # noqa: BLE001 - all are told together
            wrong.append(f"next={wanted[:60]!r}: {type(error).__name__}: {str(error)[:200]}")
    print(f"{len(NEXT)} ways to be led away, 2 forms")
    assert not wrong, "\n".join(wrong)


IDS = [
    "0", "-1", "-0", "00001", "1.0", "1e3", "0x1", "2147483647", "2147483648", "9223372036854775807",
    "9223372036854775808", "9" * 4000, "9" * 5000, "%D9%A3", "%EF%BC%91", "%C2%B2", "%00", "1%00", "%ED%A0%80", "%FF",
    "1%0A", "1%20", "+1", "1'", "1%22", "NaN", "null", "..", "%2e%2e", "1%2F2", "1;2", "%F0%9F%99%82", "%", "%zz",
    "1,2", "1_0",
]  # fmt: skip


@pytest.mark.sweep
@pytest.mark.parametrize("who", ["", "Grace"])
def test_no_number_in_an_address_breaks_a_page(site, person, who):
    somebody, count, statuses = person(site, who), 0, Counter()
    rules = [rule.rule for rule in site.url_map.iter_rules() if "<" in rule.rule]
    for rule in rules:
        for odd in IDS:
            path = re.sub(r"<[^>]*>", lambda _, odd=odd: odd, rule)
            for method in ("GET", "POST"):
                answer = somebody.send(method, path)
                assert_safe(answer, (method, path))
                statuses[answer.status] += 1
                count += 1
    print(f"{who or 'visitor'}: {len(rules)} addresses, {len(IDS)} numbers, {count} answers: {dict(statuses)}")
    for odd in ("2147483648", "9223372036854775808", "9" * 5000, "-1", "1%00", "1%0A"):
        assert somebody.get(f"/messages/{odd}").status == 404


CURSORS = [
    "1-1", "-", "--", "1-", "-1", "0-0", "1--1", f"1-{2**63}", f"1-{10**30}", f"1--{10**30}", f"{10**30}-1",
    f"-{10**15}-1", f"{2**63}-{2**63}", "9" * 5000 + "-1", "1-" + "9" * 5000, "٣-٣", "1_0-1_0", " 1- 1", "1-1-1",
    "nan-1", "1e3-1", "\0", "\ufdfa" * 500, "a" * 100_000, "%", "_", "'", '"', "None",
    "\ud800".encode("utf-8", "surrogatepass"), b"\xff", f"1-{-(2**63)}", f"1-{-(2**63) - 1}",
    f"{253402300799999999}-1", f"{253402300800000000}-1", f"-{62135596800000000}-1",
]  # fmt: skip
WORDS = [
    '"', '"*', "*", "a*", "AND", "NEAR(a b)", "a OR b", "body:a", "-a", "^a", "()", "{a}", "+", "_", "___", "a_",
    "\0", "a\0b", "'", "%", "\ud800".encode("utf-8", "surrogatepass"), b"\xff", "\ufdfa" * 500, "a " * 10_000,
    "a" * 100_000, "\u202e", "ß", "İ", "\u0301", "\u0301\u0301\u0301", "१२३", "日本語", "👩‍👩‍👧‍👦", "²", "ª",
    "\u200d\u200d\u200d", MARKUP, "\U000e0041", "\u0e33\u0e33\u0e33", "\u00aa\u00ba\u00b2", "٣٣٣",
    "\U0001d7d8\U0001d7d8\U0001d7d8", "ￜￜￜ", "_\u0300_", "a" * 499 + "\u0301",
]  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("who", ["", "Grace"])
def test_no_question_in_an_address_breaks_a_list(site, person, who):
    somebody, count, wrong = person(site, who), 0, []
    asked = [(name, value) for name in ("before", "after") for value in CURSORS]
    asked += [(name, value) for name in ("words", "author") for value in WORDS]
    asked += [("at", value) for value in ("last", "oldest", "x", "", "\0", b"\xff")] + [
        ("next", "//"),
        ("size", "10000000"),
    ]
    pairs = [[(name, value.encode() if isinstance(value, str) else value)] for name, value in asked]
    dice = random.Random(11)
    pairs += [[*dice.choice(pairs), *dice.choice(pairs), *dice.choice(pairs)] for _ in range(150)]
    for path in ("/messages/", "/users/", f"/users/{site.ids['Ada']}", "/messages/feed.atom"):
        for each in pairs:
            query = encoded(each).decode()
            for accepted in ("text/html", "application/json"):
                answer = somebody.get(f"{path}?{query}", headers={"Accept": accepted})
                count += 1
                try:
                    assert_safe(answer, query)
                    assert answer.status in {200, 404}
                except Exception as error:  # noqa: BLE001
                    wrong.append(f"{path}?{query[:90]}: {answer.status} {type(error).__name__}: {str(error)[:150]}")
    print(f"{who or 'visitor'}: {count} questions")
    assert not wrong, "\n".join([f"{len(wrong)}:", *wrong[:20]])


HEADERS = [
    {"Accept": "*/*;q=nonsense"}, {"Accept": "application/json;q=-1, text/html;q=2"}, {"Accept": "," * 5000},
    {"Accept": "\xff"}, {"Accept": "application/" + "j" * 50_000}, {"Accept": "text/html;" * 2000}, {"Accept": ""},
    {"Accept": "*/json"}, {"Accept": "/"}, {"Accept": "a/b/c;;;="}, {"Host": 'evil.example"><b id=pwn>'},
    {"Host": "["}, {"Host": "[::1]:x"}, {"Host": "a:99999999"}, {"Host": "a b"}, {"Host": "\xff"},
    {"Host": "x" * 10_000}, {"Host": "@evil.example"}, {"Host": "evil.example/x?y#z"}, {"Host": ".."},
    {"X-Forwarded-For": "<b id=pwn>"}, {"X-Forwarded-Host": 'evil.example"><b id=pwn>'},
    {"X-Forwarded-Proto": "javascript"}, {"X-Forwarded-Proto": "https,\xff"}, {"X-Forwarded-For": "x" * 10_000},
    {"X-Forwarded-Prefix": '/evil"><b id=pwn>'}, {"X-Forwarded-Port": "x"}, {"Forwarded": "for=evil;host=evil"},
    {"User-Agent": "x" * 10_000}, {"User-Agent": MARKUP}, {"User-Agent": "\xff\x80"}, {"User-Agent": ""},
    {"Cookie": "plainsite=\xff\xfe"}, {"Cookie": "=;=;;;"}, {"Cookie": "plainsite"},
    {"Cookie": 'plainsite="\\377\\000"'}, {"Cookie": "a=b;" * 3000}, {"Cookie": "plainsite=" + "." * 20_000},
    {"Referer": "javascript:alert(1)"}, {"Referer": "http://["},
    {"Origin": "http://["}, {"Origin": "\xff"}, {"Range": "bytes=0-99999999999999999999"}, {"If-None-Match": '"\xff'},
    {"If-Modified-Since": "nonsense"}, {"Content-Type": "\xff"}, {"Content-Encoding": "gzip"},
    {"Transfer-Encoding": "x"}, {"Authorization": "Basic \xff"}, {"Authorization": "Bearer"},
    {"Accept-Language": "x" * 5000}, {"Date": "x"}, {"X-HTTP-Method-Override": "DELETE"}, {"Expect": "x"},
    {"Upgrade": "websocket", "Connection": "Upgrade"},
]  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("proxies", [0, 1])
def test_no_header_breaks_a_page(open_site, people, write, person, proxies):
    site = open_site(TRUSTED_PROXIES=proxies)
    write(site, people(site, "Ada")["Ada"])
    count, wrong = 0, []
    paths = [
        "/",
        "/messages",
        "/messages/",
        "/messages/1",
        "/messages/feed.atom",
        "/account/sign-in",
        "/nowhere",
        "/account/",
    ]
    for headers in HEADERS:
        somebody, ada = person(site), person(site, "Ada")
        given = {"email": "ada@example.org", "password": "correct horse battery"}
        calls = [partial(somebody.get, path, headers=headers) for path in [*paths, "/static/site.css"]]
        calls += [partial(ada.get, path, headers=headers) for path in paths]
        calls += [
            partial(somebody.post, "/account/sign-in", given, headers=headers),
            partial(ada.post, "/messages/new", {"body": "x"}, headers=headers),
            partial(ada.get, "/account/"),
        ]
        for number, call in enumerate(calls):
            count += 1
            try:
                answer = call()
                assert answer.status < 500
                if answer.status < 300 or answer.status >= 400:
                    assert_safe(answer, headers)
                else:
                    assert "\n" not in answer.headers["Location"]
            except Exception as error:  # noqa: BLE001 - all are told together
                wrong.append(f"{str(headers)[:90]} call {number}: {type(error).__name__}: {str(error)[:200]}")
    print(f"{proxies} proxies: {len(HEADERS)} headers, {count} answers")
    assert not wrong, "\n".join([f"{len(wrong)} of {count}:", *wrong[:20]])


MEANT = {
    "<id:id>": "1",
    "<id:number>": "1",
    "<path:filename>": "site.css",
    "<name>": "site",
    "<table>": "users",
    "<key>": "1",
    "<column>": "name",
    "<any(csv, jsonl):kind>": "csv",
    "<file>": "0" * 32,
}


@pytest.mark.parametrize(
    "method", ["PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "HEAD", "OPTIONS", "PROPFIND", "BREW", "\xff"]
)
def test_no_method_breaks_a_page_or_changes_anything(site, person, method):
    grace, statuses = person(site, "Grace"), Counter()
    engine = site.extensions["plainsite"].engine
    with Session(engine) as session:
        token = invitations.invite(session, user_id=site.ids["Ada"], hours=1)
    with engine.connect() as connection:
        before = everything(connection)
    for rule in site.url_map.iter_rules():
        path = rule.rule
        for part, meant in {**MEANT, "<token>": token}.items():
            path = path.replace(part, meant)
        given = {"csrf_token": grace.token, "body": "x", "password": "a" * 12}
        answer = grace.send(method, path, data=given)
        assert_safe(answer, (method, path))
        statuses[answer.status] += 1
        if method == "HEAD":
            assert answer.body == b""
            assert answer.status in {200, 303, 403, 404}  # the site's own tables have no forms there
        elif method == "OPTIONS":
            assert answer.status == 200
            assert "GET" in answer.headers["Allow"]
        else:
            assert answer.status in {405, 400}, (path, answer.status)
            assert method not in {"PUT", "DELETE"} or "GET" in answer.headers["Allow"]
    with engine.connect() as connection:
        assert everything(connection) == before
    print(f"{method!r}: {dict(statuses)}")


BODIES = [
    *(
        "a\x01\x0b\x0c\x1b\x1fb",
        "\ufffe\uffff",
        "\x7f\x80\x9f",
        "]]>",
        "&#0;&#x1;",
        "\U0010ffff\ufdd0",
        MARKUP,
        "x" * 501,
    )
]


def test_no_message_breaks_the_feed_or_the_json_for_everybody(site, person):
    ada, visitor = person(site, "Ada"), person(site)
    for body in BODIES:
        assert ada.post("/messages/new", {"body": body}).status in {303, 422}
        feed = visitor.get("/messages/feed.atom")
        assert ET.fromstring(feed.body).tag == "{http://www.w3.org/2005/Atom}feed", ascii(body)
        assert json.loads(visitor.get("/messages/", headers={"Accept": "application/json"}).body)


# What makes parsers look at the rest of a text again and again.
SLOW = [
    "[", "![", "![- ![", "[*\t", "*", "*a ", "**a_ ", "`a``", "> ", "- ", "<", "&", "://", "http://[$\u200b",
    "a-a.b@http://[", "//[ftp://", "a.coma://a.com", "www.", "a@", "a@b.", "|a", "_a", "[a](", "~~a ", "\\", "x[",
]  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("unit", SLOW)
def test_no_message_keeps_the_server_busy_for_long(site, person, unit):
    """One who may write once must not be able to stop the site for all by asking for that page."""
    ada = person(site, "Ada")
    posted = ada.post("/messages/new", {"body": (unit * LONGEST_TEXT)[:LONGEST_TEXT]})
    assert posted.status == 303
    began = time.process_time()
    assert ada.get(posted.headers["Location"]).status == 200
    took = time.process_time() - began
    print(f"{LONGEST_TEXT:,} characters of {unit!r}: {took:.2f} s")
    assert took < 1


LOOK_ALIKE = {
    "case": "ADA",
    "width": "Ａｄａ",
    "spaces": " Ada\u2003",
    "zero width space": "Ada\u200b",
    "joiner": "A\u200dda",
    "soft hyphen": "A\u00adda",
    "grapheme joiner": "A\u034fda",
    "variation selector": "Ada\ufe0f",
    "Hangul filler": "Ada\u3164",
    "narrow Hangul filler": "Ada\uffa0",
    "Mongolian selector": "Ada\u180b",
    "direction": "\u202dAda",
    "tag": "Ada\U000e0041",
    "supplementary selector": "Ada\U000e0100",
}


@pytest.mark.parametrize("how", LOOK_ALIKE)
def test_nobody_takes_a_name_that_looks_the_same(app, people, person, how):
    people(app, "Ada")
    form = {"name": LOOK_ALIKE[how], "email": "eve@example.org", "password": "a" * 12}
    answer = person(app).post("/users/new", form)
    assert answer.status == 422, "two users whom nobody could tell apart"
    assert answer.errors_at("name")


@pytest.mark.parametrize("name", ["\u3164", "\u115f\u1160", "\uffa0", "\u2800", "\u034f", "\ufe0f", "\u180b"])
def test_nobody_has_a_name_that_cannot_be_seen(app, person, name):
    answer = person(app).post("/users/new", {"name": name, "email": "eve@example.org", "password": "a" * 12})
    assert answer.status == 422
    assert answer.errors_at("name")


@pytest.mark.parametrize(("proxies", "there"), [(0, False), (1, True)])
def test_a_forwarded_name_is_believed_only_behind_a_trusted_proxy(open_site, person, proxies, there):
    feed = person(open_site(TRUSTED_PROXIES=proxies)).get(
        "/messages/feed.atom", headers={"X-Forwarded-Host": "www.example.org", "X-Forwarded-Proto": "https"}
    )
    assert ("https://www.example.org/" in feed.text) is there


@pytest.mark.long
@pytest.mark.parametrize("size", [5_000_000, 20_000_000])
def test_what_is_too_large_is_refused_by_a_real_server_and_nothing_hangs(served, size):
    visitor = served().visitor()
    try:
        answer = visitor.post("/account/sign-in", {"email": "x" * size})
        assert answer.status == 413
        if size < 8_000_000:
            assert "This is too large" in answer.text
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    except (BrokenPipeError, ConnectionResetError):
        assert size > 8_000_000  # the server need not read all of it
    visitor.close()


@pytest.mark.long
def test_a_real_server_stands_whatever_bytes_arrive(served):
    import socket  # noqa: PLC0415 - only here

    server, count = served(), 0
    requests = [
        b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", b"\0" * 1000, b"\xff\xfe\r\n\r\n",
        b"GET\r\n\r\n", b"GET http://evil.example/ HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET //evil.example/%2e%2e HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /messages/%ED%A0%80 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /messages/\xed\xa0\x80 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /messages/?words=\xff\xed\xa0\x80 HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /messages/ HTTP/1.1\r\nHost: x\r\nCookie: plainsite=\xff\x00\x80\r\n\r\n",
        b"GET /messages/ HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 300_000 + b"\r\n\r\n",
        b"GET /" + b"x" * 300_000 + b" HTTP/1.1\r\n\r\n",
        b"POST /account/sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\nx",
        b"POST /account/sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\nx",
        b"POST /account/sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\nx",
        b"POST /account/sign-in HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /account/sign-in HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        b"POST /account/sign-in HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nname=\r\n0\r\n\r\n",
        b"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n", b"BREW /messages/ HTTP/1.1\r\nHost: x\r\n\r\n",
    ]  # fmt: skip
    statuses = Counter()
    for request in requests:
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            try:
                while part := connection.recv(65536):
                    answer += part
            except ConnectionResetError:
                pass
        count += 1
        status = answer.split(b" ")[1].decode() if answer.startswith(b"HTTP/1") else "cut off"
        statuses[status] += 1
        assert not status.startswith("50") or status in {"501", "505"}, (request[:200], answer[:200])
    visitor = server.visitor()
    assert visitor.get("/messages/").status == 200
    visitor.close()
    print(f"{count} raw requests: {dict(statuses)}")
    assert "Traceback" not in server.log.read_text(), server.log.read_text()[-2000:]
