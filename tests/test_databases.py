"""Databases, opened."""

import subprocess
import sys

FORKED = """
import os, sys
from plainsite.databases import attach, open_own

file = f"sqlite:///{sys.argv[1]}/own.sqlite"
own, other = open_own(file), attach("other", file)
for database in (own, other):
    with database.engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
kept = [database.engine.pool.checkedin() for database in (own, other)]
child = os.fork()
if not child:
    os._exit(sum(database.engine.pool.checkedin() for database in (own, other)))
shared = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
print(kept, shared, [database.engine.pool.checkedin() for database in (own, other)])
"""


def test_a_forked_worker_shares_no_connection_with_its_parent_to_any_database(tmp_path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORKED, str(tmp_path)], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == "[1, 1] 0 [1, 1]"
