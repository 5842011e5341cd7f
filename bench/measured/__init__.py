"""What `make bench` measures: the rows, the site, and the floor below it."""
