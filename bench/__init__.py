"""What the pages cost: `make bench` measures them against a floor, and plainsite.py joins a wider comparison."""
