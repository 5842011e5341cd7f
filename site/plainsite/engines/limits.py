"""What bounds a statement or a connection, on every engine."""

UNTIMED = "plainsite_untimed"  # the execution option of a statement that may run as long as it takes: a stream
# The execution option of a statement whose texts are taken for texts, which costs less; where one is none it fails.
TEXTS = "plainsite_texts"
CONNECT_WITHIN = 5  # seconds
LONGEST_PAUSE = 600  # seconds for which a stream waits for its next rows, and its server for whoever takes them
