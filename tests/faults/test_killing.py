"""The servers that other tests kill: they lose nothing that was acknowledged, and come back."""

from contextlib import closing

import psycopg
import pytest
from tests.servers.galera import Cluster
from tests.servers.killable import Replica, Server

pytestmark = pytest.mark.cluster


def test_a_galera_node_that_was_killed_joins_again_with_what_it_missed(galera: Cluster):
    one, two, three = galera.nodes
    one.ask("CREATE OR REPLACE TABLE mysql.kept (id INT PRIMARY KEY) ENGINE = InnoDB")
    one.ask("INSERT INTO mysql.kept VALUES (1)")
    one.kill()
    two.wait()
    two.ask("INSERT INTO mysql.kept VALUES (2)")
    one.start()
    assert one.ask("SELECT id FROM mysql.kept ORDER BY id") == ((1,), (2,))
    assert three.status("wsrep_cluster_size") == "3"


def test_a_galera_cluster_that_was_killed_whole_starts_again_with_all_that_was_acknowledged(galera: Cluster):
    galera.nodes[1].ask("CREATE OR REPLACE TABLE mysql.kept (id INT PRIMARY KEY) ENGINE = InnoDB")
    for number in range(20):
        galera.nodes[number % 3].ask(f"INSERT INTO mysql.kept VALUES ({number})")
    for node in galera.nodes:
        node.kill()
    galera.heal()
    assert [node.ask("SELECT COUNT(*) FROM mysql.kept") for node in galera.nodes] == [((20,),)] * 3


def test_a_replica_follows_its_primary_and_only_reads(primary_and_replica: tuple[Server, Replica], eventually):
    primary, replica = primary_and_replica
    with closing(connect(primary)) as writer, closing(connect(replica)) as reader:
        writer.execute("CREATE TABLE IF NOT EXISTS kept AS SELECT 1 AS id")
        assert eventually(lambda: reader.execute("SELECT to_regclass('kept')").fetchone() != (None,))
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            reader.execute("INSERT INTO kept VALUES (2)")


@pytest.mark.parametrize("engine", ["postgresql", "mariadb"])
def test_a_server_that_was_killed_starts_again_on_its_port(own_server, engine):
    server = own_server(engine)
    port = server.port
    server.kill()
    assert not server.answers()
    server.start()
    assert server.answers()
    assert server.port == port


def connect(server: Server) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(host="127.0.0.1", port=server.port, user="postgres", autocommit=True)
