"""The statements that run now, so that whoever started some can end them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Lock


class Running:
    """Notes, in one process, of what ends each statement. Owners are whatever tells them apart."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = Lock()
        self._ends: dict[object, list[Callable[[], None]]] = {}

    @contextmanager
    def noted(self, owner: object, end: Callable[[], None]) -> Iterator[Callable[[], bool]]:
        """Note what ends a statement while it runs; give what tells whether it was told to end."""
        told: list[bool] = []

        def stop() -> None:
            told.append(True)
            end()

        with self._lock:
            self._ends.setdefault(owner, []).append(stop)
        try:
            yield lambda: bool(told)
        finally:
            with self._lock:
                self._ends[owner].remove(stop)
                if not self._ends[owner]:
                    del self._ends[owner]

    def end(self, owner: object) -> int:
        """End the statements of an owner; give how many there were."""
        with self._lock:
            ends = list(self._ends.get(owner, ()))
        for stop in ends:
            with suppress(Exception):  # it has just ended by itself
                stop()
        return len(ends)
