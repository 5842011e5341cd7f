-- One record of many fields, for many who change it at once; a composite key, so that half of it is not enough.
CREATE TABLE fields (
  part INTEGER NOT NULL,
  place VARCHAR(9) NOT NULL,
  f0 VARCHAR(40) NOT NULL, f1 VARCHAR(40) NOT NULL, f2 VARCHAR(40) NOT NULL, f3 VARCHAR(40) NOT NULL,
  f4 VARCHAR(40) NOT NULL, f5 VARCHAR(40) NOT NULL, f6 VARCHAR(40) NOT NULL, f7 VARCHAR(40) NOT NULL,
  f8 VARCHAR(40) NOT NULL, f9 VARCHAR(40) NOT NULL, f10 VARCHAR(40) NOT NULL, f11 VARCHAR(40) NOT NULL,
  f12 VARCHAR(40) NOT NULL, f13 VARCHAR(40) NOT NULL, f14 VARCHAR(40) NOT NULL, f15 VARCHAR(40) NOT NULL,
  PRIMARY KEY (part, place)
);
INSERT INTO fields VALUES (1, 'a', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '');
INSERT INTO fields VALUES (1, 'b', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '');
