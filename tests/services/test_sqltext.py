"""A statement is read as its engine reads it: where a parameter stands, where a text ends, that there is but one."""

import pytest

from plainsite.services.sqltext import Unwelcome, parameters, parts_of, single

ENGINES = ("sqlite", "postgresql", "mysql")


@pytest.mark.parametrize("engine", ENGINES)
def test_parameters_are_found_once_each_in_their_order(engine) -> None:
    assert parameters("SELECT :b, :a FROM t WHERE x = :b AND y=:a2", engine) == ["b", "a", "a2"]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT ':no'",
        "SELECT 'it''s :no'",
        'SELECT ":no"',
        "SELECT 1 -- :no",
        "SELECT 1 -- it's\n, 2 /* :no ' */",
        "SELECT '12:30:00', t.a FROM t",
        "SELECT 1 WHERE 'a' = 'b:no'",
    ],
)
def test_a_colon_in_a_text_a_name_or_a_comment_is_no_parameter(engine, statement) -> None:
    assert parameters(statement, engine) == []


@pytest.mark.parametrize(
    ("engine", "statement", "found"),
    [
        ("postgresql", "SELECT a::text, :b::int, c[1:2], c[lo:hi]", ["b"]),
        ("postgresql", "SELECT $$ :no '$$, $t$ $$ :no $t$, :yes", ["yes"]),
        ("postgresql", "SELECT a$b$ , :yes -- $b$ :no", ["yes"]),
        ("sqlite", "SELECT [a:no], `b:no`, :yes", ["yes"]),
        ("mysql", "SELECT 'it\\'s :no', \"it\\\"s :no\", `b:no`, :yes # :no", ["yes"]),
        ("mysql", "SELECT 5--:yes", ["yes"]),
        ("sqlite", "SELECT 5--:no", []),
        ("mysql", "SELECT @a := 5, :yes", ["yes"]),
    ],
)
def test_each_engine_quotes_in_its_own_way(engine, statement, found) -> None:
    assert parameters(statement, engine) == found


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("statement", ["SELECT ':a' || :b -- c\n/* d */;", "", "'", "SELECT $$", "\n\n(SELECT `x`)"])
def test_the_parts_together_are_the_statement(engine, statement) -> None:
    assert "".join(text for _, text in parts_of(statement, engine)) == statement


@pytest.mark.parametrize("engine", ENGINES)
def test_one_statement_may_end_with_a_semicolon_and_remarks(engine) -> None:
    assert "".join(text for _, text in single("-- why\n SELECT ';' ; ; -- done;\n", engine)) == "SELECT ';' "


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "statement",
    [
        "; SELECT 1",
        "SELECT 1; SELECT 2",
        "SELECT 1;;DELETE FROM t",
        "SELECT 1; -- x\n DROP TABLE t",
        "SELECT ';'; SELECT 2",
    ],
)
def test_more_than_one_statement_is_refused(engine, statement) -> None:
    with pytest.raises(Unwelcome, match="one statement"):
        single(statement, engine)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("statement", ["", " ", "-- only", "DELETE FROM t", "(DELETE FROM t)", "'SELECT'"])
def test_what_does_not_begin_as_a_question_is_refused(engine, statement) -> None:
    with pytest.raises(Unwelcome, match="that reads"):
        single(statement, engine)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("statement", ["SELECT 'a", "SELECT 1 /* a", 'SELECT 1 AS "a', "SELECT 'it''s"])
def test_what_is_opened_and_not_closed_is_refused(engine, statement) -> None:
    with pytest.raises(Unwelcome, match="no end"):
        single(statement, engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_control_characters_are_refused(engine) -> None:
    with pytest.raises(Unwelcome, match="control"):
        single("SELECT 1 --\x01 ' \n, 2 -- '", engine)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("sign", "name"), [("\xa0", "no-break space"), ("\u2019", "right single quotation mark")])
def test_what_engines_read_differently_is_named_where_it_stands_outside_of_quotes(engine, sign, name) -> None:
    with pytest.raises(Unwelcome, match=name):
        single(f"SELECT 1 AS{sign} x", engine)
    assert single(f"SELECT '{sign}' -- {sign}", engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_letters_of_other_scripts_are_welcome(engine) -> None:
    assert single("SELECT größe, 名前 FROM été WHERE größe > :größe", engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_more_parameters_than_there_are_fields_for_are_refused(engine) -> None:
    assert single("SELECT " + ", ".join(f":p{number}" for number in range(50)), engine)
    with pytest.raises(Unwelcome, match="at most 50"):
        single("SELECT " + ", ".join(f":p{number}" for number in range(51)), engine)


def test_a_text_or_a_column_may_be_called_as_what_is_refused() -> None:
    assert single("SELECT grants, 'mysql.user', \"show grants\" FROM mysql", "mysql")


@pytest.mark.parametrize("name", ["lo_orderkey", "edit", "outfile", "loads", "set_configuration"])
def test_columns_of_ordinary_names_are_welcome(name) -> None:
    assert single(f"SELECT {name} FROM t", "postgresql")
    assert single(f"SELECT '{name}', 'load_file', 'set_config'", "mysql")
