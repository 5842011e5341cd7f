"""Asking a database: a statement, what it asks for, and the name under which it is saved."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, ClassVar

from plainsite.forms.base import Form
from plainsite.forms.fields import LongTextField, TextField
from plainsite.forms.rules import at_most, filled, one_line, rules_for, storable
from plainsite.models import LONGEST_STATEMENT, SavedQuery

PARAMETER = "p-"  # begins the names of the fields of parameters, which may be called what a form needs for itself
MOST_CHARACTERS = 10_000  # of a parameter's value
CODE = {"rows": 8, "spellcheck": "false", "autocapitalize": "off", "class": "code"}
SAYS = {"taken": "Another saved query of this database is called {typed}: choose another name"}


class ParameterField(TextField):
    """The value of a parameter."""

    def clean(self, typed: str) -> str:
        """Keep it as typed: blanks may be meant."""
        return typed


class QueryForm(Form):
    """Ask for what a statement needs; the classes made from it add a field for each parameter."""

    says: ClassVar = SAYS

    def given(self) -> dict[str, str]:
        """Give the parameters' values, by name."""
        names = ((name, name.removeprefix(PARAMETER)) for name in self._fields if name.startswith(PARAMETER))
        return {name: self._fields[field].data or "" for field, name in names}

    def forgive(self) -> None:
        """Forget what is wrong with what was sent."""
        for field in self._fields.values():
            field.errors = []

    def say(self, words: str) -> None:
        """Say what is wrong with the statement, at its field where there is one."""
        if "statement" in self._fields:
            field = self._fields["statement"]
            field.errors = [*field.errors, words]
        else:
            self.form_errors.append(words)


class SavedQueryForm(Form):
    """Change a saved query."""

    says: ClassVar = SAYS

    name = TextField("Name", [*rules_for(SavedQuery.name), one_line], called="a name")
    statement = LongTextField(
        "Statement", [filled, at_most(LONGEST_STATEMENT), storable], called="a statement", attributes=CODE
    )


@lru_cache(256)
def form_for(parameters: Sequence[str], *, saved: bool) -> type[QueryForm]:
    """Give the form for a statement with some parameters; that of a saved one asks for nothing else."""
    fields: dict[str, Any] = {}
    if not saved:
        fields["statement"] = LongTextField(
            "Statement",
            [filled, at_most(LONGEST_STATEMENT), storable],
            called="a statement",
            hint="One statement that reads. What is written :like_this becomes a field.",
            attributes=CODE,
        )
    for name in parameters:
        fields[PARAMETER + name] = ParameterField(f":{name}", [at_most(MOST_CHARACTERS), storable])
    if not saved:
        fields["name"] = TextField("Name", [at_most(100), one_line], hint="To save it under.", optional=True)
    return type("AskingForm", (QueryForm,), fields)
