"""One file holds every setting; the instance, the environment and the caller may say otherwise, but never misspell."""

import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from plainsite import create_app, settings
from plainsite.attached import databases
from plainsite.settings import SettingsError


@pytest.fixture
def load(tmp_path):
    """Load settings in a folder of this test's own, with only the variables it names."""

    def load_here(*, own="", overrides=None, **environ):
        (tmp_path / "config.py").write_text(own)
        return settings.load(overrides, instance=tmp_path, environ=environ)

    return load_here


def refused(load, *parts, **how):
    with pytest.raises(SettingsError) as caught:
        load(**how)
    for part in parts:
        assert part in str(caught.value)


# Who wins


def test_the_defaults_hold_where_nobody_says_otherwise(load):
    found = load()
    assert found["SITE_NAME"] == "plainsite"
    assert found["PORT"] == 8000
    assert found["SESSION_COOKIE_SECURE"] == "auto"


def test_each_source_outdoes_the_one_before(load):
    assert load(own="PAGE_SIZE = 1")["PAGE_SIZE"] == 1
    assert load(own="PAGE_SIZE = 1", PLAINSITE_PAGE_SIZE="2")["PAGE_SIZE"] == 2
    assert load(own="PAGE_SIZE = 1", PLAINSITE_PAGE_SIZE="2", overrides={"PAGE_SIZE": 3})["PAGE_SIZE"] == 3


def test_host_and_port_are_read_without_the_prefix_too_but_the_prefix_wins(load):
    found = load(HOST="0.0.0.0", PORT="9000", PLAINSITE_PORT="9001")
    assert (found["HOST"], found["PORT"]) == ("0.0.0.0", 9001)


def test_other_variables_of_the_environment_are_nobodys_settings(load):
    assert load(THREADS="3", SITE_NAME="other", LOG_LEVEL="x")["THREADS"] == 8


def test_the_owners_file_may_have_imports_and_names_of_its_own(load):
    found = load(own="from datetime import date\nfounder = 'someone'\n_PART = 'our '\nSITE_NAME = _PART + 'site'")
    assert found["SITE_NAME"] == "our site"
    assert "date" not in found


def test_the_caller_of_the_app_may_not_change_what_load_gave_before(load):
    load(overrides={"PORT": 1})
    assert load()["PORT"] == 8000


# What a variable may say


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("SIGN_UP", "false", False),
        ("SIGN_UP", "True", True),
        ("SIGN_UP", "0", False),
        ("THREADS", "16", 16),
        ("SITE_NAME", "123", "123"),
        ("SITE_NAME", "true", "true"),
        ("SITE_NAME", "", "plainsite"),
        ("TRUSTED_HOSTS", "a.example, b.example", ["a.example", "b.example"]),
        ("TRUSTED_HOSTS", '["a.example"]', ["a.example"]),
        ("WTF_CSRF_TIME_LIMIT", "60", 60),
        ("WTF_CSRF_TIME_LIMIT", "null", None),
        ("SESSION_COOKIE_SECURE", "true", True),
        ("SESSION_COOKIE_SECURE", "AUTO", "auto"),
        ("LOG_LEVEL", "debug", "DEBUG"),
    ],
)
def test_a_variable_is_read_as_what_the_setting_is(load, name, text, value):
    assert load(**{f"PLAINSITE_{name}": text})[name] == value


