"""Servers that fail while a site uses them: nodes and replicas that are killed, cut off, held still, and come back."""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, insert, make_url, select, text, update
from sqlalchemy.orm import Session
from tests.servers.galera import Cluster, Node
from tests.servers.killable import Replica, Server

from plainsite import again, migrations
from plainsite.databases import Database, open_own
from plainsite.models import Message
from plainsite.transactions import WITNESS, Busy, Unknown, transaction

pytestmark = pytest.mark.cluster
numbers = itertools.count(1)

metadata = MetaData()
things = Table(
    "things",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token", String(50), index=True),  # not unique: what is done twice is there twice
    Column("times", Integer, default=0),
)


@transaction
def add(session: Session, token: str) -> None:
    """Add a thing."""
    session.execute(insert(things).values(token=token))


@pytest.fixture
def on_galera(galera: Cluster) -> Iterator[Callable[..., Database]]:
    """Give a function that opens a database of the cluster as the site opens its own: at a node, then at the others."""
    galera.nodes[0].ask("DROP DATABASE IF EXISTS tried")
    galera.nodes[0].ask("CREATE DATABASE tried")
    opened: list[Database] = []

    def open_at(*nodes: Node, **options: Any) -> Database:
        first, *others = nodes
        url = make_url(first.url).set(database="tried")
        opened.append(open_own(url, nodes=[f"127.0.0.1:{node.port}" for node in others], **options))
        return opened[-1]

    first = open_at(galera.nodes[0])
    metadata.create_all(first.engine)
    yield open_at
    for each in opened:
        each.remove()
        each.close()


def tokens(database: Database) -> Counter[str]:
    """Give the tokens there are, each with how often."""
    with database.engine.connect() as connection:
        return Counter(connection.scalars(select(things.c.token)))


def node_of(database: Database) -> int:
    """Give the port of the node that a database uses."""
    with database.engine.connect() as connection:
        return int(connection.execute(text("SELECT @@port")).scalar_one())


def test_a_node_that_is_killed_is_left_for_the_next_and_may_come_back(galera, on_galera):
    one, two, three = galera.nodes
    database = on_galera(one, two, three)
    add(database.session(), "before")
    one.kill()
    began = time.monotonic()
    add(database.session(), "after")
    assert time.monotonic() - began < 10
    assert node_of(database) == two.port
    one.start()
    two.kill()
    add(database.session(), "at last")
    assert node_of(database) in {one.port, three.port}
    assert tokens(database) == {"before": 1, "after": 1, "at last": 1}
    with closing(on_galera(one)) as there:
        assert tokens(there) == tokens(database), "it has what it missed"


def test_a_node_that_is_cut_off_from_the_others_is_passed_over_though_it_answers(galera, on_galera):
    one, two, _ = galera.nodes
    database = on_galera(one, two)
    add(database.session(), "before")
    one.ask("SET GLOBAL wsrep_provider_options = 'gmcast.isolate=1'")
    try:
        while one.status("wsrep_ready") == "ON":
            time.sleep(0.05)
        add(database.session(), "pooled")  # on a connection that it made before, which answers pings still
        assert node_of(database) == two.port
        assert node_of(on_galera(one, two)) == two.port
        with pytest.raises(Busy):
            add(on_galera(one).session(), "nowhere else")
    finally:
        one.ask("SET GLOBAL wsrep_provider_options = 'gmcast.isolate=0'")
    assert tokens(database) == {"before": 1, "pooled": 1}


def test_a_node_that_is_stuck_is_passed_over(galera, on_galera):
    one, two, _ = galera.nodes
    one.pause()
    began = time.monotonic()
    database = on_galera(one, two)
    add(database.session(), "elsewhere")
    assert node_of(database) == two.port
    assert time.monotonic() - began < 15
    one.resume()


def test_a_commit_that_another_node_was_faster_than_runs_again(galera, on_galera, caplog):
    caplog.set_level("INFO", logger="plainsite.transactions")
    here, there = on_galera(galera.nodes[0]), on_galera(galera.nodes[1])
    add(here.session(), "contested")
    seen: list[int] = []

    @transaction
    def count(session: Session, rival: Database | None) -> None:
        session.execute(update(things).values(times=things.c.times + 1))
        seen.append(session.scalar(select(things.c.times)) or 0)
        if rival is not None and len(seen) == 1:
            count(rival.session(), None)

    count(here.session(), there)
    assert seen == [1, 1, 2], "what the other node had committed was seen when it ran again"
    assert "count runs again: (1213" in caplog.text


