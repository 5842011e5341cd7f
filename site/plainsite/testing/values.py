"""What the value of each kind of control may look like, by the HTML standard's value sanitization."""

import re
from collections.abc import Callable
from datetime import date, time
from math import isfinite

NUMBER = re.compile(r"-?(\d+(\.\d+)?|\.\d+)([eE][-+]?\d+)?", re.ASCII)
TIME = re.compile(r"(\d\d):(\d\d)(?::(\d\d)(\.\d{1,3})?)?", re.ASCII)
COLOR = re.compile(r"#[0-9a-f]{6}")
BREAKS = re.compile(r"[\r\n]")
BLANKS = " \t\n\f\r"


def sanitize(kind: str, value: str, *, several: bool = False) -> str:
    """Give the value of a control of this kind when it is told this one; "" where the kind allows no such value.

    `several`: of an e-mail control that takes several addresses.
    """
    if kind in {"hidden", "checkbox", "radio", "submit", "reset", "button", "image"}:
        return value
    if kind == "textarea":
        return re.sub("\r\n?", "\n", value)
    if kind in RULES:
        return RULES[kind](value)
    value = BREAKS.sub("", value)
    if kind == "email":
        return ",".join(_address(each) for each in (value.split(",") if several else [value]))
    return value.strip(BLANKS) if kind == "url" else value


def length(text: str) -> int:
    """Count as browsers do for maxlength: in UTF-16 code units, a line end as one."""
    return len(text) + sum(character > "\uffff" for character in text)


def _number(value: str) -> str:
    return value if NUMBER.fullmatch(value) and isfinite(float(value)) else ""


def _address(value: str) -> str:
    """Give an e-mail address as it is sent: a domain of other letters in its ASCII form."""
    name, at, domain = value.strip(BLANKS).partition("@")
    try:
        return name + at + (domain if domain.isascii() else domain.encode("idna").decode())
    except UnicodeError:
        return name + at + domain


def _color(value: str) -> str:
    """Give the colour in full; names of colours, which the newest browsers take, are none here."""
    lower = value.strip(BLANKS).lower()
    if re.fullmatch("#[0-9a-f]{3}", lower):
        lower = "#" + "".join(digit * 2 for digit in lower[1:])
    return lower if COLOR.fullmatch(lower) else "#000000"


def _date(value: str) -> str:
    try:
        return value if re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII) and date.fromisoformat(value) else ""
    except ValueError:
        return ""


def _month(value: str) -> str:
    return value if _date(f"{value}-01") else ""


def _week(value: str) -> str:
    try:
        parts = re.fullmatch(r"(\d{4})-W(\d\d)", value, re.ASCII)
        return value if parts and date.fromisocalendar(int(parts[1]), int(parts[2]), 1) else ""
    except ValueError:
        return ""


def _time(value: str) -> str:
    parts = TIME.fullmatch(value)
    try:
        return value if parts and time(int(parts[1]), int(parts[2]), int(parts[3] or 0)) is not None else ""
    except ValueError:
        return ""


def _local(value: str) -> str:
    """Normalize as browsers do: a `T` between, the seconds only when there are any."""
    day, hours = value[:10], value[11:]
    if value[10:11] not in {"T", " "} or not (_date(day) and _time(hours)):
        return ""
    minutes, seconds, rest = hours[:5], hours[6:8], hours[9:].rstrip("0")
    shown = f":{seconds}" if rest or seconds not in {"", "00"} else ""
    return f"{day}T{minutes}{shown}{'.' if rest else ''}{rest}"


RULES: dict[str, Callable[[str], str]] = {
    "number": _number,
    "range": _number,
    "color": _color,
    "date": _date,
    "month": _month,
    "week": _week,
    "time": _time,
    "datetime-local": _local,
}
FORMATS = {
    "number": "a number such as -1.5",
    "range": "a number such as 50",
    "color": "a colour such as #a0b1c2",
    "date": "a date such as 2026-11-20",
    "month": "a month such as 2026-11",
    "week": "a week such as 2026-W47",
    "time": "a time such as 06:30 or 06:30:15.5",
    "datetime-local": "a date and time such as 2026-11-20T06:30",
}
