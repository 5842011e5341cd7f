"""A blank form is made and drawn once for everybody: so nothing of anybody may ever be in it."""

import re

import pytest

from plainsite.forms.account import SignInForm
from plainsite.forms.blank import blank
from plainsite.forms.users import AdminUserForm, SignUpForm

FORMS = {"/users/new": "Add user", "/messages/new": "Post"}


def without_tokens(page) -> str:
    """Leave out what is another one each time: the session's token, and the form's own id."""
    return re.sub(r'(name="(?:csrf_token|submission)" value=")[^"]*', r"\1", page.html)


@pytest.mark.parametrize(("path", "button"), FORMS.items())
def test_what_was_typed_and_refused_is_in_no_form_that_is_opened_afterwards(as_grace, path, button) -> None:
    before = without_tokens(as_grace.open(path))
    field = "Name" if "users" in path else "Message"
    as_grace.fill(field, "\u200b typed" if "users" in path else " \n ")
    assert as_grace.press(button).status == 422
    assert as_grace.page.errors
    assert without_tokens(as_grace.open(path)) == before


def test_a_form_that_is_first_made_while_one_is_sent_takes_nothing_of_it(app) -> None:
    blank.cache_clear()
    typed = {"name": "Eve", "email": "eve@example.org", "password": "secret secret", "csrf_token": "x"}
    with app.test_request_context("/users/new", method="POST", data=typed):
        assert [getattr(field, "text", None) for field in blank(SignUpForm)] == ["", "", ""]


def test_every_session_has_its_own_token_beside_the_same_fields(app) -> None:
    pages = [app.test_client().get("/account/sign-in").text for _ in range(2)]
    tokens = {token for page in pages for token in re.findall(r'name="csrf_token" value="([^"]+)', page)}
    assert len(tokens) == 2
    assert "csrf_token" not in [field.name for field in blank(SignInForm)]


def test_a_blank_form_has_no_field_by_name_into_which_something_could_be_put() -> None:
    assert not hasattr(blank(SignInForm), "email")


def test_a_blank_form_has_the_defaults_of_its_class(app) -> None:
    with app.test_request_context():
        assert [getattr(f, "text", f) for f in blank(AdminUserForm)] == [
            getattr(f, "text", None) for f in AdminUserForm()
        ]


def test_fields_are_drawn_again_by_another_macro(app) -> None:
    with app.test_request_context():
        form = blank(SignInForm)
        one, other = (app.jinja_env.from_string(f"{{% macro draw(form) %}}{n}{{% endmacro %}}").module for n in (1, 2))
        assert [form.drawn(each.draw) for each in (one, other, one)] == ["1", "2", "1"]


def test_a_blank_form_is_drawn_as_one_that_is_not_kept(app) -> None:
    drawing = app.jinja_env.get_template("macros/forms.html").module.fields
    for kind in (SignInForm, AdminUserForm, SignUpForm):
        with app.test_request_context():
            assert blank(kind).drawn(drawing) == drawing(kind())
