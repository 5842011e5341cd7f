"""What kind of value a column holds, and which names tell of a secret."""

from collections.abc import Callable

import pytest
from sqlalchemy import URL
from sqlalchemy.sql import quoted_name

from plainsite.databases import Attached
from plainsite.kinds import is_secret, kind_of

KINDS = {
    "sqlite": {
        "id": "integer",
        "untyped": "other",
        "odd": "decimal",
        "b": "boolean",
        "d": "date",
        "dt": "datetime",
        "t": "time",
        "n": "decimal",
        "dec": "decimal",
        "f": "float",
        "j": "json",
        "bl": "binary",
        "bad_text": "long text",
        "vc": "text",
    },
    "postgresql": {
        "id": "integer",
        "m": "choice",
        "ma": "list",
        "om": "choice",
        "p": "other",
        "ia": "list",
        "ta": "list",
        "j": "json",
        "jb": "json",
        "x": "other",
        "u": "uuid",
        "i": "text",
        "c": "text",
        "mac": "text",
        "iv": "interval",
        "mo": "other",
        "by": "binary",
        "b": "bits",
        "r": "other",
        "ts": "datetime",
        "tz": "datetime",
        "dt": "date",
        "t": "time",
        "n": "decimal",
        "f": "float",
        "dbl": "float",
        "ch": "text",
        "vc": "text",
        "tv": "other",
        "bo": "boolean",
    },
    "mariadb": {
        "id": "integer",
        "ti": "integer",
        "b8": "bits",
        "y": "integer",
        "d": "date",
        "dt": "datetime",
        "ts": "datetime",
        "t": "time",
        "e": "choice",
        "s": "choices",
        "c": "text",
        "bn": "binary",
        "vb": "binary",
        "tx": "long text",
        "bl": "binary",
        "dc": "decimal",
        "f": "float",
        "db": "float",
        "u": "uuid",
        "l1": "text",
        "zf": "integer",
    },
}


def test_each_type_is_of_its_kind(any_engine: str, nasty: Callable[[str], URL], attached: Callable[..., Attached]):
    columns = attached(nasty(any_engine)).catalog.read().relations["types"].table.columns
    assert {name: kind_of(columns[name]) for name in KINDS[any_engine]} == KINDS[any_engine]


@pytest.mark.parametrize(
    "name",
    [
        *("password", "Password", "PASSWORD", "password_hash", "passwordHash", "PasswordHash", "user_password", "pwd"),
        *("passwd", "pass", "pass_phrase", "passphrase", "hashed_password", "pw_hash", "hash", "salt", "PasswordSalt"),
        *("token", "access_token", "refreshToken", "csrf-token", "API_TOKEN", "reset token", "tokens", "sessionToken"),
        *("secret", "client_secret", "ClientSecret", "api_key", "apiKey", "APIKey", "apikey", "ApiKey", "private_key"),
        *(
            "secret_key",
            "AWSSecretAccessKey",
            "access_key",
            "auth_key",
            "otp",
            "otp_secret",
            "TOTP",
            "pin",
            "cvv",
            "cvc",
        ),
        *("password1", "password2", "token_2", "hash256", "ssh_key", "encryption_key", "signing_key", "credentials"),
        *("userpassword", "accesstoken", "passcode", "authentication_string"),
    ],
)
def test_these_names_tell_of_a_secret(name):
    assert is_secret(name)


def test_a_name_that_is_to_be_quoted_tells_no_less():
    assert is_secret(quoted_name("MYPASSWORD", quote=True))


@pytest.mark.parametrize(
    "name",
    [
        *(
            "monkey",
            "keyboard",
            "key",
            "key_id",
            "primary_key",
            "foreign_key",
            "name_key",
            "KeyName",
            "turkey",
            "hockey",
        ),
        *(
            "hashtag",
            "hashtags",
            "author",
            "authority",
            "authorised",
            "tokenizer",
            "tokenized",
            "secretary",
            "secretariat",
        ),
        *("compass", "passage", "passenger", "passport", "bypass", "passed", "PassengerId", "pins", "spin", "shipping"),
        *("pinned", "option", "salted", "saltwater", "basalt", "id", "e-mail", "AlbumId", "session_id", "submission"),
        *("", "123", "имя", "名", "a.b", "access", "private", "api", "auth_at", "keys", "accessKeyboard"),
    ],
)
def test_these_names_tell_of_none(name):
    assert not is_secret(name)
