"""Values of attached databases as their drivers give and take them."""

from typing import Any

from sqlalchemy import BindParameter, ColumnElement, case, cast, false, types
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.sql.type_api import TypeEngine

# Of PostgreSQL; the last are types that SQLAlchemy does not know, those made of columns among them.
INFERRED = {"DOMAIN", "REGCLASS", "null"}


class Raw(types.UserDefinedType[Any]):
    """A value as the driver has it: no conversion on the way in or out."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Say what it is called where SQL needs a name; it never does for a table that exists."""
        return "TEXT"


class Inferred(Raw):
    """A value of a type that PostgreSQL compares with a text only where it is told what that is one of.

    That is the column beside it; of a domain of choices, which it compares with nothing, the type that it is made of.
    """

    cache_ok = True

    class Comparator(types.UserDefinedType.Comparator[Any]):
        """Compares with a bound value that is told what it is."""

        def operate(self, op: OperatorType, *other: Any, **kwargs: Any) -> ColumnElement[Any]:
            """Compare."""
            column: ColumnElement[Any] = self.expr
            told = [beside(column, each) for each in other]
            if comparable(column) is column or all(new is old for new, old in zip(told, other, strict=True)):
                return super().operate(op, *told, **kwargs)
            return op(comparable(column), *told)  # type: ignore[no-any-return]

    comparator_factory = Comparator

    def __init__(self, base: TypeEngine[Any] | None = None) -> None:
        """Take the type that it is compared as, where that is another."""
        self.base = base


def comparable(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Give a column as what its engine compares."""
    base = column.type.base if isinstance(column.type, Inferred) else None
    return column if base is None else cast(column, base)


def beside(column: ColumnElement[Any], value: Any) -> Any:
    """Give a bound value, or a list of some, so that the engine reads it as one of a column's."""
    if isinstance(value, list):
        return [beside(column, each) for each in value]
    if not isinstance(column.type, Inferred) or not isinstance(value, BindParameter) or value.expanding:
        return value
    return case((false(), column), else_=value) if column.type.base is None else cast(value, column.type.base)


def passing(declared: TypeEngine[Any], engine: str) -> Raw:
    """Give the type under which the values of a declared one pass."""
    if engine != "postgresql" or declared.__visit_name__ not in INFERRED:
        return Raw()
    made_of = getattr(declared, "data_type", None)
    return Inferred(made_of if isinstance(made_of, types.Enum) else None)
