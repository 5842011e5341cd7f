"""Writing a message."""

from typing import ClassVar

from plainsite.forms.base import Form
from plainsite.forms.fields import LongTextField
from plainsite.forms.rules import rules_for, storable, visible
from plainsite.models import Message


class MessageForm(Form):
    """Ask for the text of a message."""

    says: ClassVar = {
        "unknown": "Your account is not there any more, so the message could not be kept. Copy it before you leave",
    }

    body = LongTextField(
        "Message",
        [*rules_for(Message.body), storable, visible],
        hint="Markdown works: *emphasis*, `code`, > quotes, - lists, links. It is kept as you type it.",
        called="a message",
        attributes={"rows": 8},
    )
