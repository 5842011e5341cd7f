"""What the pages cost: `make bench` measures them against a floor; plainsite.py takes part in a wider comparison."""
