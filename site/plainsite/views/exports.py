"""Tables as files: what an address asks of a table, all of it, without holding it."""

import re

from flask import Response, abort, flash, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DataError, SQLAlchemyError

from plainsite.services.queries import TooMuch
from plainsite.services.streams import Stream
from plainsite.services.tablefiles import csv_of, json_lines_of
from plainsite.views import tables
from plainsite.views.data import narrow, pages
from plainsite.views.deleting import MOST_CHOSEN

WRITERS = {"csv": csv_of, "jsonl": json_lines_of}
TYPES = {"csv": "text/csv; charset=utf-8; header=present", "jsonl": "application/jsonl; charset=utf-8"}


@pages.route("/<name>/<table>/+export.<any(csv, jsonl):kind>", methods=["GET", "POST"])
def export(name: str, table: str, kind: str) -> ResponseReturnValue:
    """Give a table's rows as a file: all that the address asks for, or those chosen by their keys.

    The connection that they come from outlives this view, and ends with them.
    """
    place, query = tables.place_of(name, table), tables.asked(request.args)
    keys = [tables.key_of(key) for key in request.values.getlist("key")]
    if len(keys) > MOST_CHOSEN or (request.method == "POST" and not keys):
        flash(f"Choose at most {MOST_CHOSEN} records." if keys else "Choose the records first.")
        return redirect(tables.with_query(place.address, query), 303)
    try:
        stream = Stream(place.database.streams, place.relation, query, keys=keys or None)
    except TooMuch as error:
        return narrow(place, query, error)
    except (ValueError, OverflowError):
        abort(404)
    except SQLAlchemyError as error:
        if keys and isinstance(error, DataError):
            abort(404)
        return narrow(place, query, error)
    answer = Response(WRITERS[kind](stream.columns, stream), content_type=TYPES[kind])
    answer.call_on_close(stream.close)  # also of one who leaves half-way, or asks for the head alone
    file = re.sub(r"[^\w.-]+", "_", place.relation.name).strip("._") or "table"
    answer.headers.set("Content-Disposition", "attachment", filename=f"{file}.{kind}")
    return answer
