"""Lists on MariaDB, whose planner would rather sort all messages, and read every one before a page."""

from contextlib import closing

from sqlalchemy import event, insert

from plainsite import migrations
from plainsite.databases import open_own
from plainsite.models import Message, User, now
from plainsite.services import messages


def test_a_page_of_messages_is_read_from_its_index_wherever_it_is(make_database, tmp_path):
    empty = tmp_path / "empty.sql"
    empty.write_text("SELECT 1;")
    asked: list[tuple[str, object]] = []
    with closing(open_own(make_database("mariadb", empty))) as database:
        migrations.upgrade(database.engine)
        with database.engine.begin() as connection:
            people = [
                {
                    "id": n,
                    "name": f"N{n}",
                    "name_key": f"n{n}",
                    "email": f"{n}@x.example",
                    "email_key": f"{n}@x.example",
                }
                for n in range(1, 101)
            ]
            connection.execute(insert(User.__table__), [{"role": "member", "created_at": now(), **p} for p in people])
            rows = [{"author_id": 1 + n % 100, "body": f"message {n}", "created_at": now()} for n in range(20_000)]
            connection.execute(insert(Message.__table__), rows)
            connection.exec_driver_sql("ANALYZE TABLE messages, users")
        event.listen(database.engine, "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))
        page = messages.find_page(database.session())
        for _ in range(3):
            page = messages.find_page(database.session(), after=page.after)
        messages.find_page(database.session(), before=page.before)
        last = messages.find_page(database.session(), last=True)
        messages.find_page(database.session(), before=last.before)
        database.remove()
        plans = []
        with database.engine.connect() as connection:
            for statement, values in asked:
                if statement.startswith("SELECT messages.id"):
                    plans.append(connection.exec_driver_sql(f"EXPLAIN {statement}", values).first())
    assert len(plans) == 7
    assert {plan.table: plan.key for plan in plans} == {"messages": "ix_messages_newest"}
    assert [plan.Extra for plan in plans if "temporary" in plan.Extra or "filesort" in plan.Extra] == []
    assert [plan.type for plan in plans] == ["index", *["range"] * 4, "index", "range"], "what is before is not read"
