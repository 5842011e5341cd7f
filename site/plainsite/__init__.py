"""A server-rendered site of users and messages, where the database is the judge."""

__version__ = "0.1.0"
