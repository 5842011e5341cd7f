"""Times as pages say them: UTC, to the minute for people, to the second for programs."""

import datetime


def iso(at: datetime.datetime) -> str:
    """Say a time for programs (RFC 3339)."""
    return at.isoformat("T", "seconds") + "Z"


def said(at: datetime.datetime) -> str:
    """Say a time for people."""
    return at.isoformat(" ", "minutes")