@pytest.mark.parametrize(
    ("name", "text", "may_be"),
    [
        ("SIGN_UP", "maybe", "true or false"),
        ("TRUSTED_PROXIES", "x", "a whole number, 0 or more"),
        ("TRUSTED_PROXIES", "-1", "a whole number, 0 or more"),
        ("TRUSTED_PROXIES", "1.5", "a whole number, 0 or more"),
        ("MAX_CONTENT_LENGTH", "9" * 20, "a whole number, 0 or more"),
        ("SQLITE_BUSY_TIMEOUT", "2147484", "a whole number from 0 to 3600"),
        ("QUERY_SECONDS", "0", "a whole number from 1 to 86400"),
        ("THREADS", "0", "a whole number from 1 to 1000"),
        ("PORT", "65536", "a whole number from 0 to 65535"),
        ("TRUSTED_HOSTS", "[1", "a list of texts"),
        ("TRUSTED_HOSTS", "[1]", "a list of texts"),
        ("SESSION_COOKIE_SECURE", "maybe", "true or false or auto"),
        ("LOG_LEVEL", "loud", "DEBUG or INFO or WARNING or ERROR or CRITICAL"),
    ],
)
def test_a_variable_that_cannot_be_read_is_named_with_what_it_may_be(load, name, text, may_be):
    refused(load, f"PLAINSITE_{name} must be {may_be}.", **{f"PLAINSITE_{name}": text})


def test_a_plain_port_that_is_no_number_is_named_as_it_was_written(load):
    refused(load, "PORT must be a whole number from 0 to 65535.", PORT="http")


@pytest.mark.parametrize(
    ("own", "sentence"),
    [
        ("PORT = '8000'", "must be a whole number from 0 to 65535"),
        ("TRUSTED_PROXIES = -1", "must be a whole number, 0 or more"),
        ("PORT = True", "must be a whole number from 0 to 65535"),
        ("SIGN_UP = 1", "must be true or false"),
        ("TRUSTED_HOSTS = 'a.example'", "must be a list"),
        ("SECRET_KEY = 12345", "must be text"),
    ],
)
def test_a_value_of_the_wrong_kind_in_the_owners_file_is_said_with_its_place(load, tmp_path, own, sentence):
    refused(load, f"{own.split()[0]} in {tmp_path / 'config.py'} {sentence}", own=own)


def test_a_value_of_the_wrong_kind_from_the_caller_is_said_too(load):
    refused(load, "PORT as given to the app must be", overrides={"PORT": None})


def test_a_refused_secret_is_never_shown(load):
    with pytest.raises(SettingsError) as caught:
        load(own="SECRET_KEY = ['swordfish']")
    assert "swordfish" not in str(caught.value)


# Names nobody knows


def test_a_misspelt_variable_stops_with_the_nearest_name(load):
    refused(load, "PLAINSITE_PAGESIZE", "Did you mean PAGE_SIZE?", PLAINSITE_PAGESIZE="5")


def test_a_misspelt_name_in_the_owners_file_stops_with_the_nearest_name(load, tmp_path):
    refused(load, str(tmp_path / "config.py"), "TRUSTED_HOST", "Did you mean TRUSTED_HOSTS?", own="TRUSTED_HOST = []")


def test_a_setting_in_small_letters_is_a_misspelling_not_a_silence(load):
    refused(load, "Did you mean PAGE_SIZE?", own="page_size = 5")


def test_a_misspelt_name_from_the_caller_stops_too(load):
    refused(load, "as given to the app", "Did you mean SITE_NAME?", overrides={"SITENAME": "x"})


def test_a_name_like_no_other_is_sent_to_the_list(load):
    refused(load, "config.py lists the settings there are", PLAINSITE_QQQQ="5")


@pytest.mark.parametrize(("own", "part"), [("PORT = = 1", "line 1"), ("PORT = 1 / 0", "ZeroDivisionError"), ("\0", "")])
def test_an_owners_file_that_does_not_run_is_named(load, tmp_path, own, part):
    refused(load, str(tmp_path / "config.py"), "cannot be read as settings", part, own=own)


def test_an_owners_file_that_cannot_be_read_by_lines_is_named_without_one(load, tmp_path):
    refused(load, f"{tmp_path / 'config.py'} cannot be read as settings", own="PORT = 1\0")


@pytest.mark.parametrize("own", ["import sys; sys.exit(0)", "raise SystemExit", "exit()"])
def test_an_owners_file_that_ends_the_program_is_named(load, tmp_path, own):
    refused(load, f"{tmp_path / 'config.py'} ends the program, where it should only name settings", own=own)