def test_whatever_was_committed_on_one_node_is_seen_on_another_at_once(galera, on_galera):
    here, there = on_galera(galera.nodes[0]), on_galera(galera.nodes[2])
    for number in range(100):
        add(here.session(), f"{number}")
        with there.engine.connect() as connection:
            assert connection.scalar(select(things.c.id).where(things.c.token == f"{number}")), number


@pytest.mark.parametrize("witnessed", [True, False])
def test_of_units_that_run_while_their_node_is_killed_none_is_done_twice_or_said_to_be_done_and_is_not(
    galera, on_galera, witnessed
):
    database = on_galera(*galera.nodes)
    known, unknown, lock = set(), set(), threading.Lock()
    stopping = threading.Event()

    def work(who: int) -> None:
        number = 0
        while not stopping.is_set():
            number, token = number + 1, f"{who} {number + 1}"
            with Session(database.engine) as session:
                if witnessed:
                    session.info[WITNESS] = lambda connection, token=token: (
                        connection.scalar(select(things.c.id).where(things.c.token == token)) is not None
                    )
                try:
                    add(session, token)
                except Unknown:
                    unknown.add(token)
                else:
                    with lock:
                        known.add(token)

    threads = [threading.Thread(target=work, args=(who,)) for who in range(8)]
    for thread in threads:
        thread.start()
    for node in galera.nodes[:2]:
        time.sleep(1)
        node.kill()
        time.sleep(4)
        node.start()
    stopping.set()
    for thread in threads:
        thread.join()
    found = tokens(database)
    print(f"{len(known)} done, {len(unknown)} unknown, of which {len(unknown & found.keys())} were done")
    assert {token for token, times in found.items() if times > 1} == set(), "nothing is there twice"
    assert known - found.keys() == set(), "whatever was said to be done is there"
    assert found.keys() - known - unknown == set()
    assert not (witnessed and unknown)


@pytest.fixture
def replicated(
    primary_and_replica: tuple[Server, Replica], make_app: Any, people: Any
) -> Iterator[tuple[Flask, Server, Replica]]:
    """Give a site on PostgreSQL with Ada, and a replica for its lists."""
    primary, replica = primary_and_replica
    replaying(replica, going=True)
    site = make_site(primary, make_app, DATABASE_REPLICAS=[at(replica)], POOL_TIMEOUT=2)
    people(site, "Ada")
    yield site, primary, replica
    if replica.is_running:
        replaying(replica, going=True)
    site.extensions["plainsite.replicas"].close()


def at(server: Server, database: str = "tried") -> str:
    """Give the address of a database of a server."""
    return make_url(server.url).set(database=database).render_as_string(hide_password=False)


