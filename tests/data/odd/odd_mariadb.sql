-- Shapes that MariaDB allows.
SET NAMES utf8mb4;
SET sql_mode = 'ANSI_QUOTES';
CREATE TABLE wide (id INTEGER PRIMARY KEY,
  column_000 INTEGER,
  column_001 VARCHAR(20),
  column_002 NUMERIC(9, 2),
  column_003 DATE,
  column_004 BOOLEAN,
  column_005 INTEGER,
  column_006 VARCHAR(20),
  column_007 NUMERIC(9, 2),
  column_008 DATE,
  column_009 BOOLEAN,
  column_010 INTEGER,
  column_011 VARCHAR(20),
  column_012 NUMERIC(9, 2),
  column_013 DATE,
  column_014 BOOLEAN,
  column_015 INTEGER,
  column_016 VARCHAR(20),
  column_017 NUMERIC(9, 2),
  column_018 DATE,
  column_019 BOOLEAN,
  column_020 INTEGER,
  column_021 VARCHAR(20),
  column_022 NUMERIC(9, 2),
  column_023 DATE,
  column_024 BOOLEAN,
  column_025 INTEGER,
  column_026 VARCHAR(20),
  column_027 NUMERIC(9, 2),
  column_028 DATE,
  column_029 BOOLEAN,
  column_030 INTEGER,
  column_031 VARCHAR(20),
  column_032 NUMERIC(9, 2),
  column_033 DATE,
  column_034 BOOLEAN,
  column_035 INTEGER,
  column_036 VARCHAR(20),
  column_037 NUMERIC(9, 2),
  column_038 DATE,
  column_039 BOOLEAN,
  column_040 INTEGER,
  column_041 VARCHAR(20),
  column_042 NUMERIC(9, 2),
  column_043 DATE,
  column_044 BOOLEAN,
  column_045 INTEGER,
  column_046 VARCHAR(20),
  column_047 NUMERIC(9, 2),
  column_048 DATE,
  column_049 BOOLEAN,
  column_050 INTEGER,
  column_051 VARCHAR(20),
  column_052 NUMERIC(9, 2),
  column_053 DATE,
  column_054 BOOLEAN,
  column_055 INTEGER,
  column_056 VARCHAR(20),
  column_057 NUMERIC(9, 2),
  column_058 DATE,
  column_059 BOOLEAN,
  column_060 INTEGER,
  column_061 VARCHAR(20),
  column_062 NUMERIC(9, 2),
  column_063 DATE,
  column_064 BOOLEAN,
  column_065 INTEGER,
  column_066 VARCHAR(20),
  column_067 NUMERIC(9, 2),
  column_068 DATE,
  column_069 BOOLEAN,
  column_070 INTEGER,
  column_071 VARCHAR(20),
  column_072 NUMERIC(9, 2),
  column_073 DATE,
  column_074 BOOLEAN,
  column_075 INTEGER,
  column_076 VARCHAR(20),
  column_077 NUMERIC(9, 2),
  column_078 DATE,
  column_079 BOOLEAN,
  column_080 INTEGER,
  column_081 VARCHAR(20),
  column_082 NUMERIC(9, 2),
  column_083 DATE,
  column_084 BOOLEAN,
  column_085 INTEGER,
  column_086 VARCHAR(20),
  column_087 NUMERIC(9, 2),
  column_088 DATE,
  column_089 BOOLEAN,
  column_090 INTEGER,
  column_091 VARCHAR(20),
  column_092 NUMERIC(9, 2),
  column_093 DATE,
  column_094 BOOLEAN,
  column_095 INTEGER,
  column_096 VARCHAR(20),
  column_097 NUMERIC(9, 2),
  column_098 DATE,
  column_099 BOOLEAN,
  column_100 INTEGER,
  column_101 VARCHAR(20),
  column_102 NUMERIC(9, 2),
  column_103 DATE,
  column_104 BOOLEAN,
  column_105 INTEGER,
  column_106 VARCHAR(20),
  column_107 NUMERIC(9, 2),
  column_108 DATE,
  column_109 BOOLEAN,
  column_110 INTEGER,
  column_111 VARCHAR(20),
  column_112 NUMERIC(9, 2),
  column_113 DATE,
  column_114 BOOLEAN,
  column_115 INTEGER,
  column_116 VARCHAR(20),
  column_117 NUMERIC(9, 2),
  column_118 DATE,
  column_119 BOOLEAN,
  column_120 INTEGER,
  column_121 VARCHAR(20),
  column_122 NUMERIC(9, 2),
  column_123 DATE,
  column_124 BOOLEAN,
  column_125 INTEGER,
  column_126 VARCHAR(20),
  column_127 NUMERIC(9, 2),
  column_128 DATE,
  column_129 BOOLEAN,
  column_130 INTEGER,
  column_131 VARCHAR(20),
  column_132 NUMERIC(9, 2),
  column_133 DATE,
  column_134 BOOLEAN,
  column_135 INTEGER,
  column_136 VARCHAR(20),
  column_137 NUMERIC(9, 2),
  column_138 DATE,
  column_139 BOOLEAN,
  column_140 INTEGER,
  column_141 VARCHAR(20),
  column_142 NUMERIC(9, 2),
  column_143 DATE,
  column_144 BOOLEAN,
  column_145 INTEGER,
  column_146 VARCHAR(20),
  column_147 NUMERIC(9, 2),
  column_148 DATE,
  column_149 BOOLEAN,
  column_150 INTEGER,
  column_151 VARCHAR(20),
  column_152 NUMERIC(9, 2),
  column_153 DATE,
  column_154 BOOLEAN,
  column_155 INTEGER,
  column_156 VARCHAR(20),
  column_157 NUMERIC(9, 2),
  column_158 DATE,
  column_159 BOOLEAN,
  column_160 INTEGER,
  column_161 VARCHAR(20),
  column_162 NUMERIC(9, 2),
  column_163 DATE,
  column_164 BOOLEAN,
  column_165 INTEGER,
  column_166 VARCHAR(20),
  column_167 NUMERIC(9, 2),
  column_168 DATE,
  column_169 BOOLEAN,
  column_170 INTEGER,
  column_171 VARCHAR(20),
  column_172 NUMERIC(9, 2),
  column_173 DATE,
  column_174 BOOLEAN,
  column_175 INTEGER,
  column_176 VARCHAR(20),
  column_177 NUMERIC(9, 2),
  column_178 DATE,
  column_179 BOOLEAN,
  column_180 INTEGER,
  column_181 VARCHAR(20),
  column_182 NUMERIC(9, 2),
  column_183 DATE,
  column_184 BOOLEAN,
  column_185 INTEGER,
  column_186 VARCHAR(20),
  column_187 NUMERIC(9, 2),
  column_188 DATE,
  column_189 BOOLEAN,
  column_190 INTEGER,
  column_191 VARCHAR(20),
  column_192 NUMERIC(9, 2),
  column_193 DATE,
  column_194 BOOLEAN,
  column_195 INTEGER,
  column_196 VARCHAR(20),
  column_197 NUMERIC(9, 2),
  column_198 DATE,
  column_199 BOOLEAN,
  column_200 INTEGER,
  column_201 VARCHAR(20),
  column_202 NUMERIC(9, 2),
  column_203 DATE,
  column_204 BOOLEAN,
  column_205 INTEGER,
  column_206 VARCHAR(20),
  column_207 NUMERIC(9, 2),
  column_208 DATE,
  column_209 BOOLEAN,
  column_210 INTEGER,
  column_211 VARCHAR(20),
  column_212 NUMERIC(9, 2),
  column_213 DATE,
  column_214 BOOLEAN,
  column_215 INTEGER,
  column_216 VARCHAR(20),
  column_217 NUMERIC(9, 2),
  column_218 DATE,
  column_219 BOOLEAN,
  column_220 INTEGER,
  column_221 VARCHAR(20),
  column_222 NUMERIC(9, 2),
  column_223 DATE,
  column_224 BOOLEAN,
  column_225 INTEGER,
  column_226 VARCHAR(20),
  column_227 NUMERIC(9, 2),
  column_228 DATE,
  column_229 BOOLEAN,
  column_230 INTEGER,
  column_231 VARCHAR(20),
  column_232 NUMERIC(9, 2),
  column_233 DATE,
  column_234 BOOLEAN,
  column_235 INTEGER,
  column_236 VARCHAR(20),
  column_237 NUMERIC(9, 2),
  column_238 DATE,
  column_239 BOOLEAN,
  column_240 INTEGER,
  column_241 VARCHAR(20),
  column_242 NUMERIC(9, 2),
  column_243 DATE,
  column_244 BOOLEAN,
  column_245 INTEGER,
  column_246 VARCHAR(20),
  column_247 NUMERIC(9, 2),
  column_248 DATE,
  column_249 BOOLEAN,
  column_250 INTEGER,
  column_251 VARCHAR(20),
  column_252 NUMERIC(9, 2),
  column_253 DATE,
  column_254 BOOLEAN,
  column_255 INTEGER,
  column_256 VARCHAR(20),
  column_257 NUMERIC(9, 2),
  column_258 DATE,
  column_259 BOOLEAN,
  column_260 INTEGER,
  column_261 VARCHAR(20),
  column_262 NUMERIC(9, 2),
  column_263 DATE,
  column_264 BOOLEAN,
  column_265 INTEGER,
  column_266 VARCHAR(20),
  column_267 NUMERIC(9, 2),
  column_268 DATE,
  column_269 BOOLEAN,
  column_270 INTEGER,
  column_271 VARCHAR(20),
  column_272 NUMERIC(9, 2),
  column_273 DATE,
  column_274 BOOLEAN,
  column_275 INTEGER,
  column_276 VARCHAR(20),
  column_277 NUMERIC(9, 2),
  column_278 DATE,
  column_279 BOOLEAN,
  column_280 INTEGER,
  column_281 VARCHAR(20),
  column_282 NUMERIC(9, 2),
  column_283 DATE,
  column_284 BOOLEAN,
  column_285 INTEGER,
  column_286 VARCHAR(20),
  column_287 NUMERIC(9, 2),
  column_288 DATE,
  column_289 BOOLEAN,
  column_290 INTEGER,
  column_291 VARCHAR(20),
  column_292 NUMERIC(9, 2),
  column_293 DATE,
  column_294 BOOLEAN,
  column_295 INTEGER,
  column_296 VARCHAR(20),
  column_297 NUMERIC(9, 2),
  column_298 DATE);
