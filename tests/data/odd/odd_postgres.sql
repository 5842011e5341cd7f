-- Shapes that PostgreSQL allows.
CREATE TABLE wide (id INTEGER PRIMARY KEY,
  column_000 INTEGER,
  column_001 TEXT,
  column_002 NUMERIC(9, 2),
  column_003 DATE,
  column_004 BOOLEAN,
  column_005 INTEGER,
  column_006 TEXT,
  column_007 NUMERIC(9, 2),
  column_008 DATE,
  column_009 BOOLEAN,
  column_010 INTEGER,
  column_011 TEXT,
  column_012 NUMERIC(9, 2),
  column_013 DATE,
  column_014 BOOLEAN,
  column_015 INTEGER,
  column_016 TEXT,
  column_017 NUMERIC(9, 2),
  column_018 DATE,
  column_019 BOOLEAN,
  column_020 INTEGER,
  column_021 TEXT,
  column_022 NUMERIC(9, 2),
  column_023 DATE,
  column_024 BOOLEAN,
  column_025 INTEGER,
  column_026 TEXT,
  column_027 NUMERIC(9, 2),
  column_028 DATE,
  column_029 BOOLEAN,
  column_030 INTEGER,
  column_031 TEXT,
  column_032 NUMERIC(9, 2),
  column_033 DATE,
  column_034 BOOLEAN,
  column_035 INTEGER,
  column_036 TEXT,
  column_037 NUMERIC(9, 2),
  column_038 DATE,
  column_039 BOOLEAN,
  column_040 INTEGER,
  column_041 TEXT,
  column_042 NUMERIC(9, 2),
  column_043 DATE,
  column_044 BOOLEAN,
  column_045 INTEGER,
  column_046 TEXT,
  column_047 NUMERIC(9, 2),
  column_048 DATE,
  column_049 BOOLEAN,
  column_050 INTEGER,
  column_051 TEXT,
  column_052 NUMERIC(9, 2),
  column_053 DATE,
  column_054 BOOLEAN,
  column_055 INTEGER,
  column_056 TEXT,
  column_057 NUMERIC(9, 2),
  column_058 DATE,
  column_059 BOOLEAN,
  column_060 INTEGER,
  column_061 TEXT,
  column_062 NUMERIC(9, 2),
  column_063 DATE,
  column_064 BOOLEAN,
  column_065 INTEGER,
  column_066 TEXT,
  column_067 NUMERIC(9, 2),
  column_068 DATE,
  column_069 BOOLEAN,
  column_070 INTEGER,
  column_071 TEXT,
  column_072 NUMERIC(9, 2),
  column_073 DATE,
  column_074 BOOLEAN,
  column_075 INTEGER,
  column_076 TEXT,
  column_077 NUMERIC(9, 2),
  column_078 DATE,
  column_079 BOOLEAN,
  column_080 INTEGER,
  column_081 TEXT,
  column_082 NUMERIC(9, 2),
  column_083 DATE,
  column_084 BOOLEAN,
  column_085 INTEGER,
  column_086 TEXT,
  column_087 NUMERIC(9, 2),
  column_088 DATE,
  column_089 BOOLEAN,
  column_090 INTEGER,
  column_091 TEXT,
  column_092 NUMERIC(9, 2),
  column_093 DATE,
  column_094 BOOLEAN,
  column_095 INTEGER,
  column_096 TEXT,
  column_097 NUMERIC(9, 2),
  column_098 DATE,
  column_099 BOOLEAN,
  column_100 INTEGER,
  column_101 TEXT,
  column_102 NUMERIC(9, 2),
  column_103 DATE,
  column_104 BOOLEAN,
  column_105 INTEGER,
  column_106 TEXT,
  column_107 NUMERIC(9, 2),
  column_108 DATE,
  column_109 BOOLEAN,
  column_110 INTEGER,
  column_111 TEXT,
  column_112 NUMERIC(9, 2),
  column_113 DATE,
  column_114 BOOLEAN,
  column_115 INTEGER,
  column_116 TEXT,
  column_117 NUMERIC(9, 2),
  column_118 DATE,
  column_119 BOOLEAN,
  column_120 INTEGER,
  column_121 TEXT,
  column_122 NUMERIC(9, 2),
  column_123 DATE,
  column_124 BOOLEAN,
  column_125 INTEGER,
  column_126 TEXT,
  column_127 NUMERIC(9, 2),
  column_128 DATE,
  column_129 BOOLEAN,
  column_130 INTEGER,
  column_131 TEXT,
  column_132 NUMERIC(9, 2),
  column_133 DATE,
  column_134 BOOLEAN,
  column_135 INTEGER,
  column_136 TEXT,
  column_137 NUMERIC(9, 2),
  column_138 DATE,
  column_139 BOOLEAN,
  column_140 INTEGER,
  column_141 TEXT,
  column_142 NUMERIC(9, 2),
  column_143 DATE,
  column_144 BOOLEAN,
  column_145 INTEGER,
  column_146 TEXT,
  column_147 NUMERIC(9, 2),
  column_148 DATE,
  column_149 BOOLEAN,
  column_150 INTEGER,
  column_151 TEXT,
  column_152 NUMERIC(9, 2),
  column_153 DATE,
  column_154 BOOLEAN,
  column_155 INTEGER,
  column_156 TEXT,
  column_157 NUMERIC(9, 2),
  column_158 DATE,
  column_159 BOOLEAN,
  column_160 INTEGER,
  column_161 TEXT,
  column_162 NUMERIC(9, 2),
  column_163 DATE,
  column_164 BOOLEAN,
  column_165 INTEGER,
  column_166 TEXT,
  column_167 NUMERIC(9, 2),
  column_168 DATE,
  column_169 BOOLEAN,
  column_170 INTEGER,
  column_171 TEXT,
  column_172 NUMERIC(9, 2),
  column_173 DATE,
  column_174 BOOLEAN,
  column_175 INTEGER,
  column_176 TEXT,
  column_177 NUMERIC(9, 2),
  column_178 DATE,
  column_179 BOOLEAN,
  column_180 INTEGER,
  column_181 TEXT,
  column_182 NUMERIC(9, 2),
  column_183 DATE,
  column_184 BOOLEAN,
  column_185 INTEGER,
  column_186 TEXT,
  column_187 NUMERIC(9, 2),
  column_188 DATE,
  column_189 BOOLEAN,
  column_190 INTEGER,
  column_191 TEXT,
  column_192 NUMERIC(9, 2),
  column_193 DATE,
  column_194 BOOLEAN,
  column_195 INTEGER,
  column_196 TEXT,
  column_197 NUMERIC(9, 2),
  column_198 DATE,
  column_199 BOOLEAN,
  column_200 INTEGER,
  column_201 TEXT,
  column_202 NUMERIC(9, 2),
  column_203 DATE,
  column_204 BOOLEAN,
  column_205 INTEGER,
  column_206 TEXT,
  column_207 NUMERIC(9, 2),
  column_208 DATE,
  column_209 BOOLEAN,
  column_210 INTEGER,
  column_211 TEXT,
  column_212 NUMERIC(9, 2),
  column_213 DATE,
  column_214 BOOLEAN,
  column_215 INTEGER,
  column_216 TEXT,
  column_217 NUMERIC(9, 2),
  column_218 DATE,
  column_219 BOOLEAN,
  column_220 INTEGER,
  column_221 TEXT,
  column_222 NUMERIC(9, 2),
  column_223 DATE,
  column_224 BOOLEAN,
  column_225 INTEGER,
  column_226 TEXT,
  column_227 NUMERIC(9, 2),
  column_228 DATE,
  column_229 BOOLEAN,
  column_230 INTEGER,
  column_231 TEXT,
  column_232 NUMERIC(9, 2),
  column_233 DATE,
  column_234 BOOLEAN,
  column_235 INTEGER,
  column_236 TEXT,
  column_237 NUMERIC(9, 2),
  column_238 DATE,
  column_239 BOOLEAN,
  column_240 INTEGER,
  column_241 TEXT,
  column_242 NUMERIC(9, 2),
  column_243 DATE,
  column_244 BOOLEAN,
  column_245 INTEGER,
  column_246 TEXT,
  column_247 NUMERIC(9, 2),
  column_248 DATE,
  column_249 BOOLEAN,
  column_250 INTEGER,
  column_251 TEXT,
  column_252 NUMERIC(9, 2),
  column_253 DATE,
  column_254 BOOLEAN,
  column_255 INTEGER,
  column_256 TEXT,
  column_257 NUMERIC(9, 2),
  column_258 DATE,
  column_259 BOOLEAN,
  column_260 INTEGER,
  column_261 TEXT,
  column_262 NUMERIC(9, 2),
  column_263 DATE,
  column_264 BOOLEAN,
  column_265 INTEGER,
  column_266 TEXT,
  column_267 NUMERIC(9, 2),
  column_268 DATE,
  column_269 BOOLEAN,
  column_270 INTEGER,
  column_271 TEXT,
  column_272 NUMERIC(9, 2),
  column_273 DATE,
  column_274 BOOLEAN,
  column_275 INTEGER,
  column_276 TEXT,
  column_277 NUMERIC(9, 2),
  column_278 DATE,
  column_279 BOOLEAN,
  column_280 INTEGER,
  column_281 TEXT,
  column_282 NUMERIC(9, 2),
  column_283 DATE,
  column_284 BOOLEAN,
  column_285 INTEGER,
  column_286 TEXT,
  column_287 NUMERIC(9, 2),
  column_288 DATE,
  column_289 BOOLEAN,
  column_290 INTEGER,
  column_291 TEXT,
  column_292 NUMERIC(9, 2),
  column_293 DATE,
  column_294 BOOLEAN,
  column_295 INTEGER,
  column_296 TEXT,
  column_297 NUMERIC(9, 2),
  column_298 DATE);
