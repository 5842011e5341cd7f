"""What a person does on a page: fill in, choose, tick, attach, press, follow."""

import re
from abc import ABC, abstractmethod
from mimetypes import guess_type
from typing import TYPE_CHECKING

from plainsite.testing.document import TEXT_KINDS, is_disabled, kind, options_of
from plainsite.testing.dom import Element, describe, fold
from plainsite.testing.errors import NotOnPage, NotPossible
from plainsite.testing.finding import WRITTEN, Part, known, option, refuse_readonly
from plainsite.testing.scopes import scope
from plainsite.testing.state import File
from plainsite.testing.steps import nearest_stand
from plainsite.testing.values import FORMATS, length, sanitize

if TYPE_CHECKING:
    from plainsite.testing.browser import Browser
    from plainsite.testing.page import Page


class Actions(ABC):
    """What can be done on a page or in a part of it. All raise NotOnPage, Ambiguous or NotPossible."""

    @property
    @abstractmethod
    def _part(self) -> Part: ...

    @property
    @abstractmethod
    def _browser(self) -> "Browser": ...

    def fill(self, label: str | None = None, value: str = "", /, *, typed: bool = True, **values: str) -> None:
        """Type a value into the text control with this label, in place of what it held.

        Several at once by keyword, `_` for a space or a sign: `fill(Name="Ada", E_mail="ada@example.org")`. What a
        keyboard could not enter is refused: more than `maxlength` (in UTF-16 code units), text in a number or date
        control, anything in a read-only one. `typed=False` puts the value in all the same and as it is, as a request
        made by hand would carry it.
        """
        wanted = [] if label is None else [(label, value)]
        for name, text in [*wanted, *((self._label(name), text) for name, text in values.items())]:
            control = self._part.control(name, WRITTEN)
            self._part.page.state.values[control] = _typed(control, text) if typed else text

    def choose(self, label: str, *options: str) -> None:
        """Choose by text in a select, or by label in a group of radio buttons; several options where several may be."""
        part, state = self._part, self._part.page.state
        for text in options:
            radio = part.radio(label, text)
            if radio is not None:
                state.tick(radio)
                continue
            select = part.control(label, {"select"})
            if len(options) > 1 and "multiple" not in select.attrib:
                message = f"{describe(select)} labelled {label!r} takes one option, not {len(options)}"
                raise NotPossible(message)
            chosen = [option(select, each) for each in options]
            state.choices[select] = [each for each in options_of(select) if each in chosen]
        if not options:
            select = part.control(label, {"select"})
            if "multiple" not in select.attrib:
                message = f"{describe(select)} labelled {label!r}: say which option to choose"
                raise NotPossible(message)
            state.choices[select] = []

    def check(self, label: str) -> None:
        """Tick the checkbox with this label, or the radio button of a group that has no name."""
        self._part.page.state.tick(self._part.box(label))

    def uncheck(self, label: str) -> None:
        """Clear the checkbox with this label."""
        self._part.page.state.tick(self._part.control(label, {"checkbox"}), on=False)

    def attach(self, label: str, filename: str, data: bytes = b"", content_type: str | None = None) -> None:
        """Choose a file in the file control with this label; where it takes several, one more.

        Its content type is guessed from its name when not given.
        """
        control, files = self._part.control(label, {"file"}), self._part.page.state.files
        file = File(filename, data, content_type or guess_type(filename)[0] or "application/octet-stream")
        files[control] = [*files.get(control, []), file] if "multiple" in control.attrib else [file]

    def forge(self, name: str, *values: str) -> None:
        """Let the forms here send these values under this name, in place of their own, as a request made by hand could.

        `forge("csrf_token")` leaves the token out, `forge("role", "admin")` adds what no control offers.
        """
        forms = self._part.inside(self._part.document.forms)
        for form in forms:
            self._part.page.state.forged.setdefault(form, {})[name] = values
        if not forms:
            raise NotOnPage("form to send", name, [])

    def press(self, button: str, *, validate: bool = True, lost: bool = False) -> "Page":
        """Press the button with this text, and give the page that it leads to, redirects followed.

        What is sent is what a browser sends: the form as it was served, with what was filled in, its hidden fields and
        this button, no other. A form that a browser would hold back (`required`, `pattern`, `type=email`, ...) raises
        NotSent; `validate=False` sends it as a browser without these checks does. When the answer is `lost`, the page
        stays, with the cookies that were there: pressed again, that is a double click.
        """
        pressed = self._part.button(button)
        form = self._part.document.owner(pressed)
        if kind(pressed) == "reset" and form is not None:
            self._part.page.state.reset(form)
            return self._part.page
        if form is None or kind(pressed) == "button":
            message = f"{describe(pressed)} does nothing without JavaScript" + (": no form" if form is None else "")
            raise NotPossible(message)
        return self._browser.submit(form, pressed, validate=validate, lost=lost)

    def enter(self, label: str, *, validate: bool = True) -> "Page":
        """Press Enter in the text control with this label: as if the form's first button were pressed."""
        control = self._part.control(label, WRITTEN - {"textarea"})
        form = self._part.document.owner(control)
        if form is None:
            message = f"{describe(control)} belongs to no form"
            raise NotPossible(message)
        controls = self._part.document.controls_of(form)
        buttons = [each for each in controls if kind(each) in {"submit", "image"}]
        if not buttons and sum(kind(each) in WRITTEN - {"textarea", "color", "range"} for each in controls) > 1:
            message = f"Enter in {describe(control)} does nothing: its form has several text controls and no button"
            raise NotPossible(message)
        pressed = buttons[0] if buttons else None  # also one that nobody sees: so a form says what Enter presses
        if pressed is not None and is_disabled(pressed):
            self._part.usable(pressed)
        return self._browser.submit(form, pressed, validate=validate)

    def follow(self, link: str) -> "Page":
        """Follow the link with this text, and give the page that it leads to."""
        return self._browser.visit(self._part.link(link))

    def within(self, name: str) -> "Within":
        """Give the part of the page that bears this name, to do something just there.

        A form (by its label, `name` or `id`), a region, fieldset or section by its label, legend or heading, or the row
        of a table by the text of one of its cells.
        """
        return Within(self._browser, self._part.page, scope(self._part.labels, fold(name)))

    def _label(self, keyword: str) -> str:
        """Give the label that a keyword stands for."""
        labels = known(self._part.page, self._part.controls(WRITTEN))
        return next((label for label in labels if re.sub(r"\W", "_", label) == keyword), keyword.replace("_", " "))


