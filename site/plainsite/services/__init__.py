"""What the site does, in plain SQLAlchemy: see README.md beside this file."""
