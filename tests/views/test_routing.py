"""How addresses are made: each of them once a page links to it."""

from flask import url_for
from werkzeug.routing import Rule


def test_an_address_is_compiled_when_the_first_link_to_it_is_made_and_once(make_app, monkeypatch):
    compiled = []
    compile_now = Rule._compile_builder  # noqa: SLF001 - Werkzeug has no other place where this shows

    def compile_seen(rule, *how):
        compiled.append(rule.endpoint)
        return compile_now(rule, *how)

    monkeypatch.setattr(Rule, "_compile_builder", compile_seen)
    app = make_app()
    assert set(compiled) == {"static"}, "which Flask adds by itself"
    compiled.clear()
    with app.test_request_context():
        for _ in range(2):
            assert url_for("messages.show", id=7) == "/messages/7"
            assert url_for("messages.show", id=7, of="a b") == "/messages/7?of=a+b"
    assert compiled == ["messages.show"]