def test_the_command_says_it_in_one_line(tmp_path):
    environ = os.environ | {"PLAINSITE_INSTANCE": str(tmp_path), "PLAINSITE_PAGESIZE": "5"}
    command = [sys.executable, "-m", "plainsite", "doctor"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "plainsite: PLAINSITE_PAGESIZE: there is no setting called PAGESIZE. Did you mean PAGE_SIZE?"
    ]


@pytest.mark.parametrize("command", ["doctor", "run"])
def test_flasks_own_command_says_it_in_one_line_too(tmp_path, command):
    environ = os.environ | {"PLAINSITE_INSTANCE": str(tmp_path), "PLAINSITE_PAGESIZE": "5"}
    words = [sys.executable, "-m", "flask", "--app", "plainsite", command]
    done = subprocess.run(words, env=environ, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "Error: PLAINSITE_PAGESIZE: there is no setting called PAGESIZE. Did you mean PAGE_SIZE?"
    ]


# Named parts


def test_a_variable_reaches_a_named_part(load, monkeypatch, tmp_path):
    with_parts(monkeypatch, tmp_path, "SHOPS = {'Old': 'a', 'deep': {'left': 1, 'right': 2}}")
    found = load(PLAINSITE_SHOPS__NEW="b", PLAINSITE_SHOPS__OLD="c", PLAINSITE_SHOPS__DEEP__LEFT="3")
    assert found["SHOPS"] == {"Old": "c", "deep": {"left": 3, "right": 2}, "new": "b"}
    assert load()["SHOPS"] == {"Old": "a", "deep": {"left": 1, "right": 2}}


def test_a_variable_for_a_setting_with_parts_is_one_json_object(load, monkeypatch, tmp_path):
    with_parts(monkeypatch, tmp_path, "SHOPS = {}")
    assert load(PLAINSITE_SHOPS='{"a": 1}')["SHOPS"] == {"a": 1}
    refused(load, "PLAINSITE_SHOPS must be named parts", PLAINSITE_SHOPS="a")


def test_a_part_of_a_setting_without_parts_is_refused(load):
    refused(load, "PLAINSITE_PORT__X", "PORT, which has no parts", PLAINSITE_PORT__X="1")


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ({"url": "sqlite:///shop.db", "writeable": True}, "shop has no part called writeable. Did you mean writable?"),
        ({"adress": "sqlite:///shop.db"}, "shop has no part called adress. There are url and writable."),
        ({"url": "sqlite:///shop.db", "writable": "maybe"}, "writable of shop must be true or false."),
        ({"writable": True}, "shop has no url."),
    ],
)
def test_a_database_whose_part_is_misspelt_stops_the_start(tmp_path, how, sentence):
    with pytest.raises(SettingsError) as caught:
        create_app({"DATABASES": {"shop": how}}, instance=tmp_path)
    assert str(caught.value) == f"DATABASES: {sentence}"


@pytest.mark.parametrize(("text", "writable"), [("False", False), ("true", True), ("0", False), ("1", True)])
def test_what_a_variable_says_of_a_database_is_read_as_what_it_is(tmp_path, monkeypatch, text, writable):
    monkeypatch.setenv("PLAINSITE_DATABASES__SHOP__URL", "sqlite:///shop.db")
    monkeypatch.setenv("PLAINSITE_DATABASES__SHOP__WRITABLE", text)
    assert databases(create_app(instance=tmp_path))["shop"].writable is writable


def test_what_was_remembered_and_spoilt_since_is_said(tmp_path):
    (tmp_path / "databases.json").write_text("[1]")
    with pytest.raises(SettingsError, match=r"databases\.json cannot be read: mend or remove it"):
        create_app(instance=tmp_path)


def with_parts(monkeypatch, tmp_path, line):
    """Add a setting with named parts to the defaults."""
    defaults = tmp_path / "defaults.py"
    defaults.write_text(settings.shipped("config.py").read_text() + "\n" + line)
    monkeypatch.setattr(settings, "shipped", lambda _name: defaults)


# The database's address


