"""Many people send the same new user's form at once: the database judges, and everybody is told."""

import re
import threading
import time
from collections import Counter
from itertools import cycle, islice
from urllib.parse import urlencode

import pytest
from sqlalchemy import create_engine, func, make_url, select
from tests.servers.loading import empty_mariadb, empty_postgresql

from plainsite import migrations
from plainsite.databases import open_own
from plainsite.forms.submissions import fresh
from plainsite.ledger import Change
from plainsite.models import Message, User
from plainsite.services import proof

CLIENTS, ROUNDS = 32, 200
JOINING = 10  # rounds in which each hashes a password, which is slow on purpose
FORM = "application/x-www-form-urlencoded"
MAKES = {"postgresql": empty_postgresql, "mariadb": empty_mariadb}

# The sentence that a control points to, and what it was sent with.
AT_A_FIELD = re.compile(
    r'<div class="errors" id="(?P<field>\w+)-error"><p class="error">(?P<said>[^<]*)</p></div>'
    r'<input [^>]*name="(?P=field)" value="(?P<typed>[^"]*)"[^>]*aria-describedby="[^"]*(?P=field)-error"'
)

load = pytest.mark.load


def answered(answer, sent):
    """Say in a word what somebody was answered: "kept", "refused", or whatever else it was."""
    if answer.status == 303:
        return "kept"
    at = {found["field"]: (found["said"], found["typed"]) for found in AT_A_FIELD.finditer(answer.text)}
    name, email = sent["name"], sent["email"]
    if answer.status == 422 and at == {
        "name": (f"Choose another name: {name} is taken", name),
        "email": (f"Enter an e-mail address that no other user has: {email} is taken", email),
    }:
        return "refused"
    return f"{answer.status} {answer.text[:3000]}"


