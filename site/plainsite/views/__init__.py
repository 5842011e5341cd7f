"""What visitors meet: addresses, and a handful of lines for each."""
