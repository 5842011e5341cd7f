"""Many people send the same new user's form at once: the database judges, and everybody is told."""

import threading
from collections import Counter
from urllib.parse import urlencode

import pytest
from sqlalchemy import create_engine, func, select

from plainsite.forms.submissions import fresh
from plainsite.models import Message, User

THREADS, ROUNDS = 32, 50
FORM = "application/x-www-form-urlencoded"

pytestmark = pytest.mark.load


def race(ports, visitors, fill, prepare):
    """Let THREADS people send the form of each round together; give the answers by round."""
    everybody = [visitors(ports[place % len(ports)], 1)[0] for place in range(THREADS)]
    gate, rounds, wrong = threading.Barrier(THREADS), [[] for _ in range(ROUNDS)], []

    def take_part(somebody, place):
        try:
            token = prepare(somebody, place)
            for number, answers in enumerate(rounds):
                body = urlencode({"csrf_token": token, "submission": fresh(), **fill(number, place)}).encode()
                gate.wait(60)
                answer = somebody.send("POST", "/users/new", body, Content_Type=FORM)
                answers.append(answer)
                if answer.status == 303:
                    token = prepare(somebody, place)
        except BaseException as error:  # noqa: BLE001 - told by the test
            wrong.append(error)
            gate.abort()

    threads = [threading.Thread(target=take_part, args=(each, place)) for place, each in enumerate(everybody)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    assert not wrong, wrong[:3]
    return rounds


def judge(rounds, instance):
    """One row a round; every other answer 422 with the sentence at both fields."""
    statuses = Counter(answer.status for answers in rounds for answer in answers)
    print(f"{THREADS} threads, {len(rounds)} rounds: {dict(statuses)}")
    assert set(statuses) == {303, 422}, [a.text[:400] for answers in rounds for a in answers if a.status >= 500][:2]
    for number, answers in enumerate(rounds):
        assert Counter(answer.status for answer in answers) == {303: 1, 422: THREADS - 1}
        for answer in answers:
            if answer.status == 422:
                assert any("is taken" in said for said in answer.errors_at("name")), (number, answer.text)
                assert any("is taken" in said for said in answer.errors_at("email")), (number, answer.text)
                assert answer.served("name").casefold() == f"round {number}"
    engine = create_engine(f"sqlite:///{instance}/plainsite.sqlite")
    with engine.connect() as connection:
        counted = connection.scalar(select(func.count()).where(User.name_key.like("round %")))
    engine.dispose()
    assert counted == ROUNDS


def test_of_32_who_join_under_one_name_at_once_one_is_kept_and_31_are_told_why(served, visitors):
    server = served(THREADS=16, POOL_SIZE=16)

    def prepare(somebody, _):
        somebody.cookie = ""
        return somebody.get("/users/new").token

    def fill(number, place):
        name = f"Round {number}"
        return {"name": name if place % 2 else name.upper(), "email": f"r{number}@example.org", "password": "a" * 12}

    judge(race([server.port], visitors, fill, prepare), server.instance)


def test_of_32_admins_on_four_processes_who_add_one_user_one_does_and_31_are_told_why(served, visitors, people):
    servers = [served() for _ in range(4)]
    engine = create_engine(f"sqlite:///{servers[0].instance}/plainsite.sqlite")
    people(engine, "Grace:admin")
    engine.dispose()

    def prepare(somebody, _):
        return somebody.get("/users/new").token if somebody.cookie else somebody.sign_in("Grace")

    def fill(number, _):
        return {"name": f"Round {number}", "email": f"r{number}@example.org", "role": "member"}

    judge(race([each.port for each in servers], visitors, fill, prepare), servers[0].instance)


def test_of_32_times_that_one_form_comes_to_four_processes_at_once_one_makes_and_all_lead_there(
    served, visitors, people
):
    servers = [served() for _ in range(4)]
    engine = create_engine(f"sqlite:///{servers[0].instance}/plainsite.sqlite")
    people(engine, "Ada")
    first, *others = [visitors(servers[place % 4].port, 1)[0] for place in range(THREADS)]
    token = first.sign_in("Ada")
    for other in others:
        other.cookie = first.cookie
    gate, rounds = threading.Barrier(THREADS), [[] for _ in range(10)]
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
        assert Counter(answer.status for answer in answers) == {303: THREADS}
        assert len({answer.headers["Location"] for answer in answers}) == 1
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Message)) == len(rounds)
    engine.dispose()
