"""Signing in, and passwords."""

from typing import ClassVar

from plainsite.forms.base import Form, Press
from plainsite.forms.fields import EmailField, PasswordField
from plainsite.forms.rules import at_most, filled
from plainsite.forms.users import new_password_field
from plainsite.models import LONGEST_PASSWORD


class SignInForm(Form):
    """Ask who somebody is."""

    says: ClassVar = {
        "wrong:email": "This e-mail and password do not belong together: check both",
        "wrong:password": "This e-mail and password do not belong together: enter the password again",
    }

    email = EmailField(
        "E-mail", [filled, at_most(1000)], called="your e-mail address", attributes={"autocomplete": "username"}
    )
    password = PasswordField(
        "Password",
        [filled, at_most(LONGEST_PASSWORD)],
        called="your password",
        attributes={"autocomplete": "current-password"},
    )


class ChangePasswordForm(Form):
    """Ask for the password that is and the one that is to be."""

    says: ClassVar = {"wrong": "This is not your password: enter it again"}

    current = PasswordField(
        "Current password",
        [filled, at_most(LONGEST_PASSWORD)],
        called="your current password",
        attributes={"autocomplete": "current-password"},
    )
    password = new_password_field("New password")


class BecomeAdminForm(Press):
    """Ask a user who holds the link whether to become the first admin."""

    says: ClassVar = {"used": "This link has been used or replaced, or there is an admin already"}


class SetPasswordForm(Form):
    """Ask for a first password, or one in place of a forgotten one."""

    says: ClassVar = {"used": "This link has been used or replaced. Ask an admin for a new one"}

    password = new_password_field("New password")