def test_without_an_address_the_database_is_a_file_of_the_instance(load, tmp_path):
    found = load()
    assert found["DATABASE_URL"].drivername == "sqlite"
    assert Path(found["DATABASE_URL"].database) == tmp_path / "plainsite.sqlite"
    assert found["DATABASE_URL_FROM"] == "the default"


@pytest.mark.parametrize(
    "name",
    [
        "PLAINSITE_DATABASE_URL",
        "DATABASE_URL",
        "SQLALCHEMY_DATABASE_URI",
        "SQLALCHEMY_URL",
        "PLAINSITE_SQLALCHEMY_URL",
    ],
)
def test_the_address_is_read_from_every_customary_variable(load, name):
    found = load(**{name: "postgres://me@db.example/site"})
    assert found["DATABASE_URL"].host == "db.example"
    assert found["DATABASE_URL_FROM"] == name


@pytest.mark.parametrize("name", ["DATABASE_URL", "SQLALCHEMY_DATABASE_URI", "SQLALCHEMY_URL"])
def test_the_address_is_read_from_every_customary_name_of_the_owners_file(load, tmp_path, name):
    found = load(own=f"{name} = 'sqlite:///other.sqlite'")
    assert Path(found["DATABASE_URL"].database) == tmp_path / "other.sqlite"
    assert found["DATABASE_URL_FROM"] == f"{name} in {tmp_path / 'config.py'}"


def test_two_variables_that_differ_are_refused_by_name_and_without_passwords(load):
    with pytest.raises(SettingsError) as caught:
        load(DATABASE_URL="postgres://me:swordfish@a/site", SQLALCHEMY_URL="postgres://me:swordfish@b/site")
    assert "DATABASE_URL and SQLALCHEMY_URL name two different databases" in str(caught.value)
    assert "swordfish" not in str(caught.value)


def test_a_prefixed_and_a_plain_variable_that_differ_are_refused(load):
    refused(
        load, "PLAINSITE_DATABASE_URL", PLAINSITE_DATABASE_URL="sqlite:///a.sqlite", DATABASE_URL="sqlite:///b.sqlite"
    )


def test_a_variable_left_over_from_another_project_does_not_outdo_the_owners_file(load):
    refused(load, "config.py", "DATABASE_URL", own="DATABASE_URL = 'sqlite:///a'", DATABASE_URL="sqlite:///b")


def test_the_variable_with_our_prefix_outdoes_the_owners_file(load):
    found = load(own="DATABASE_URL = 'sqlite:///a'", PLAINSITE_DATABASE_URL="sqlite:///b")
    assert found["DATABASE_URL"].database.endswith("b")


def test_the_caller_outdoes_every_other_address(load):
    found = load(
        own="DATABASE_URL = 'sqlite:///a'", SQLALCHEMY_URL="sqlite:///b", overrides={"DATABASE_URL": "sqlite:///c"}
    )
    assert found["DATABASE_URL"].database.endswith("c")
    assert found["DATABASE_URL_FROM"] == "DATABASE_URL as given to the app"


def test_one_address_said_twice_in_two_ways_is_one(load):
    found = load(DATABASE_URL="postgres://me@a/site", SQLALCHEMY_DATABASE_URI="postgresql+psycopg://me@a/site")
    assert found["DATABASE_URL"].host == "a"


@pytest.mark.parametrize("turn", [1, -1])
def test_a_database_named_by_its_address_alone_takes_further_parts(load, turn):
    variables = {"PLAINSITE_DATABASES__SHOP": "sqlite:///x.db", "PLAINSITE_DATABASES__SHOP__WRITABLE": "true"}
    found = load(**dict(list(variables.items())[::turn]))
    assert found["DATABASES"] == {"shop": {"url": "sqlite:///x.db", "writable": True}}
    found = load(own="DATABASES = {'Shop': 'sqlite:///y.db'}", PLAINSITE_DATABASES__SHOP__WRITABLE="true")
    assert found["DATABASES"] == {"Shop": {"url": "sqlite:///y.db", "writable": True}}