INSERT INTO wide (id, column_000, column_001, column_002) VALUES (1, 5, 'one', 1.25), (2, NULL, '', NULL);

CREATE TABLE "spaces and 'single' ""double"" quotes" ("a column" INTEGER PRIMARY KEY, "it's ""quoted""" TEXT);
INSERT INTO "spaces and 'single' ""double"" quotes" VALUES (1, 'x'), (2, NULL);
CREATE TABLE "naïve 表" ("鍵" VARCHAR(20) PRIMARY KEY, "ключ" TEXT NOT NULL);
INSERT INTO "naïve 表" VALUES ('鍵', '🔑'), ('ключ', ''), ('a/b', 'slash'), ('a?b#c', 'question'), ('..', 'up'), ('%2f', 'percent'), ('+new', 'a word of ours'), ('x''; DROP TABLE t; --', 'quote');
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

ALTER TABLE chickens ADD FOREIGN KEY (egg_id) REFERENCES eggs (id);
SET sql_mode = '';
CREATE TABLE engine_types (id BIGINT UNSIGNED PRIMARY KEY AUTO_INCREMENT, s SET('a', 'b c', 'it''s', 'é') NOT NULL DEFAULT '', sn SET('x', 'y'), e ENUM('very good', 'so, so', 'it''s "bad"', '', '1', '0') NOT NULL, en ENUM('yes', 'no'), e6 ENUM('1', '2', '3', '4', '5', '6'), b1 BIT(1), b64 BIT(64), y YEAR, d DATE, dt DATETIME, dt6 DATETIME(6), dt3 DATETIME(3), ts TIMESTAMP NULL, ts6 TIMESTAMP(6) NULL, t TIME, t6 TIME(6), t1 TINYINT(1), tiny TINYINT UNSIGNED, big BIGINT UNSIGNED, zero INT(5) ZEROFILL, f FLOAT, f2 FLOAT(7, 3), dbl DOUBLE, de DECIMAL(65, 30), c CHAR(5), vc VARCHAR(20), bi BINARY(3), vb VARBINARY(5), tt TINYTEXT, lt LONGTEXT, j JSON, u UUID, i4 INET4, i6 INET6, p POINT, g GEOMETRY, l1 VARCHAR(10) CHARACTER SET latin1, u16 VARCHAR(10) CHARACTER SET utf16, vcb VARCHAR(10) COLLATE utf8mb4_bin);
INSERT INTO engine_types VALUES
  (1, 'a,b c', NULL, 'so, so', 'yes', '6', b'1', b'1111111111111111111111111111111111111111111111111111111111111111', 2026, '2026-11-20', '2026-11-20 06:30:00', '2026-11-20 06:30:00.123456', '2026-11-20 06:30:00.120', '2026-11-20 06:30:00', '2026-11-20 06:30:00.000001', '06:30:00', '-838:59:59.999999', 1, 255, 18446744073709551615, 42, 0.1, 1.125, 1e308, 1.000000000000000000000000000001, 'ab', 'trailing  ', 'a', 'ab', '\nleading', 'crlf\r\nline', '{"b": 1,  "a": 2}', '550e8400-e29b-41d4-a716-446655440000', '10.0.0.1', '::1', POINT(1, 2), ST_GeomFromText('LINESTRING(0 0,1 1)'), 'ü', '🦄', 'a '),
  (18446744073709551615, '', '', '', 'no', NULL, b'0', b'0', 0, '0000-00-00', '0000-00-00 00:00:00', '0000-00-00 00:00:00', '0001-01-01 00:00:00', '0000-00-00 00:00:00', '1970-01-01 00:00:01', '00:00:00', '00:00:00', 0, 0, 0, 0, 0, 0, 0, 0, '', '', '', '', '', '', '[]', '00000000-0000-0000-0000-000000000000', '0.0.0.0', '::', NULL, NULL, '', '', ''),
  (3, 'it''s,é', 'x,y', 'nonsense', '', '1', NULL, NULL, 1901, '2026-02-00', '2026-02-31 00:00:00', '9999-12-31 23:59:59.999999', '9999-12-31 23:59:59.999', '2038-01-19 03:14:07', '2038-01-19 03:14:07.999999', '838:59:59', '23:59:59.999', 5, 1, 1, 99999, 16777217, 9999.999, -0.0, -1, '     ', ' x ', 'abc', 'abcde', 'x', REPEAT('long ', 3000), '"text"', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '255.255.255.255', '::ffff:10.0.0.1', NULL, ST_GeomFromText('POLYGON((0 0,0 1,1 1,0 0))'), 'ÿ', 'x', 'A'),
  (4, '', NULL, '1', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE unseen_columns (id INTEGER PRIMARY KEY, seen TEXT, unseen TEXT INVISIBLE DEFAULT 'there', twice INTEGER AS (id * 2) VIRTUAL, thrice INTEGER AS (id * 3) PERSISTENT INVISIBLE);
INSERT INTO unseen_columns (id, seen, unseen) VALUES (1, 's', 'u'), (2, NULL, NULL);
CREATE SEQUENCE counter START WITH 5;
CREATE TABLE counted (id INTEGER PRIMARY KEY DEFAULT NEXT VALUE FOR counter, v TEXT);
INSERT INTO counted (v) VALUES ('a'), ('b');
CREATE TABLE versioned (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING;
INSERT INTO versioned VALUES (1, 'old');
UPDATE versioned SET v = 'new';
CREATE TABLE versioned_by_name (id INTEGER PRIMARY KEY, v TEXT, since TIMESTAMP(6) GENERATED ALWAYS AS ROW START, until TIMESTAMP(6) GENERATED ALWAYS AS ROW END, PERIOD FOR SYSTEM_TIME (since, until)) WITH SYSTEM VERSIONING;
INSERT INTO versioned_by_name (id, v) VALUES (1, 'x');
CREATE TABLE booked (room INTEGER, since DATE, until DATE, PERIOD FOR stay (since, until), UNIQUE (room, stay WITHOUT OVERLAPS), id INTEGER PRIMARY KEY);
INSERT INTO booked (room, since, until, id) VALUES (1, '2026-01-01', '2026-02-01', 1), (1, '2026-02-01', '2026-03-01', 2);
CREATE TABLE parted (id INTEGER, y INTEGER, v TEXT, PRIMARY KEY (id, y)) PARTITION BY HASH (y) PARTITIONS 3;
INSERT INTO parted VALUES (1, 2025, 'a'), (1, 2026, 'b');
CREATE TABLE stamped (id INTEGER PRIMARY KEY, v TEXT, at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP);
INSERT INTO stamped VALUES (1, 'x', '2020-01-01 00:00:00');
CREATE TABLE watched (id INTEGER PRIMARY KEY, v TEXT);
INSERT INTO watched VALUES (1, 'x');
CREATE TRIGGER never BEFORE UPDATE ON watched FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'rows of "watched" are never <i>changed</i>';
CREATE TABLE keyed_by_moment (at DATETIME(6), e ENUM('', 'a b', 'c'), b BIT(4), v TEXT, PRIMARY KEY (at, e, b));
INSERT INTO keyed_by_moment VALUES ('2026-11-20 06:30:00.123456', 'a b', b'1010', 'x'), ('0000-00-00 00:00:00', '', b'0', 'zero');
CREATE TABLE keyed_by_bytes (k BINARY(4) PRIMARY KEY, v TEXT);
INSERT INTO keyed_by_bytes VALUES (x'00ff00ff', 'x'), ('a', 'padded');
CREATE TABLE keyed_by_float (k FLOAT PRIMARY KEY, d DOUBLE, v TEXT);
INSERT INTO keyed_by_float VALUES (0.1, 0.1, 'x'), (16777216, 1e22, 'y');
CREATE TABLE refers_to_float (id INTEGER PRIMARY KEY, k FLOAT REFERENCES keyed_by_float (k));
INSERT INTO refers_to_float VALUES (1, 0.1), (2, 16777216);
CREATE TABLE keyed_by_text (k VARCHAR(20) COLLATE utf8mb4_general_ci PRIMARY KEY, v TEXT);
INSERT INTO keyed_by_text VALUES ('', 'empty'), ('a', 'a'), ('ß', 'sharp'), (' a', 'blank first');
CREATE TABLE keyed_by_year (y YEAR PRIMARY KEY, s SET('a', 'b'));
INSERT INTO keyed_by_year VALUES (0, 'a'), (2026, 'a,b');
CREATE TABLE memory_table (id INTEGER PRIMARY KEY, v VARCHAR(10)) ENGINE = MEMORY;
INSERT INTO memory_table VALUES (1, 'x');
CREATE TABLE aria_table (id INTEGER PRIMARY KEY, v VARCHAR(10)) ENGINE = Aria;
INSERT INTO aria_table VALUES (1, 'x');
CREATE TABLE commented (id INTEGER PRIMARY KEY COMMENT 'with ''quotes'' and <b>', v TEXT COMMENT '%s') COMMENT 'a table''s';
INSERT INTO commented VALUES (1, 'x');
CREATE TABLE checked (id INTEGER PRIMARY KEY, low INTEGER, high INTEGER CHECK (high < 100), CONSTRAINT `in order` CHECK (low <= high));
INSERT INTO checked VALUES (1, 1, 2), (2, NULL, NULL);
CREATE TABLE `a``backtick` (id INTEGER PRIMARY KEY, v TEXT);
INSERT INTO `a``backtick` VALUES (1, 'x');
CREATE TABLE with_backtick (id INTEGER PRIMARY KEY, `a``b` TEXT);
INSERT INTO with_backtick VALUES (1, 'x');
CREATE VIEW broken AS SELECT id FROM commented;
CREATE TABLE going (id INTEGER PRIMARY KEY);
CREATE VIEW gone AS SELECT id FROM going;
DROP TABLE going;
