"""What templates are given: macros that need no import, addresses that are found once, and a token for each session."""

import os

from flask import render_template

from plainsite.forms.tokens import csrf_token


def test_a_changed_macro_is_used_at_once_where_templates_are_reloaded(make_app, tmp_path) -> None:
    site = make_app()
    site.jinja_env.auto_reload = True
    folder = tmp_path / "own"
    (folder / "macros").mkdir(parents=True)
    site.jinja_loader.searchpath[:] = [str(folder)]
    (folder / "page.html").write_text("{{ tables.day() }}{% call tables.empty() %}{{ 1 + 1 }}{% endcall %}")
    for said in ("before", "after"):
        file = folder / "macros" / "tables.html"
        file.write_text(
            f"{{% macro day() %}}{said}{{% endmacro %}}{{% macro empty() %}}<{{{{ caller() }}}}>{{% endmacro %}}"
        )
        os.utime(file, (len(said), len(said)))  # a time of its own, however quick the test is
        with site.test_request_context():
            assert render_template("page.html") == f"{said}<2>"


def test_addresses_are_those_of_where_the_site_is_mounted(client) -> None:
    for root in ("", "/below", ""):
        page = client.get("/account/sign-in", environ_overrides={"SCRIPT_NAME": root}).text
        assert f'<a class="brand" href="{root}/messages/">' in page
        assert f'<link rel="stylesheet" href="{root}/static/site.css?v=' in page


def test_a_session_keeps_its_token_and_no_other_session_has_it(app) -> None:
    def token(secret: str | None) -> str:
        with app.test_request_context() as context:
            if secret:
                context.session["csrf_token"] = secret
            assert csrf_token() == csrf_token()
            return csrf_token()

    assert token("mine") == token("mine")
    assert len({token("mine"), token("yours"), token(None), token(None)}) == 4


def test_a_token_that_runs_out_is_signed_anew_each_time(make_app, monkeypatch) -> None:
    site = make_app(WTF_CSRF_TIME_LIMIT=60)
    tokens = set()
    for seconds in (1_800_000_000, 1_800_000_030):
        monkeypatch.setattr("itsdangerous.timed.time.time", lambda now=seconds: now)
        with site.test_request_context() as context:
            context.session["csrf_token"] = "mine"
            tokens.add(csrf_token())
    assert len(tokens) == 2


def test_a_form_is_taken_with_the_token_of_its_own_session_only(client, app) -> None:
    def token(of) -> str:
        return of.get("/account/sign-in").text.partition('name="csrf_token" value="')[2].partition('"')[0]

    typed = {"email": "nobody@example.org", "password": "wrong wrong"}
    own, others = token(client), token(app.test_client())
    assert own == token(client)
    assert "could not be trusted" in client.post("/account/sign-in", data=typed | {"csrf_token": others}).text
    assert "do not belong together" in client.post("/account/sign-in", data=typed | {"csrf_token": own}).text
