-- Records to be edited by several at once; written so that SQLite, PostgreSQL and MariaDB all take it.
CREATE TABLE cities (id INTEGER PRIMARY KEY, name VARCHAR(50) NOT NULL);
CREATE TABLE people (
  id INTEGER PRIMARY KEY,
  name VARCHAR(50) NOT NULL,
  town VARCHAR(50),
  born DATE,
  score NUMERIC(10, 2),
  active BOOLEAN,
  notes TEXT,
  api_token VARCHAR(50),
  city_id INTEGER REFERENCES cities (id)
);
CREATE TABLE seats (line INTEGER NOT NULL, letter VARCHAR(1) NOT NULL, holder VARCHAR(50), meal VARCHAR(50), PRIMARY KEY (line, letter));
INSERT INTO cities VALUES (1, 'Bern'), (2, 'Chur');
INSERT INTO people VALUES (1, 'Ada', 'Bern', '2001-02-03', 1.50, NULL, 'short', NULL, 1);
INSERT INTO people VALUES (2, 'Bob', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO people VALUES (3, 'Cat', 'Bern', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO seats VALUES (1, 'A', 'Ada', 'rice'), (1, 'B', 'Bob', 'rice'), (12, 'A', NULL, NULL);
