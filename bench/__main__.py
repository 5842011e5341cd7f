"""Measures the site's pages against a floor, in this process, on the same rows, in turns.

make bench
.venv/bin/python -m bench --rows 1000000 --rounds 30
"""

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.measured import rows, start
from bench.measured.subjects import NEW_USER, Answer, Subject, the_floor, the_site

TURN = 0.1  # seconds of one subject's turn at one page; short, so that a slow spell of the machine falls on both
SEE_OTHER = 303
PAGE = 50
TABLE = "/data/site/messages/?sort=created_at&down=1"  # the site's own messages, as the tables of any database are

Visit = Callable[[Subject], Answer]


def visits(count: int) -> dict[str, Visit]:
    """Give what is measured, by name."""
    middle = count // 2
    return {
        "messages, first page": lambda one: one.get("/messages/"),
        "messages, last page": lambda one: one.get("/messages/?at=last"),
        "a table, first page": lambda one: one.get(TABLE),
        "a table, last page": lambda one: one.get(f"{TABLE}&at=last"),
        "search, a rare word": lambda one: one.get(f"/messages/?words={rows.RARE}"),
        "one message": lambda one: one.get(f"/messages/{middle}"),
        "users, first page": lambda one: one.get("/users/"),
        "new user's form": lambda one: one.get(NEW_USER),
        "new user": Subject.add_user,  # the last: the faster subject adds more of them
    }


def main() -> None:
    """Measure, and print a table."""
    asked = argparse.ArgumentParser("bench", description=(__doc__ or "").partition("\n")[0])
    asked.add_argument("--rows", type=int, default=10_000, help="messages in the database (default 10,000)")
    asked.add_argument("--rounds", type=int, default=15, help="turns of each at each page (default 15)")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.sqlite"
        rows.make(file, given.rows)
        subjects = [the_floor(file), the_site(file)]
        say(
            f"{given.rows:,} messages. Milliseconds of processor time for one request, median of {given.rounds} turns\n"
        )
        say(f"{'':24}{'floor':>10}{'plainsite':>12}{'ratio':>8}{'KiB':>8}")
        for name, visit in visits(given.rows).items():
            size = check(name, visit, subjects)
            floor, site, ratio = compare(visit, subjects, given.rounds)
            say(f"{name:24}{floor:>10.3f}{site:>12.3f}{ratio:>8.1f}{size:>8.1f}")
        seconds, memory = starts(file)
        say(f"\nStart to first page: {seconds:.2f} s. Memory after 30 more: {memory} MiB.")


def check(name: str, visit: Visit, subjects: list[Subject]) -> float:
    """See that both answer well and show the same messages; give the KiB of the site's answer."""
    floor, site = (visit(one) for one in subjects)
    expected = {"new user": SEE_OTHER}.get(name, 200)
    lists = ("messages, first page", "messages, last page", "a table, first page", "a table, last page")
    shown = {**dict.fromkeys(lists, PAGE), "search, a rare word": rows.RARE_COUNT}
    right = floor.status == site.status == expected and floor.marks == site.marks
    if not right or len(site.marks) != shown.get(name, len(site.marks)):
        sys.exit(f"{name}: the floor answers {floor.status}, the site {site.status}; both must show the same messages")
    return len(site.text.encode()) / 1024


def compare(visit: Visit, subjects: list[Subject], rounds: int) -> tuple[float, float, float]:
    """Give each subject's milliseconds, and the median of the rounds' own ratios."""
    medians: dict[str, list[float]] = {one.name: [] for one in subjects}
    for _ in range(rounds):
        for one in random.sample(subjects, len(subjects)):
            medians[one.name].append(turn(visit, one))
    floor, site = medians.values()
    ratio = statistics.median(b / a for a, b in zip(floor, site, strict=True))
    return statistics.median(floor) * 1000, statistics.median(site) * 1000, ratio


def turn(visit: Visit, subject: Subject) -> float:
    """Let one subject answer for a while; give its median in seconds."""
    until = time.perf_counter() + TURN
    taken: list[float] = []
    while not taken or time.perf_counter() < until:
        taken.append(visit(subject).seconds)
    return statistics.median(taken)


def starts(file: Path, times: int = 5) -> tuple[float, str]:
    """Start the site some times in a process of its own: the median seconds, and the memory it told."""
    seconds, memory = [], ""
    for _ in range(times):
        begun = time.perf_counter()
        command = [sys.executable, "-m", start.__name__, str(file)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ourselves
            told = process.stdout
            if told is None or told.readline() != "ready\n":
                sys.exit("the site did not start")
            seconds.append(time.perf_counter() - begun)
            memory = told.readline().strip()
    return statistics.median(seconds), memory


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
