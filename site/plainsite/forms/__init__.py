"""What people fill in. Forms know columns and words; they ask no database."""
