"""Times as pages say them: UTC, to the minute for people, to the second for programs."""


def iso(at: object) -> str:
    """Say a time, or its text, for programs (RFC 3339)."""
    return str(at)[:19].replace(" ", "T") + "Z"


def said(at: object) -> str:
    """Say a time, or its text, for people."""
    return str(at)[:16]