def race(ports, visitors, rounds, fill, enter):
    """Let everybody send the form of each round together, as it was served; count what they were answered, by round."""
    everybody = [visitors(port, 1)[0] for port in islice(cycle(ports), CLIENTS)]
    gate, told, wrong = threading.Barrier(CLIENTS), [[] for _ in range(rounds)], []

    def take_part(somebody, place):
        try:
            enter(somebody)
            form = somebody.get("/users/new")
            for number, answers in enumerate(told):
                values = fill(number, place)
                hidden = {"csrf_token": form.token, "submission": form.served("submission")}
                body, cookie = urlencode({**hidden, **values}).encode(), somebody.cookie
                gate.wait(120)
                form = somebody.send("POST", "/users/new", body, Content_Type=FORM)
                answers.append(answered(form, values))
                if form.status != 422:
                    somebody.cookie = cookie
                    form = somebody.get("/users/new")
        except BaseException as error:  # noqa: BLE001 - told by the test
            wrong.append(error)
            gate.abort()

    threads = [threading.Thread(target=take_part, args=(each, place)) for place, each in enumerate(everybody)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(600)
    assert not wrong, sorted(wrong, key=lambda error: isinstance(error, threading.BrokenBarrierError))[:2]
    return [Counter(answers) for answers in told]


def judge(database, rounds):
    """One is kept a round and told in the history, which is whole; everybody else is told so at both fields."""
    odd = [(number, each) for number, each in enumerate(rounds) if each != {"kept": 1, "refused": CLIENTS - 1}]
    assert not odd, (len(odd), odd[0])
    created = select(Change.record_key).where(Change.relation == "users", Change.action == "create")
    with database.engine.connect() as connection:
        contested = select(User.id, User.name_key).where(User.name_key.like("round %"))
        kept = {row.id: row.name_key for row in connection.execute(contested)}
        told = Counter(int(key) for key in connection.scalars(created))
    assert sorted(kept.values()) == sorted(f"round {number}" for number in range(len(rounds)))
    assert {key: told.pop(key) for key in kept} == dict.fromkeys(kept, 1), "each is told once"
    assert told.total() <= 1, "besides the admin, nobody else is told"
    assert proof.verify(database.engine)[2] is None


@pytest.fixture
def own(served):
    """Give a function that opens the site's own database, migrated, for this test."""
    opened = []

    def open_one(url):
        opened.append(open_own(url))
        migrations.upgrade(opened[-1].engine)
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


@pytest.fixture
def contest(served, visitors, people, own, tell):
    """Give a function that lets CLIENTS admins add one user at once, at servers of these databases, and judges."""

    def run(where, *urls):
        database = own(urls[0])
        people(database.engine, "Grace:admin")
        ports = [served(fresh=False, THREADS=16, POOL_SIZE=16, DATABASE_URL=url).port for url in urls]
        first = visitors(ports[0], 1)[0]
        first.sign_in("Grace")

        def enter(somebody):
            somebody.cookie = first.cookie

        def fill(number, place):
            name, email = f"Round {number}", f"r{number}@example.org"
            return {"name": name if place % 3 else name.upper(), "email": email, "role": "member"}

        began = time.monotonic()
        rounds = race(ports, visitors, ROUNDS, fill, enter)
        took = time.monotonic() - began
        judge(database, rounds)
        total = sum(rounds, Counter())
        tell(
            f"race on {where}, {len(urls)} processes: {ROUNDS} rounds × {CLIENTS}: {total['kept']} kept, "
            f"{total['refused']:,} refused at the field, 0 else; the history is whole; {took:.0f} s"
        )

    return run


@load
def test_of_32_admins_who_add_one_user_at_once_one_does_and_31_are_told_why(any_engine, contest, request, tmp_path):
    if any_engine == "sqlite":
        url, processes = f"sqlite:///{tmp_path}/contested.sqlite", 4
    else:
        url, processes = MAKES[any_engine](request.getfixturevalue(f"{any_engine}_url")), 2
        url = url.render_as_string(hide_password=False)
    contest(any_engine, *[url] * processes)


@pytest.mark.cluster
def test_of_32_admins_at_two_nodes_who_add_one_user_at_once_one_does_and_31_are_told_why(galera, contest):
    for statement in ("DROP DATABASE IF EXISTS contested", "CREATE DATABASE contested"):
        galera.nodes[0].ask(statement)
    urls = [make_url(node.url).set(database="contested") for node in galera.nodes[:2]]
    contest("two nodes of a Galera cluster", *(url.render_as_string(hide_password=False) for url in urls))


@load
def test_of_32_who_join_under_one_name_at_once_one_is_kept_and_31_are_told_why(served, visitors, own):
    server = served(THREADS=16, POOL_SIZE=16)

    def enter(somebody):
        somebody.cookie = ""

    def fill(number, place):
        name = f"Round {number}"
        return {"name": name if place % 2 else name.upper(), "email": f"r{number}@example.org", "password": "a" * 12}

    rounds = race([server.port], visitors, JOINING, fill, enter)
    judge(own(f"sqlite:///{server.instance}/plainsite.sqlite"), rounds)


@load
def test_of_32_times_that_one_form_comes_to_four_processes_at_once_one_makes_and_all_lead_there(
    served, visitors, people
):
    servers = [served() for _ in range(4)]
    engine = create_engine(f"sqlite:///{servers[0].instance}/plainsite.sqlite")
    people(engine, "Ada")
    first, *others = [visitors(servers[place % 4].port, 1)[0] for place in range(CLIENTS)]
    token = first.sign_in("Ada")
    for other in others:
        other.cookie = first.cookie
    gate, rounds = threading.Barrier(CLIENTS), [[] for _ in range(10)]
    forms = [urlencode({"csrf_token": token, "submission": fresh(), "body": f"Round {n}"}).encode() for n in range(10)]

    def take_part(somebody):
        cookie = somebody.cookie
        for form, answers in zip(forms, rounds, strict=True):
            gate.wait(60)
            somebody.cookie = cookie  # as it was when the form was opened
            answers.append(somebody.send("POST", "/messages/new", form, Content_Type=FORM))

    threads = [threading.Thread(target=take_part, args=(each,)) for each in (first, *others)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    for answers in rounds:
        assert Counter(answer.status for answer in answers) == {303: CLIENTS}
        assert len({answer.headers["Location"] for answer in answers}) == 1
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Message)) == len(rounds)
    engine.dispose()
