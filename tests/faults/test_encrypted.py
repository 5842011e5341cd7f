"""A MariaDB that encrypts: so do its connections, and no certificates are read that nobody asked to be checked."""

import os
import shutil
import ssl
from contextlib import closing

import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError
from tests.servers.clusters import demand
from tests.servers.killable import Server
from tests.servers.using import missing

pytestmark = pytest.mark.cluster


class EncryptedServer(Server):
    """A server that takes nobody in who does not encrypt."""

    def command(self) -> list[str]:
        """Give the command that runs it, with a certificate that it made for itself."""
        key, certificate = self.folder / "key.pem", self.folder / "certificate.pem"
        if not certificate.exists():
            names = ("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2")
            files = ("-keyout", str(key), "-out", str(certificate))
            self.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *names, *files])
        return [*super().command(), f"--ssl-cert={certificate}", f"--ssl-key={key}", "--require-secure-transport=ON"]


@pytest.fixture(scope="module")
def encrypted():
    """Give a server that encrypts."""
    demand(missing("mariadb"))
    demand(None if shutil.which("openssl") else "There is no openssl here. On Debian and Ubuntu: apt install openssl")
    with closing(EncryptedServer("mariadb")) as server:
        server.set_up()
        server.start()
        yield server


def cipher(database):
    """Give how a database's connection is encrypted."""
    with database.engine.connect() as connection:
        return connection.exec_driver_sql("SHOW SESSION STATUS LIKE 'Ssl_cipher'").one()[1]


def test_who_asks_for_nothing_is_encrypted_and_reads_no_certificates(encrypted, attached, monkeypatch):
    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", lambda *_: pytest.fail("certificates were read"))
    assert cipher(attached(encrypted.url)) != ""


def test_who_names_a_certificate_gets_in_by_the_right_one_only(encrypted, attached):
    right = make_url(encrypted.url).update_query_dict({"ssl_ca": f"{encrypted.folder}/certificate.pem"})
    assert cipher(attached(right)) != ""
    other = right.update_query_dict({"ssl_ca": ssl.get_default_verify_paths().cafile or os.devnull})
    with pytest.raises(OperationalError):
        cipher(attached(other))
