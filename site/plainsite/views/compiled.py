"""Templates as they were compiled before: a site that starts once more does not do it again."""

import pickle
from contextlib import suppress
from pathlib import Path

from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket

FOLDER = "compiled"  # in the instance folder; it may be deleted at any time


class Compiled(FileSystemBytecodeCache):
    """A folder of them. What cannot be kept or read there is compiled, as it would be without."""

    def __init__(self, instance: Path) -> None:
        """Take the instance folder; nothing is written before the first template is compiled."""
        super().__init__(str(instance / FOLDER))

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template, unless its source or Jinja is another now."""
        try:
            super().load_bytecode(bucket)
        except (OSError, EOFError, ValueError, pickle.UnpicklingError):
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep one that was compiled."""
        with suppress(OSError):  # read-only, or full
            Path(self.directory).mkdir(mode=0o700, exist_ok=True)
            super().dump_bytecode(bucket)
