"""What a person has typed, ticked, chosen and attached on a page, over what the page was served with."""

from dataclasses import dataclass, field

from plainsite.testing.document import (
    Document,
    kind,
    line_count,
    option_is_disabled,
    option_text,
    option_value,
    options_of,
)
from plainsite.testing.dom import Element
from plainsite.testing.steps import nearest_stand
from plainsite.testing.values import sanitize

Value = str | bool | list[str]


@dataclass(frozen=True)
class File:
    """A file chosen in a file control."""

    name: str
    data: bytes
    content_type: str


@dataclass
class State:
    """The state of every control of a page."""

    document: Document
    values: dict[Element, str] = field(default_factory=dict)
    ticks: dict[Element, bool] = field(default_factory=dict)
    choices: dict[Element, list[Element]] = field(default_factory=dict)
    files: dict[Element, list[File]] = field(default_factory=dict)
    forged: dict[Element, dict[str, tuple[str, ...]]] = field(default_factory=dict)

    def reset(self, form: Element) -> None:
        """Forget what was done in a form, as its reset button does."""
        for held in (self.values, self.ticks, self.choices, self.files):
            for control in [each for each in held if self.document.owner(each) is form]:
                del held[control]

    def value(self, control: Element) -> str:
        """Give the value of an input, textarea or button: the typed one, else the served one."""
        if control in self.values:
            return self.values[control]
        what = kind(control)
        if what == "textarea":  # the parser of the standard drops one line end after the start tag
            return sanitize(what, (control.text or "").removeprefix("\n"))
        if what == "submit" and control.tag == "input":
            return control.get("value", "Submit") or ""
        served = sanitize(what, control.get("value") or "", several="multiple" in control.attrib)
        return nearest_stand(control, served) if what == "range" else served

    def is_checked(self, control: Element) -> bool:
        """Say whether a checkbox is ticked or a radio button is the chosen one of its group."""
        if kind(control) != "radio":
            return self.ticks.get(control, "checked" in control.attrib)
        group = self.group(control)
        ticked = [radio for radio in group if self.ticks.get(radio)]
        if not ticked and not any(radio in self.ticks for radio in group):
            ticked = [radio for radio in group if "checked" in radio.attrib]
        return bool(ticked) and ticked[-1] is control

    def tick(self, control: Element, *, on: bool = True) -> None:
        """Tick or clear a checkbox, or choose a radio button."""
        if kind(control) == "radio":
            self.ticks.update(dict.fromkeys(self.group(control), False))
        self.ticks[control] = on

    def group(self, radio: Element) -> list[Element]:
        """Give the radio buttons of which only one can be chosen together with this one."""
        name, form = radio.get("name"), self.document.owner(radio)
        if not name:
            return [radio]
        return [
            each
            for each in self.document.controls
            if each.get("name") == name and kind(each) == "radio" and self.document.owner(each) is form
        ]

    def chosen(self, select: Element) -> list[Element]:
        """Give a select's chosen options: what was chosen, else what was served, else the first that can be."""
        if select in self.choices:
            return self.choices[select]
        options = options_of(select)
        served = [option for option in options if "selected" in option.attrib]
        if "multiple" in select.attrib:
            return served
        if not served and line_count(select) == 1:
            served = [option for option in options if not option_is_disabled(option)][:1]
        return served[-1:]

    def shown(self, control: Element) -> Value:
        """Give the state of a control in a person's words: its text, whether it is ticked, the chosen option's text."""
        what = kind(control)
        if what in {"checkbox", "radio"}:
            return self.is_checked(control)
        if what == "select":
            texts = [option_text(option) for option in self.chosen(control)]
            return texts if "multiple" in control.attrib else "".join(texts)
        if what == "file":
            names = [file.name for file in self.files.get(control, [])]
            return names if "multiple" in control.attrib else "".join(names)
        return self.value(control)

    def chosen_values(self, select: Element) -> list[str]:
        """Give what a select sends: disabled options never."""
        return [option_value(option) for option in self.chosen(select) if not option_is_disabled(option)]
