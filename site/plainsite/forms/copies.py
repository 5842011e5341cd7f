"""What a new record's form is filled with to become like a record that is there."""

from sqlalchemy import Row
from werkzeug.datastructures import MultiDict

from plainsite.forms.codecs import codec_for, why_frozen
from plainsite.forms.merging import NULL
from plainsite.forms.sent import CHOSEN
from plainsite.kinds import is_secret
from plainsite.reflection import Relation


def copied(relation: Relation, record: Row[tuple[object, ...]]) -> MultiDict[str, str]:
    """Give what such a form would send: all but the key, secrets, files and what the database itself fills in."""
    sent: MultiDict[str, str] = MultiDict()
    for number, (column, stored) in enumerate(zip(relation.table.columns, record, strict=True)):
        name, codec = f"c{number}", codec_for(column, stored)
        left = column.primary_key or is_secret(column.name) or codec.control == "file"
        if left or stored is None or why_frozen(column, stored, codec):
            sent[f"{name}-null"] = "y"
            if stored is None and codec.control in CHOSEN and not left:
                sent[name] = NULL
        elif codec.control == "checkbox":
            sent.setlist(name, [f"={value}" for value in codec.show(stored).split(",")])
        else:
            sent[name] = f"={codec.show(stored)}" if codec.control in CHOSEN else codec.show(stored)
    return sent
