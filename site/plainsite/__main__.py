"""`python -m plainsite`."""

from plainsite.cli import main

main()
