-- Few columns, of each kind that a write may be refused for: a key of two, a unique one, and one that may be NULL.
CREATE TABLE things (
  shelf VARCHAR(9) NOT NULL,
  place INTEGER NOT NULL,
  code VARCHAR(9) NOT NULL UNIQUE,
  note VARCHAR(40),
  PRIMARY KEY (shelf, place)
);