INSERT INTO wide (id, column_000, column_001, column_002) VALUES (1, 5, 'one', 1.25), (2, NULL, '', NULL);

CREATE TABLE "spaces and 'single' ""double"" quotes" ("a column" INTEGER PRIMARY KEY, "it's ""quoted""" TEXT);
INSERT INTO "spaces and 'single' ""double"" quotes" VALUES (1, 'x'), (2, NULL);
CREATE TABLE "🦄 naïve 表" ("鍵" VARCHAR(20) PRIMARY KEY, "🔑" TEXT NOT NULL);
INSERT INTO "🦄 naïve 表" VALUES ('鍵', '🔑'), ('ключ', ''), ('a/b', 'slash'), ('a?b#c', 'question'), ('..', 'up'), ('%2f', 'percent'), ('+new', 'a word of ours'), ('x''; DROP TABLE t; --', 'quote');
CREATE TABLE "100% of a/b\c" ("100%" INTEGER PRIMARY KEY, "%(x)s" TEXT, "a:b" TEXT, "?" TEXT, "a/b" TEXT, "a.b" TEXT, "[x]" TEXT, "(y)" TEXT);
INSERT INTO "100% of a/b\c" VALUES (1, '%s', ':b', '?', '/', '.', '[', '('), (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE ".." (id INTEGER PRIMARY KEY, name TEXT);
INSERT INTO ".." VALUES (1, 'up');
CREATE TABLE "+new" (id INTEGER PRIMARY KEY, name TEXT);
INSERT INTO "+new" VALUES (1, 'an address of ours');
CREATE TABLE "order" ("select" INTEGER PRIMARY KEY, "from" TEXT, "where" INTEGER REFERENCES "order" ("select"), "group" TEXT, "limit" INTEGER, "key" TEXT, "table" TEXT, "null" TEXT, "default" TEXT DEFAULT 'x', "user" TEXT, "primary" INTEGER);
INSERT INTO "order" VALUES (1, 'f', NULL, 'g', 1, 'k', 't', 'n', 'd', 'u', 1), (2, 'f', 1, 'g', 1, 'k', 't', 'n', 'd', 'u', 1);
CREATE TABLE id_is_no_key (code VARCHAR(10) PRIMARY KEY, id INTEGER, label TEXT);
INSERT INTO id_is_no_key VALUES ('a', 7, 'seven'), ('b', 7, 'seven too'), ('c', NULL, 'none'), ('7', 1, 'a text that looks like a number');
CREATE TABLE chickens (id INTEGER PRIMARY KEY, name TEXT, egg_id INTEGER);
CREATE TABLE eggs (id INTEGER PRIMARY KEY, chicken_id INTEGER NOT NULL REFERENCES chickens (id), brother_id INTEGER REFERENCES eggs (id));
INSERT INTO chickens VALUES (1, 'first', NULL), (2, 'second', NULL);
INSERT INTO eggs VALUES (1, 1, NULL), (2, 2, 1), (3, 1, 3);
UPDATE chickens SET egg_id = id;
CREATE TABLE only_a_key (a INTEGER, b INTEGER, PRIMARY KEY (a, b));
INSERT INTO only_a_key VALUES (1, 1), (1, 2), (2, 1);
CREATE TABLE one_column (value TEXT);
INSERT INTO one_column VALUES ('a'), ('a'), (NULL), ('');
CREATE TABLE with_nothing (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE maybe_mail (id INTEGER PRIMARY KEY, mail VARCHAR(80) UNIQUE, nick VARCHAR(80) UNIQUE);
INSERT INTO maybe_mail VALUES (1, NULL, NULL), (2, NULL, ''), (3, '', 'x');
CREATE TABLE ledgers (year INTEGER, book VARCHAR(10), PRIMARY KEY (year, book));
CREATE TABLE entries (year INTEGER, book VARCHAR(10), number INTEGER, amount NUMERIC(12, 2) NOT NULL, reverses_number INTEGER, PRIMARY KEY (year, book, number), FOREIGN KEY (year, book) REFERENCES ledgers (year, book), FOREIGN KEY (year, book, reverses_number) REFERENCES entries (year, book, number));
INSERT INTO ledgers VALUES (2026, 'a,b'), (2026, 'a'), (2026, 'b'), (-1, '');
INSERT INTO entries VALUES (2026, 'a,b', 1, 1.50, NULL), (2026, 'a,b', 2, -1.50, 1), (2026, 'a', 1, 0.00, NULL), (-1, '', 0, 99999999.99, NULL);
CREATE VIEW a_view AS SELECT year, book, sum(amount) AS total FROM entries GROUP BY year, book;
CREATE TABLE doubles (id INTEGER PRIMARY KEY, name VARCHAR(20), "Name2" VARCHAR(20), "query" TEXT, "metadata" TEXT, "registry" TEXT, "__init__" TEXT, "c_name" TEXT, "data" TEXT, "errors" TEXT, "csrf_token" TEXT, "validate" TEXT, "keys" TEXT, "count" TEXT, "index" TEXT, "_mapping" TEXT, "t" TEXT);
INSERT INTO doubles VALUES (1, 'n', 'N', 'q', 'm', 'r', 'i', 'c', 'd', 'e', 't', 'v', 'k', 'c', 'i', 'm', 't');

ALTER TABLE chickens ADD FOREIGN KEY (egg_id) REFERENCES eggs (id) DEFERRABLE INITIALLY DEFERRED;
CREATE TABLE measurements (taken DATE NOT NULL, sensor INTEGER NOT NULL, value DOUBLE PRECISION, PRIMARY KEY (taken, sensor)) PARTITION BY RANGE (taken);
CREATE TABLE measurements_2025 PARTITION OF measurements FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE measurements_rest PARTITION OF measurements DEFAULT;
INSERT INTO measurements VALUES ('2025-06-01', 1, 1.5), ('2026-06-01', 1, 'NaN'), ('infinity', 1, 'Infinity'), ('0044-03-15 BC', 2, -0.0);
CREATE DOMAIN "zip code" AS VARCHAR(5) CHECK (VALUE ~ '^[0-9]{5}$');
CREATE DOMAIN positive AS INTEGER DEFAULT 1 NOT NULL CHECK (VALUE > 0);
CREATE DOMAIN positive_again AS positive CHECK (VALUE < 100);
CREATE DOMAIN flags AS BOOLEAN;
CREATE DOMAIN texts AS TEXT[];
CREATE TYPE "mood of a day" AS ENUM ('very good', 'so, so', 'it''s "bad"', '', ' padded ');
CREATE TYPE address AS (street TEXT, number INTEGER, "zip" "zip code");
CREATE TYPE span AS RANGE (subtype = FLOAT8);
CREATE TABLE own_types (id INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY, zip "zip code", n positive, m positive_again, f flags, ts texts, mood "mood of a day", moods "mood of a day"[], lives address, lived address[], s span, ms int4multirange);
INSERT INTO own_types (zip, n, m, f, ts, mood, moods, lives, lived, s, ms) VALUES
  ('12345', 1, 99, TRUE, '{a,"b c",NULL}', 'so, so', '{"so, so","it''s \"bad\""}', '("Main ""st"", 1",5,12345)', ARRAY[ROW('a', 1, NULL)::address], '[1.5,)', '{[1,3),[5,7)}'),
  (NULL, 2, 1, NULL, NULL, '', '{}', NULL, NULL, 'empty', '{}'),
  (NULL, 3, 1, FALSE, '{}', ' padded ', '{NULL,""}', '(,,)', '{}', '(,)', NULL);
CREATE TABLE by_default (id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, serial SERIAL, name TEXT DEFAULT current_user, at TIMESTAMPTZ DEFAULT now(), uid UUID DEFAULT gen_random_uuid(), twice INTEGER GENERATED ALWAYS AS (serial * 2) STORED);
INSERT INTO by_default (name, at) VALUES ('a', '2026-11-20 06:30:00.123456+02'), ('b', '-infinity'), ('c', '4713-01-01 00:00:00+00 BC'), ('d', '294276-12-31 23:59:59.999999+00');
CREATE TABLE moments (id INTEGER PRIMARY KEY, d DATE, t TIME, t0 TIME(0), tz TIME WITH TIME ZONE, dt TIMESTAMP, dt0 TIMESTAMP(0), dtz TIMESTAMPTZ, i INTERVAL, b BOOLEAN, c CHAR(5), vc VARCHAR, tx TEXT, j JSON, jb JSONB, n NUMERIC, n2 NUMERIC(5, 2), n_2 NUMERIC(5, -2), r REAL, m MONEY, by BYTEA, x XML, bt BIT(3), vb BIT VARYING, inet INET, tsv TSVECTOR, p POINT, cash MONEY[], a INTEGER[][]);
INSERT INTO moments VALUES
  (1, '2026-11-20', '06:30', '06:30', '06:30+02', '2026-11-20 06:30', '2026-11-20 06:30', '2026-11-20 06:30+00', '1 mon 2 days', TRUE, 'ab', 'x', E'\nleading', '{"b": 1,  "a": 2}', '{"b": 1}', 1.10, 1.5, 12300, 0.1, '1.5', '\x00ff', '<a/>', '101', '1', '10.0.0.1/8', 'a:1 b', '(1,2)', '{1,2}', '{{1,2},{3,4}}'),
  (2, '0001-01-01', '00:00:00', '00:00:00', '00:00:00-15:59', '0001-01-01 00:00:00', '0001-01-01', '0001-01-01 00:00:00+00', '-1 days +02:03:04.5', FALSE, '', '', '', '[]', '[]', 0, 0, 0, 0, 0, '', '', '000', '', '::1', '', '(0,0)', '{}', '[0:1]={1,2}'),
  (3, '9999-12-31', '23:59:59.999999', '23:59:59', '24:00:00+00', '9999-12-31 23:59:59.999', '9999-12-31 23:59:59', '9999-12-31 23:59:59.999999+00', 'P178000000Y', NULL, '     ', ' trailing  ', E'crlf\r\nline\r\n', '"text"', 'null', 'NaN', -999.99, -99900, 'NaN', '-92233720368547758.08', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (4, 'infinity', '24:00:00', NULL, NULL, 'infinity', '-infinity', 'infinity', '00:00:00', NULL, NULL, NULL, E'tab\tand \u2028 and \u0001', '1e400', '1.000', 'Infinity', NULL, NULL, '-Infinity', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (5, '0044-03-15 BC', '12:00:00.1', NULL, NULL, '0044-03-15 12:00:00 BC', '10000-01-01', '20000-01-01 00:00:00+00', NULL, NULL, NULL, NULL, E'\r\n\r\n', '{"a": {"b": [null, true, 1.50]}}', NULL, 123456789012345678901234567890.123456789, NULL, NULL, 1e-40, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (6, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE keyed_by_moment (at TIMESTAMPTZ, day DATE, part NUMERIC(6, 2), name VARCHAR(10), PRIMARY KEY (at, day, part));
INSERT INTO keyed_by_moment VALUES ('2026-11-20 06:30:00.123456+00', 'infinity', 1.50, 'a'), ('infinity', '0044-03-15 BC', 0, 'b');
CREATE TABLE keyed_by_enum (mood "mood of a day" PRIMARY KEY, n INTEGER);
INSERT INTO keyed_by_enum VALUES ('', 1), ('it''s "bad"', 2), (' padded ', 3);
CREATE TABLE keyed_by_list (ids INTEGER[] PRIMARY KEY, n INTEGER);
INSERT INTO keyed_by_list VALUES ('{}', 0), ('{1,2}', 1), ('{NULL}', 2);
CREATE TABLE keyed_by_bool (yes BOOLEAN PRIMARY KEY, word TEXT);
INSERT INTO keyed_by_bool VALUES (TRUE, 'yes'), (FALSE, 'no');
CREATE TABLE keyed_by_range (during TSRANGE, room INTEGER, who TEXT, PRIMARY KEY (during, room), EXCLUDE USING gist (during WITH &&));
INSERT INTO keyed_by_range VALUES ('[2026-11-20 06:00,2026-11-20 07:00)', 1, 'Ada');
CREATE TABLE partly_unique (id INTEGER PRIMARY KEY, name TEXT, deleted BOOLEAN NOT NULL DEFAULT FALSE);
CREATE UNIQUE INDEX one_alive ON partly_unique (name) WHERE NOT deleted;
CREATE UNIQUE INDEX without_case ON partly_unique (lower(name), deleted, id) INCLUDE (name);
INSERT INTO partly_unique VALUES (1, 'a', FALSE), (2, 'a', TRUE), (3, 'a', TRUE), (4, 'b', FALSE);
CREATE TABLE nulls_are_alike (id INTEGER PRIMARY KEY, code TEXT, UNIQUE NULLS NOT DISTINCT (code));
INSERT INTO nulls_are_alike VALUES (1, NULL), (2, 'a');
CREATE TABLE watched (id INTEGER PRIMARY KEY, v TEXT);
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'rows of "watched" are never changed' USING HINT = 'leave <i>it</i>'; END $$;
INSERT INTO watched VALUES (1, 'x');
CREATE TRIGGER refuse BEFORE UPDATE OR DELETE ON watched FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TABLE ignored (id INTEGER PRIMARY KEY, v TEXT);
CREATE FUNCTION silently() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
INSERT INTO ignored VALUES (1, 'x');
CREATE TRIGGER silently BEFORE UPDATE OR DELETE ON ignored FOR EACH ROW EXECUTE FUNCTION silently();
CREATE TABLE audited (id INTEGER PRIMARY KEY, v TEXT, version INTEGER NOT NULL DEFAULT 1);
CREATE FUNCTION counts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.version := OLD.version + 1; RETURN NEW; END $$;
INSERT INTO audited VALUES (1, 'x', 1);
CREATE TRIGGER counts BEFORE UPDATE ON audited FOR EACH ROW EXECUTE FUNCTION counts();
CREATE TABLE with_rows_of_its_own (id INTEGER PRIMARY KEY, owner NAME NOT NULL, v TEXT);
INSERT INTO with_rows_of_its_own VALUES (1, 'postgres', 'mine'), (2, 'nobody', 'not mine');
ALTER TABLE with_rows_of_its_own ENABLE ROW LEVEL SECURITY;
ALTER TABLE with_rows_of_its_own FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON with_rows_of_its_own USING (owner = current_user);
CREATE MATERIALIZED VIEW kept AS SELECT id, name FROM chickens;
CREATE UNIQUE INDEX ON kept (id);
CREATE MATERIALIZED VIEW not_yet AS SELECT id FROM chickens WITH NO DATA;
CREATE VIEW divides_by_nothing AS SELECT 1 / (id - id) AS x FROM chickens;
CREATE VIEW writable_view AS SELECT id, name FROM chickens;
CREATE SCHEMA "Other schema/one";
CREATE TABLE "Other schema/one".chickens (id INTEGER PRIMARY KEY, colour TEXT, local INTEGER REFERENCES chickens (id));
INSERT INTO "Other schema/one".chickens VALUES (1, 'red', 1), (3, 'white', NULL);
CREATE TABLE "Other schema/one".eggs (id INTEGER PRIMARY KEY, chicken_id INTEGER REFERENCES "Other schema/one".chickens (id));
INSERT INTO "Other schema/one".eggs VALUES (1, 3);
CREATE TABLE public_chickens AS SELECT * FROM chickens;
CREATE TABLE animals (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE dogs (breed TEXT) INHERITS (animals);
INSERT INTO animals VALUES (1, 'cat');
CREATE TABLE keepers (id INTEGER PRIMARY KEY, animal_id INTEGER REFERENCES animals (id));
INSERT INTO keepers VALUES (1, 1);
INSERT INTO dogs VALUES (1, 'the same number', 'pug'), (2, 'dog', 'pug');
CREATE UNLOGGED TABLE without_log (id INTEGER PRIMARY KEY, t TEXT COLLATE "C");
INSERT INTO without_log VALUES (1, 'x');
CREATE TABLE no_columns ();
CREATE TABLE dropped_columns (id INTEGER PRIMARY KEY, gone TEXT, kept TEXT);
ALTER TABLE dropped_columns DROP COLUMN gone;
INSERT INTO dropped_columns VALUES (1, 'k');
CREATE TABLE whole_row (id INTEGER PRIMARY KEY, hen chickens);
INSERT INTO whole_row SELECT id, chickens FROM chickens;
