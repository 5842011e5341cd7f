"""Where a number, a date or a slider may stand: `min`, `max` and `step`, by the HTML standard."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from plainsite.testing.document import kind
from plainsite.testing.dom import Element
from plainsite.testing.values import sanitize

EPOCH = date(1970, 1, 1).toordinal()
FIRST_WEEK = date.fromisocalendar(1970, 1, 1).toordinal()
MINUTE, DAY = 60, 86400
STEPS = {"time": MINUTE, "datetime-local": MINUTE}
STEPPED = frozenset({"number", "range", "date", "month", "week", "time", "datetime-local"})


def amount(kind: str, value: str) -> Fraction | None:
    """Give a value of this kind as a number: of days, months, weeks or seconds where it is a time; None for none."""
    value = sanitize(kind, value)
    if not value or kind not in STEPPED:
        return None
    if kind in {"number", "range"}:
        return Fraction(value) if float(value) else Fraction(0)
    if kind == "month":
        return Fraction(int(value[:4]) * 12 + int(value[5:]))
    if kind == "week":
        return Fraction(date.fromisocalendar(int(value[:4]), int(value[6:]), 1).toordinal() - FIRST_WEEK, 7)
    if kind == "time":
        return _seconds(value)
    days = date.fromisoformat(value[:10]).toordinal() - EPOCH
    return Fraction(days) if kind == "date" else days * DAY + _seconds(value[11:])


def misplaced(control: Element, value: str) -> Iterator[str]:
    """Give what a browser objects to in the value of a number or date control."""
    what = kind(control)
    at, low, high = amount(what, value), _bound(control, "min"), _bound(control, "max")
    if at is None or what == "range":  # a slider cannot be put where it may not stand
        return
    if what == "time" and low is not None and high is not None and low > high:  # over midnight
        if high < at < low:
            yield f"is from {control.get('min')} to {control.get('max')}, and is {value}"
    else:
        if low is not None and at < low:
            yield f"is at least {control.get('min')}, and is {value}"
        if high is not None and at > high:
            yield f"is at most {control.get('max')}, and is {value}"
    step = _step(control)
    if step and (at - _base(control)) % step:
        yield f"goes in steps of {_written(step)}{' seconds' if what in STEPS else ''} (step=), and is {value}"


def nearest_stand(control: Element, value: str) -> str:
    """Give where a slider stands when told this value: its middle when not told, never outside of its ends or steps."""
    low, high = _bound(control, "min") or Fraction(0), _bound(control, "max")
    high = Fraction(100) if high is None else high
    told = amount("range", value)
    at = told if told is not None else low + max(high - low, Fraction(0)) / 2
    at = max(low, min(at, high))
    step = _step(control)
    if step and (at - _base(control)) % step:
        below = at - (at - _base(control)) % step
        places = [each for each in (below + step, below) if low <= each <= high]
        at = min(places, key=lambda each: abs(each - at), default=at)
    return value if at == told else _written(at)


def _bound(control: Element, name: str) -> Fraction | None:
    return amount(kind(control), control.get(name) or "")


def _base(control: Element) -> Fraction:
    """Give where the steps begin: at `min`, else at the value that was served."""
    bounds = (_bound(control, name) for name in ("min", "value"))
    return next((each for each in bounds if each is not None), Fraction(0))


def _step(control: Element) -> Fraction | None:
    """Give the step, None where any value may be."""
    said = (control.get("step") or "").strip().lower()
    if said == "any":
        return None
    step = amount("number", control.get("step") or "")
    return step if step is not None and step > 0 else Fraction(STEPS.get(kind(control), 1))


def _seconds(value: str) -> Fraction:
    hours, minutes, *seconds = value.split(":")
    return (int(hours) * 60 + int(minutes)) * MINUTE + sum(map(Fraction, seconds), Fraction(0))


def _written(number: Fraction) -> str:
    """Write a number as scripts do: no more digits than it has."""
    return str(number.numerator) if number.denominator == 1 else repr(float(number))