@pytest.mark.parametrize(
    ("pasted", "driver"),
    [
        ("postgres://u:p@h/d", "postgresql+psycopg"),
        ("postgresql://u:p@h/d", "postgresql+psycopg"),
        ("postgresql+psycopg2://u:p@h/d", "postgresql+psycopg2"),
        ("mysql://u:p@h/d", "mysql+pymysql"),
        ("mariadb://u:p@h/d", "mariadb+pymysql"),
        ("mysql+mysqldb://u:p@h/d", "mysql+mysqldb"),
    ],
)
def test_addresses_are_understood_as_people_paste_them(tmp_path, pasted, driver):
    url = settings.database_url(pasted, tmp_path)
    assert url.drivername == driver
    assert (url.username, url.password, url.host, url.database) == ("u", "p", "h", "d")


@pytest.mark.parametrize(
    "address",
    [
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///file::memory:?uri=true",
        "sqlite:///file:x?mode=memory&uri=true",
    ],
)
def test_a_database_in_memory_is_refused_since_each_connection_would_have_its_own(load, address):
    with pytest.raises(SettingsError, match=r"^DATABASE_URL is in memory, where nothing stays: name a file, as in "):
        load(DATABASE_URL=address)


def test_a_file_with_its_whole_path_stays_where_it_is(tmp_path):
    assert settings.database_url("sqlite:////srv/site.sqlite", tmp_path).database == "/srv/site.sqlite"


def test_who_names_a_file_alone_is_told_how_it_is_written(load):
    refused(load, "is not a database address", "name or sqlite:///shop.db.", DATABASE_URL="shop.db")


@pytest.mark.parametrize(
    "text", ["swordfish", "swordfish://u:swordfish@h/d", "postgres://u:swordfish@h:port/d", "sqlite://swordfish/d", 5]
)
def test_what_is_no_address_is_refused_without_being_shown(load, text):
    with pytest.raises(SettingsError) as caught:
        load(overrides={"DATABASE_URL": text})
    assert str(caught.value).startswith("DATABASE_URL as given to the app is not a database address")
    assert "swordfish" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("oracle://u:swordfish@h/d", "is one of oracle. SQLite, PostgreSQL, MariaDB and MySQL are understood."),
        ("mssql+pyodbc://u:swordfish@h/d", "is one of mssql."),
        ("postgresql+asyncpg://u:swordfish@h/d", "names a driver for asyncio: leave it out, as in postgresql://…"),
        ("sqlite+aiosqlite:///swordfish.db", "names a driver for asyncio: leave it out, as in sqlite://…"),
    ],
)
def test_a_database_that_cannot_serve_is_said_and_not_sent_for_a_package(load, address, sentence):
    with pytest.raises(SettingsError) as caught:
        load(DATABASE_URL=address)
    assert str(caught.value).startswith(f"DATABASE_URL {sentence}")
    assert "swordfish" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "sqlite:///swordfish.db?timeout=abc",
        "sqlite:///swordfish.db?timeout=1&timeout=2",
        "mysql://u:swordfish@h/d?connect_timeout=abc",
    ],
)
def test_an_option_whose_value_cannot_be_is_refused_wherever_an_address_is_given(load, tmp_path, address):
    with pytest.raises(SettingsError) as caught:
        load(DATABASE_URL=address)
    assert str(caught.value).startswith("DATABASE_URL has an option with a value that cannot be: look at")
    with pytest.raises(
        SettingsError, match=r"^The address of shop has an option with a value that cannot be"
    ) as caught:
        create_app({"DATABASES": {"shop": address}}, instance=tmp_path)
    assert "swordfish" not in str(caught.value)


@pytest.mark.parametrize("kind", ["postgresql", "mysql", "mariadb+pymysql"])
def test_a_password_that_was_pasted_with_an_at_sign_is_told_how_to_write_it(load, kind):
    with pytest.raises(SettingsError) as caught:
        load(DATABASE_URL=f"{kind}://u:sword@fish@h.example:5/d")
    assert str(caught.value) == "DATABASE_URL has an @ in its password: write it as %40."
    assert load(DATABASE_URL=f"{kind}://u:sword%40fish@h.example:5/d")["DATABASE_URL"].password == "sword@fish"


