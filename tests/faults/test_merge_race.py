"""Many people save one record's form at once, in different fields and the same: nothing accepted is lost."""

import html
import json
import re
import threading
import time
from collections import Counter, defaultdict
from pathlib import Path
from random import Random
from urllib.parse import urlencode

import pytest
from sqlalchemy import create_engine, select, text

from plainsite.ledger import Change

SQL = Path(__file__).parents[1] / "data" / "merging" / "fields.sql"
ROUNDS = {"sqlite": 334, "postgresql": 333, "mariadb": 333}  # a thousand in all
MOST, FIELDS = 16, 16  # people who save at once, and fields that they may change
SIZES = (2, 3, 2, 4, 2, 3, 2, 6, 2, 3, 2, MOST)  # how many save in one round
FORM = "application/x-www-form-urlencoded"
EDIT = "/data/tried/fields/1,a/edit"
SERVED = re.compile(r'name="(c\d+(?:-was)?)" value="([^"]*)"')

pytestmark = pytest.mark.long


class Round:
    """Who changes what, starting from one served form; and what each was answered."""

    def __init__(self, number: int, random: Random) -> None:
        people = SIZES[number % len(SIZES)]
        fields = random.sample(range(FIELDS), random.randint(1, people))  # fewer fields than people: some must clash
        self.edits = [
            dict.fromkeys(random.sample(fields, min(len(fields), random.choice((1, 1, 1, 2)))), f"{number}-{person}")
            for person in range(people)
        ]
        self.served: dict[str, str] = {}
        self.answers: list[int] = [0] * people

    def body(self, person: int, token: str) -> bytes:
        """Give what a browser sends: the whole form, with what this person typed."""
        typed = {f"c{field + 2}": value for field, value in self.edits[person].items()}
        return urlencode({"csrf_token": token, **self.served, **typed}).encode()

    def accepted(self) -> dict[int, str]:
        """Give what was accepted, by field; fail where that was twice."""
        found: dict[int, str] = {}
        for edit, answer in zip(self.edits, self.answers, strict=True):
            if answer == 303:
                assert not set(found) & set(edit), "two were told that they changed the same field of the same form"
                found |= edit
        return found


def run(ports, visitors, rounds):
    """Let them save, round after round; give what each was answered."""
    everybody = [visitors(ports[place % len(ports)], 1)[0] for place in range(MOST)]
    everybody[0].sign_in("Grace")
    gate, wrong = threading.Barrier(MOST), []

    def take_part(place, somebody):
        try:
            somebody.cookie = everybody[0].cookie
            token = somebody.get(EDIT).token
            for each in rounds:
                if place == 0:
                    page = somebody.get(EDIT).text
                    each.served = {name: html.unescape(value) for name, value in SERVED.findall(page)}
                gate.wait(60)
                if place < len(each.edits):
                    answer = somebody.send("POST", EDIT, each.body(place, token), Content_Type=FORM)
                    each.answers[place] = answer.status
                    assert answer.status in {303, 409}, answer.text[:3000]
                gate.wait(60)
        except BaseException as error:  # noqa: BLE001 - told by the test
            wrong.append(error)
            gate.abort()

    threads = [threading.Thread(target=take_part, args=each) for each in enumerate(everybody)]
    for thread in reversed(threads):
        thread.start()
    for thread in threads:
        thread.join(300)
    told = [each for each in wrong if not isinstance(each, threading.BrokenBarrierError)]
    assert not wrong, (told or wrong)[:2]


def test_of_many_who_save_one_record_at_once_nothing_accepted_is_lost_and_who_clashes_is_asked(
    any_engine, served, visitors, people, make_database, tmp_path, tell
):
    url = make_database(any_engine, SQL)
    tried = {"url": url.render_as_string(hide_password=False), "writable": True}
    (tmp_path / "instance").mkdir()
    (tmp_path / "instance" / "config.py").write_text(f"DATABASES = {{'tried': {tried!r}}}\n")
    servers = [served(THREADS=MOST) for _ in range(2)]
    own = create_engine(f"sqlite:///{servers[0].instance}/plainsite.sqlite")
    people(own, "Grace:admin")
    random = Random(any_engine)
    rounds = [Round(number, random) for number in range(ROUNDS[any_engine])]
    began = time.monotonic()
    run([each.port for each in servers], visitors, rounds)
    took = time.monotonic() - began

    expected = dict.fromkeys(range(FIELDS), "")
    for each in rounds:
        expected |= each.accepted()
    database = create_engine(url)
    with database.connect() as connection:
        columns = ", ".join(f"f{field}" for field in range(FIELDS))
        one, other = connection.execute(text(f"SELECT {columns} FROM fields ORDER BY place")).all()
    database.dispose()
    assert dict(enumerate(one)) == expected, "the record holds what was accepted last, in every field"
    assert set(other) == {""}, "half of a key is not enough"
    told = history(own)
    own.dispose()
    judge(rounds, told)
    statuses = Counter(answer for each in rounds for answer in each.answers)
    tell(
        f"merge on {any_engine}: {len(rounds)} rounds of 2 to {MOST} people, {statuses.total()} forms sent: "
        f"{statuses[303]} accepted, {statuses[409]} asked, none lost; {len(told)} in the history; {took:.0f} s"
    )


def judge(rounds, told):
    """Look whether each was answered rightly, and whether the history tells just what was accepted, in one line."""
    lines = defaultdict(list)
    for before, after in told:
        for column, value in after.items():
            lines[column].append((before[column], value))
    for number, each in enumerate(rounds):
        accepted = each.accepted()
        for edit, answer in zip(each.edits, each.answers, strict=True):
            clashes = {field for field in edit if accepted.get(field) not in {None, edit[field]}}
            assert bool(clashes) == (answer == 409), (number, edit, answer, accepted)
    wanted = defaultdict(list)
    for each in rounds:
        for field, value in each.accepted().items():
            wanted[f"f{field}"].append(value)
    assert {column: [value for _, value in line] for column, line in lines.items()} == wanted
    for column, line in lines.items():
        befores = [before for before, _ in line]
        assert befores == ["", *(value for _, value in line[:-1])], f"{column}: something was overwritten unseen"


def history(engine):
    """Give what the history tells of the record: the values before and after, in order."""
    changes = Change.__table__
    wanted = select(changes.c.before, changes.c.after).where(
        changes.c.database == "tried", changes.c.record_key == "1,a", changes.c.stage == "confirmed"
    )
    with engine.connect() as connection:
        rows = connection.execute(wanted.order_by(changes.c.number)).all()
    return [(json.loads(before), json.loads(after)) for before, after in rows]