def make_site(server: Server, make_app: Any, **settings: Any) -> Flask:
    """Make a site on a new database of a server."""
    engine = create_engine(server.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("DROP DATABASE IF EXISTS tried WITH (FORCE)")
        connection.exec_driver_sql("DROP DATABASE IF EXISTS tried")
        connection.exec_driver_sql("CREATE DATABASE tried")
    engine.dispose()
    site: Flask = make_app(TESTING=False, DATABASE_URL=at(server), **settings)
    migrations.upgrade(site.extensions["plainsite"].engine)
    return site


def replaying(replica: Replica, *, going: bool) -> None:
    """Let a replica follow its primary, or stand still, as one does that has too much to do."""
    engine = create_engine(replica.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SELECT pg_wal_replay_{'resume' if going else 'pause'}()")
    engine.dispose()


def post(somebody: Any, body: str) -> Any:
    """Post a message as a form does."""
    number = next(numbers)
    return somebody.post("/messages/new", {"body": body, "submission": f"{number:022d}"})


def test_lists_are_read_from_the_replica_and_what_one_wrote_from_the_primary(replicated, person, eventually):
    site, _, replica = replicated
    ada, bob = person(site, "Ada"), person(site)
    assert post(ada, "the first").status == 303
    assert eventually(lambda: "the first" in bob.get("/messages/").text)
    replaying(replica, going=False)
    assert post(ada, "the second").status == 303
    assert "the second" in ada.get("/messages/").text
    assert "the second" not in bob.get("/messages/").text
    assert "the second" in bob.get("/messages/2").text, "a page that the replica does not have yet"
    replaying(replica, going=True)
    assert eventually(lambda: "the second" in bob.get("/messages/").text)


def test_without_its_replica_a_site_reads_from_the_primary(replicated, person, eventually):
    site, _, replica = replicated
    ada, bob = person(site, "Ada"), person(site)
    assert post(ada, "the first").status == 303
    assert eventually(lambda: "the first" in bob.get("/messages/").text)
    replica.kill()
    assert [bob.get("/messages/").status for _ in range(5)] == [200] * 5
    assert post(ada, "the second").status == 303
    assert "the second" in bob.get("/messages/").text
    replica.start()
    assert "the second" in bob.get("/messages/").text


@pytest.mark.parametrize("engine", ["postgresql", "mariadb"])
def test_a_server_that_is_killed_keeps_what_is_typed_and_is_used_again_as_soon_as_it_is_back(
    engine, own_server, make_app, person, people, monkeypatch
):
    monkeypatch.setattr(again, "AGAIN_FOR", 3)
    server = own_server(engine)
    site = make_site(server, make_app)
    people(site, "Ada")
    ada, bob = person(site, "Ada"), person(site)
    assert post(ada, "before").status == 303
    assert bob.get("/messages/").status == 200
    server.kill()
    answer = bob.get("/messages/")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    with_a_button = ada.post("/messages/new", {"body": "a <long> text", "submission": "a" * 22})
    assert with_a_button.status == 503
    assert with_a_button.served("body") == "a <long> text", "one button sends it again"
    assert "secret word" not in bob.post("/account/sign-in", {"email": "a@b.example", "password": "secret word"}).text
    server.start()
    assert bob.get("/messages/").status == 200, "a connection that the server no longer knows is made anew"
    server.kill()
    server.start()
    assert post(ada, "after").status == 303
    back = threading.Timer(1, server.start)
    server.kill()
    back.start()
    assert post(ada, "meanwhile").status == 303, "it was waited for"
    back.join()
    assert [word in bob.get("/messages/").text for word in ("before", "after", "meanwhile")] == [True, True, True]


def test_a_replica_that_takes_over_is_written_to_and_until_then_is_not(own_server, make_app, person, people):
    primary = own_server("postgresql")
    with closing(Replica(primary)) as replica:
        replica.set_up()
        replica.start()
        site = make_site(primary, make_app, DATABASE_NODES=[f"127.0.0.1:{replica.port}"])
        people(site, "Ada", "Grace:admin")
        ada, grace = person(site, "Ada"), person(site, "Grace")
        assert post(ada, "before").status == 303
        primary.kill()
        assert ada.get("/messages/").status == 503, "nobody may write there yet, so it is passed over"
        replica.promote()
        assert post(ada, "after").status == 303
        for text in (ada.get("/messages/").text, grace.get("/data/site/messages/").text):
            assert ("before" in text, "after" in text) == (True, True)


def test_a_site_on_a_cluster_answers_while_its_node_is_killed(galera, make_app, person, people):
    one, two, three = galera.nodes
    site = make_site(one, make_app, DATABASE_NODES=[f"127.0.0.1:{two.port}", at(three)])
    people(site, "Ada", "Grace:admin")
    ada, bob, grace = person(site, "Ada"), person(site), person(site, "Grace")
    assert post(ada, "before").status == 303
    assert "before" in grace.get("/data/site/messages/").text
    one.kill()
    assert bob.get("/messages/").status == 200
    assert post(ada, "after").status == 303
    assert "after" in bob.get("/messages/").text
    assert "after" in grace.get("/data/site/messages/").text


def test_people_at_two_nodes_write_at_once_and_each_message_is_there_once(galera, make_app, person, people, at_once):
    sites = [make_site(galera.nodes[0], make_app)]
    sites.append(make_app(TESTING=False, DATABASE_URL=at(galera.nodes[1])))
    people(sites[0], "Ada", "Bob")
    somebody = [person(sites[number % 2], ("Ada", "Bob")[number % 2]) for number in range(6)]

    def work(who: int) -> list[int]:
        return [post(somebody[who], f"{who} wrote {number}").status for number in range(15)]

    statuses = Counter(
        status for several in at_once(*(lambda who=who: work(who) for who in range(6))) for status in several
    )
    with sites[1].extensions["plainsite"].engine.connect() as connection:
        bodies = Counter(connection.scalars(select(Message.body)))
    print(f"{statuses} at two nodes")
    assert statuses == {303: 90}
    assert bodies == {f"{who} wrote {number}": 1 for who in range(6) for number in range(15)}