@pytest.mark.parametrize("password", ["Top@Se/cret", "a@b@c", "p@/%23 x"])
def test_nothing_of_a_password_is_taken_for_the_name_of_a_host_or_a_database(load, password):
    for kind in ("postgresql", "mysql", "mariadb"):
        with pytest.raises(SettingsError) as caught:
            load(DATABASE_URL=f"{kind}://u:{password}@h.example:5/d")
        assert str(caught.value) == "DATABASE_URL has an @ in its password: write it as %40."


def test_a_user_whose_name_holds_an_at_sign_is_understood(load):
    url = load(DATABASE_URL="postgresql://ada@server:pw@h.example/d")["DATABASE_URL"]
    assert (url.username, url.password, url.host) == ("ada@server", "pw", "h.example")


def test_a_server_of_mariadb_is_told_which_of_its_databases_is_the_sites(load):
    for address in ("mysql://root@h.example", "mariadb://root@h.example:5/"):
        with pytest.raises(SettingsError, match=r"^DATABASE_URL names no database: write its name after the host"):
            load(DATABASE_URL=address)


def test_spaces_around_a_pasted_address_are_none_of_it(load, tmp_path):
    assert Path(load(DATABASE_URL=" sqlite:///other.sqlite\n")["DATABASE_URL"].database) == tmp_path / "other.sqlite"


# What is checked when the site is made


@pytest.mark.parametrize("name", ["*", "https://site.example", "", "[::1]", "a b"])
def test_a_name_that_no_request_can_have_is_refused_at_the_start(tmp_path, name):
    with pytest.raises(
        SettingsError, match=re.escape("TRUSTED_HOSTS are like") + ".*" + re.escape(f"{name!r} is none")
    ):
        create_app({"TRUSTED_HOSTS": ["site.example", name]}, instance=tmp_path)


def test_a_name_with_capitals_is_trusted_as_browsers_send_it(tmp_path):
    site = create_app({"TRUSTED_HOSTS": ["Example.org"]}, instance=tmp_path)
    assert site.test_client().get("/", headers={"Host": "example.org"}).status_code == 303


def test_names_that_requests_can_have_are_taken(tmp_path):
    names = ["site.example", ".site.example", "site.example:8000", "10.0.0.1", "münchen.example", "localhost"]
    assert create_app({"TRUSTED_HOSTS": names}, instance=tmp_path).config["TRUSTED_HOSTS"] == names


def test_a_store_of_attempts_whose_package_is_missing_is_said_with_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(SettingsError, match=r"LIMITS_STORAGE needs the package redis: install it"):
        create_app({"LIMITS_STORAGE": "redis://localhost"}, instance=tmp_path)


# The instance folder


def test_the_instance_is_a_folder_of_the_current_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert settings.load(environ={})["INSTANCE"] == tmp_path / "instance"


def test_a_variable_names_another_instance_and_the_caller_outdoes_it(tmp_path):
    environ = {"PLAINSITE_INSTANCE": str(tmp_path / "a")}
    assert settings.load(environ=environ)["INSTANCE"] == tmp_path / "a"
    assert settings.load(instance=tmp_path / "b", environ=environ)["INSTANCE"] == tmp_path / "b"


def test_a_missing_instance_folder_is_made_for_its_owner_only(tmp_path):
    settings.load(instance=tmp_path / "deep" / "instance", environ={})
    assert (tmp_path / "deep" / "instance").stat().st_mode & 0o777 == 0o700


def test_an_instance_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"cannot be made: .*PLAINSITE_INSTANCE names another"):
        settings.load(instance=tmp_path / "file" / "instance", environ={})


def test_an_instance_folder_that_may_not_be_entered_is_said(load, tmp_path, monkeypatch):
    exists = Path.exists

    def forbidden(path):
        if path.parent == tmp_path:
            raise PermissionError(13, "Permission denied")
        return exists(path)

    monkeypatch.setattr(Path, "exists", forbidden)
    refused(load, "config.py cannot be read: Permission denied. Let the user who runs the site into its folder")