class Within(Actions):
    """A part of a page. It is gone when the page is."""

    def __init__(self, browser: "Browser", page: "Page", element: Element) -> None:
        """Take the browser, its page and the element to stay within."""
        self._owner, self._page, self._element = browser, page, element

    @property
    def _browser(self) -> "Browser":
        return self._owner

    @property
    def _part(self) -> Part:
        if self._owner.page is not self._page:
            message = f"{describe(self._element)} was on {self._page!r}; the browser now shows {self._owner.page!r}"
            raise NotPossible(message)
        return Part(self._page, self._element)


def _typed(control: Element, text: str) -> str:
    """Give what a control holds once this was typed into it."""
    what, most = kind(control), (control.get("maxlength") or "").strip()
    refuse_readonly(control)
    value = sanitize(what, text, several="multiple" in control.attrib)
    blank = not value or (value == "#000000" and text.lower() not in {"#000000", "#000"})
    if what in FORMATS and text and blank:
        message = f"{describe(control)} takes {FORMATS[what]}, not {text!r} (typed=False puts it in all the same)"
        raise NotPossible(message)
    if what == "range" and nearest_stand(control, value) != value:
        message = f"{describe(control)} stands at {nearest_stand(control, value)}, or elsewhere, but not at {value}"
        raise NotPossible(message)
    if what in TEXT_KINDS | {"textarea"} and most.isdigit() and length(value) > int(most):
        message = (
            f"{describe(control)} takes {most} characters, and this text has {length(value)} "
            "(typed=False puts it in all the same)"
        )
        raise NotPossible(message)
    return value
