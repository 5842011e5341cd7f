"""`plainsite`, and `python -m plainsite`."""

from plainsite import without_collection


def main() -> None:
    """Run the command."""
    with without_collection():
        from plainsite.cli import main as run  # noqa: PLC0415
    run()


if __name__ == "__main__":
    main()
