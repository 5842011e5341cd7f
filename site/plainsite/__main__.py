"""`plainsite`, and `python -m plainsite`."""

import gc

from plainsite import without_collection


def main() -> None:
    """Run the command."""
    with without_collection():
        from plainsite.cli.command import main as run  # noqa: PLC0415
    gc.freeze()  # what was imported stays for good; nothing else of the process is there yet
    run()


if __name__ == "__main__":
    main()
