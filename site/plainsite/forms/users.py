"""Joining, and what an admin says of a user."""

from typing import Any, ClassVar

from plainsite.forms.base import Form, Press
from plainsite.forms.fields import ChoiceField, EmailField, PasswordField, TextField
from plainsite.forms.rules import at_least, at_most, email, filled, one_line, rules_for
from plainsite.models import LONGEST_PASSWORD, SHORTEST_PASSWORD, User

ROLES = {"member": "Member", "admin": "Admin"}


def name_field() -> Any:
    """Ask for a name."""
    return TextField(
        "Name",
        [*rules_for(User.name), one_line],
        hint="Shown beside messages.",
        called="a name",
        attributes={"autocomplete": "nickname", "spellcheck": "false"},
    )


def email_field(hint: str = "Used to sign in; not shown to others.") -> Any:
    """Ask for an e-mail address."""
    return EmailField(
        "E-mail",
        [*rules_for(User.email), one_line, email],
        hint=hint,
        called="an e-mail address",
        attributes={"autocomplete": "email"},
    )


def new_password_field(label: str = "Password") -> Any:
    """Ask for a password that is to be."""
    return PasswordField(
        label,
        [filled, at_least(SHORTEST_PASSWORD), at_most(LONGEST_PASSWORD)],
        hint=f"At least {SHORTEST_PASSWORD} characters; a few words are easier to keep in mind than signs.",
        called="a password",
        attributes={"autocomplete": "new-password"},
    )


class UserForm(Form):
    """Ask for a user's name and e-mail."""

    says: ClassVar = {
        "taken:name": "Choose another name: {typed} is taken",
        "taken:email": "Enter an e-mail address that no other user has: {typed} is taken",
        "last_admin": "Somebody has to stay an admin: make another user one first",
        "used": "This link has been used or replaced. Ask an admin for a new one",
    }

    name = name_field()
    email = email_field()


class SignUpForm(UserForm):
    """Ask somebody who joins for a name, an e-mail and a password."""

    says: ClassVar = UserForm.says | {
        "made": "You joined by this form before: sign in with the e-mail and the password that you gave then",
    }

    password = new_password_field()


class AdminUserForm(UserForm):
    """Ask an admin for a user's name, e-mail and role."""

    role = ChoiceField("Role", ROLES, default="member", hint="An admin may change everything and everybody.")


class DeleteUserForm(Press):
    """Ask whether a user is to go."""

    says: ClassVar = {
        "in_use": "Messages of this user are still here ({count:,}), so the user cannot be deleted: delete those first",
        "last_admin": "The last admin cannot be deleted: make another user an admin first",
    }


class CloseAccountForm(Press):
    """Ask whether an account is to be closed."""

    says: ClassVar = {
        "last_admin": "The last admin's account cannot be closed: make another user an admin first",
    }


class InviteForm(Press):
    """Ask whether a link for a password is to be made."""

    says: ClassVar = {
        "closed": "This account is closed, so no link would let anybody in: reopen it first",
        "unknown": "The user is not there any more: there is nobody to make a link for",
    }