# The secret key


def test_the_key_is_made_once_and_only_its_owner_reads_it(load, tmp_path):
    first, second = load()["SECRET_KEY"], load()["SECRET_KEY"]
    assert first == second
    assert len(first) >= 32
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.py", "secret_key"]


def test_a_key_that_is_set_makes_no_file(load, tmp_path):
    assert load(PLAINSITE_SECRET_KEY="a key of our own")["SECRET_KEY"] == "a key of our own"
    assert not (tmp_path / "secret_key").exists()


def test_an_empty_key_file_stops_the_start_and_says_the_way_out(load, tmp_path):
    (tmp_path / "secret_key").touch(mode=0o600)
    refused(load, "secret_key is empty. Delete it and start again")


def test_a_key_file_that_is_no_text_is_said(load, tmp_path):
    (tmp_path / "secret_key").write_bytes(b"\xff\xfe")
    refused(load, "secret_key cannot be used")


def test_a_key_that_others_could_read_is_closed_and_its_owner_is_told(load, tmp_path, caplog):
    (tmp_path / "secret_key").write_text("k" * 43)
    (tmp_path / "secret_key").chmod(0o644)
    with caplog.at_level(logging.WARNING):
        assert load()["SECRET_KEY"] == "k" * 43
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
    assert "could be read by others" in caplog.text


def test_a_key_that_another_start_made_first_is_the_one(load, tmp_path, monkeypatch):
    def overtaken(draft, path):
        path.write_text("theirs")
        path.chmod(0o600)
        raise FileExistsError

    monkeypatch.setattr(os, "link", overtaken)
    assert load()["SECRET_KEY"] == "theirs"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.py", "secret_key"]


def test_a_key_that_cannot_be_made_is_said_without_the_name_of_a_draft(load, tmp_path, monkeypatch):
    def forbidden(**_):
        raise PermissionError(13, "Permission denied", str(tmp_path / "draft"))

    monkeypatch.setattr("tempfile.mkstemp", forbidden)
    with pytest.raises(SettingsError) as caught:
        load()
    assert str(caught.value) == (
        f"{tmp_path / 'secret_key'} cannot be made: Permission denied. "
        "Let the site's user write to its folder, or set SECRET_KEY."
    )


def test_a_key_is_made_on_a_disk_that_knows_no_links(load, tmp_path, monkeypatch):
    def unknown(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", unknown)
    assert load()["SECRET_KEY"] == (tmp_path / "secret_key").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.py", "secret_key"]


def test_a_key_that_is_somebody_elses_is_used_and_its_openness_said(load, tmp_path, monkeypatch, caplog):
    def forbidden(*_):
        raise PermissionError(1, "Operation not permitted")

    (tmp_path / "secret_key").write_text("k" * 43)
    (tmp_path / "secret_key").chmod(0o444)
    monkeypatch.setattr(Path, "chmod", forbidden)
    assert load()["SECRET_KEY"] == "k" * 43
    assert "can be read by others, and cannot be closed here" in caplog.text


def test_sites_that_start_together_share_one_key(tmp_path):
    code = "import sys; from plainsite import settings; sys.stdin.read(); print(settings.load()['SECRET_KEY'])"
    environ = os.environ | {"PLAINSITE_INSTANCE": str(tmp_path)}
    starting = [
        subprocess.Popen(
            [sys.executable, "-c", code], env=environ, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(4)
    ]
    for process in starting:
        process.stdin.close()
    keys = {process.stdout.read().strip() for process in starting}
    for process in starting:
        process.stdout.close()
        assert process.wait() == 0
    assert keys == {(tmp_path / "secret_key").read_text()}


# The file itself


def test_every_setting_is_said_once_and_with_one_comment():
    said = [line for line in settings.shipped("config.py").read_text().splitlines() if re.match("[A-Z_]+(:| =)", line)]
    names = [re.split("[: ]", line)[0] for line in said]
    assert len(names) == len(set(names)) > 20
    assert [line for line in said if line.count("  # ") != 1] == []
