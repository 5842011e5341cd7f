"""Three MariaDB servers that are one: a Galera cluster whose nodes may be killed, held still and started again."""

import re
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.servers.guardian import TRIES
from tests.servers.killable import Server, free_ports

PROVIDER = Path("/usr/lib/galera/libgalera_smm.so")
# name of the program or file -> the Debian package it comes in
NEEDED = {
    "mariadbd": "mariadb-server",
    str(PROVIDER): "galera-4",
    "rsync": "rsync",
    "socat": "socat",
}
NODES = 3
# A node that was killed is noticed within seconds; beyond that, small and quick for a machine with much else to do.
PACE = {
    "gcache.size": "32M",
    "evs.suspect_timeout": "PT2S",
    "evs.inactive_timeout": "PT5S",
    "evs.inactive_check_period": "PT0.5S",
    "evs.keepalive_period": "PT0.5S",
    "evs.join_retrans_period": "PT0.5S",
}


class Node(Server):
    """One node: a MariaDB server that tells the others of each transaction before it is committed."""

    def __init__(self, name: str) -> None:
        """Take its name; it needs three more ports, for the others."""
        super().__init__("mariadb")
        self.name = name
        self.group, self.state, self.catching_up = free_ports(3)
        self.others: list[Node] = []
        self.first = False  # whether it founds the cluster when it starts

    def command(self) -> list[str]:
        """Give the command that runs it, at the position that it had when it was killed."""
        founding = ["--wsrep-new-cluster"] if self.first else []
        position = [f"--wsrep-start-position={found}"] if (found := self.position()) and not self.first else []
        return [*super().command(), *self._replication(), *founding, *position]

    def position(self) -> str | None:
        """Give how far a node that is not running had come: cluster:number; None when it never joined one."""
        if not (self.folder / "data" / "grastate.dat").exists():
            return None
        looking = [*super().command(), "--wsrep-recover", "--disable-log-error", "--skip-networking"]
        said = self._recovered([*looking, *self._replication()])
        found = re.search(r"Recovered position:\s*(\S+)", (said.stdout + said.stderr).decode(errors="replace"))
        return None if found is None or found[1].startswith("00000000") else found[1]

    def answers(self) -> bool:
        """Tell whether it is a full member of the cluster, so that it can be used."""
        import pymysql  # noqa: PLC0415 - only who tests with it needs its driver

        try:
            return self.status("wsrep_ready") == "ON" and self.status("wsrep_local_state_comment") == "Synced"
        except pymysql.MySQLError:
            return False

    def status(self, name: str) -> str:
        """Give what it says of itself under a name."""
        return str(self.ask(f"SHOW GLOBAL STATUS LIKE '{name}'")[0][1])

    def ask(self, statement: str) -> Any:
        """Run one statement on it and give its rows."""
        import pymysql  # noqa: PLC0415 - as above

        options: dict[str, Any] = {"connect_timeout": 5, "read_timeout": 20, "autocommit": True, "ssl_disabled": True}
        with (
            closing(pymysql.connect(host="127.0.0.1", port=self.port, user="root", **options)) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
            return cursor.fetchall()

    def _recovered(self, command: list[str]) -> Any:
        """Run what looks at the data of a killed node; it may crash at its own end: it is run again then."""
        for left in reversed(range(TRIES)):
            try:
                return self.run(command)
            except RuntimeError:
                if not left:
                    raise
        return None

    def _replication(self) -> list[str]:
        address = ",".join(f"127.0.0.1:{node.group}" for node in (self, *self.others))
        own = {"gmcast.listen_addr": f"tcp://127.0.0.1:{self.group}", "ist.recv_addr": f"127.0.0.1:{self.catching_up}"}
        options = ";".join(f"{name}={value}" for name, value in (own | PACE).items())
        return [
            "--wsrep-on=ON",
            f"--wsrep-provider={PROVIDER}",
            f"--wsrep-cluster-address=gcomm://{address}",
            f"--wsrep-node-address=127.0.0.1:{self.group}",
            f"--wsrep-node-name={self.name}",
            f"--wsrep-sst-receive-address=127.0.0.1:{self.state}",
            "--wsrep-sst-method=rsync",
            "--binlog-format=ROW",
            "--innodb-autoinc-lock-mode=2",
            f"--wsrep-provider-options={options}",
        ]


class Cluster:
    """A cluster of three nodes."""

    def __init__(self) -> None:
        """Make the nodes; nothing runs yet."""
        self.nodes = self._new_nodes()

    @property
    def urls(self) -> list[str]:
        """Give the address of each node."""
        return [node.url for node in self.nodes]

    def start(self) -> None:
        """Set all nodes up and start them; raise RuntimeError with a server's own words when one does not."""
        for left in reversed(range(TRIES)):
            try:
                return self._start()
            except RuntimeError:  # of its twelve ports one may be taken before it has it
                if not left:
                    raise
            self.close()
            self.nodes = self._new_nodes()
        return None

    def start_again(self) -> None:
        """Start the nodes that were all killed, from the one that had come the furthest."""
        positions = {node: node.position() or ":0" for node in self.nodes}
        first = max(self.nodes, key=lambda node: int(positions[node].rpartition(":")[2]))
        state = first.folder / "data" / "grastate.dat"
        state.write_text(re.sub(r"safe_to_bootstrap:.*", "safe_to_bootstrap: 1", state.read_text()))
        self._start_from(first)

    def heal(self) -> None:
        """Let every node run that was killed or held still, and wait until all are members again."""
        if not any(node.is_running for node in self.nodes):
            return self.start_again()
        for node in self.nodes:
            node.resume()
            if not node.is_running:
                node.start()
        for node in self.nodes:
            node.wait()
        return None

    def close(self) -> None:
        """End all nodes and throw their data away."""
        for node in self.nodes:
            node.close()

    def _new_nodes(self) -> list[Node]:
        nodes = [Node(f"node{number + 1}") for number in range(NODES)]
        for node in nodes:
            node.others = [other for other in nodes if other is not node]
        return nodes

    def _start(self) -> None:
        first, *others = self.nodes
        first.set_up()
        for node in others:  # the same to begin with: it is made once
            first.run(["cp", "-a", f"{first.folder}/data", f"{node.folder}/data"])
        self._start_from(first)

    def _start_from(self, first: Node) -> None:
        first.first = True
        first.start()
        first.first = False
        for node in self.nodes:
            if node is not first:  # one after the other: each copies what there is
                node.start()


def missing_for_galera() -> str | None:
    """Say what to install for a cluster; None when all is here."""
    anywhere = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin"
    packages = [
        package
        for name, package in NEEDED.items()
        if not (Path(name).exists() if name.startswith("/") else shutil.which(name, path=anywhere))
    ]
    return f"No Galera cluster here. On Debian and Ubuntu: apt install {' '.join(packages)}" if packages else None
