-- Custom protocols and external tables on plain PostgreSQL: what lib/greenplum-sql.ts calls instead of the statements.
-- Run after greenplum-surface.sql, under the same rules.
--
-- A protocol is shown by an empty table in schema standin_protocols, which brings owner, privileges, rename, DROP with
-- RESTRICT and CASCADE, and membership in an extension. An external table is an ordinary one.

CREATE SCHEMA standin_protocols;

CREATE TABLE pg_catalog.standin_protocol
  (oid oid PRIMARY KEY, readfn oid, writefn oid, validatorfn oid, trusted boolean);

-- In Greenplum oid is a hidden column. A privilege on a table that a protocol does not know is left out.
CREATE VIEW pg_catalog.pg_extprotocol AS
  SELECT shadow.oid, shadow.relname AS ptcname, readfn AS ptcreadfn, writefn AS ptcwritefn,
         validatorfn AS ptcvalidatorfn, shadow.relowner AS ptcowner, trusted AS ptctrusted,
         (SELECT pg_catalog.array_agg((CASE WHEN grantee = 0 THEN '' ELSE grantee::regrole::text END
                            || '=' || privileges || '/' || grantor::regrole::text)::aclitem)
            FROM (SELECT grantee, grantor, pg_catalog.string_agg(CASE privilege_type WHEN 'SELECT' THEN 'r' ELSE 'a' END
                                                      || CASE WHEN is_grantable THEN '*' ELSE '' END, '') AS privileges
                    FROM aclexplode(shadow.relacl) WHERE privilege_type IN ('SELECT', 'INSERT')
                   GROUP BY grantee, grantor) AS item) AS ptcacl
    FROM pg_catalog.standin_protocol JOIN pg_class AS shadow USING (oid);

GRANT SELECT ON pg_catalog.pg_extprotocol TO PUBLIC;

CREATE TABLE pg_catalog.standin_exttable (reloid oid PRIMARY KEY, urilocation text[]);

-- A table may have been dropped since, with its schema for example.
CREATE VIEW pg_catalog.pg_exttable AS
  SELECT entry.* FROM pg_catalog.standin_exttable AS entry JOIN pg_class ON pg_class.oid = reloid;

GRANT SELECT ON pg_catalog.pg_exttable TO PUBLIC;

-- A function that is not there is an error: 42883.
CREATE PROCEDURE pg_catalog.standin_create_protocol
  (protocol text, is_trusted boolean, readfunc text, writefunc text, validatorfunc text) LANGUAGE plpgsql AS $$
DECLARE
  shadow text := 'standin_protocols.' || protocol;
BEGIN
  EXECUTE pg_catalog.format('CREATE TABLE %s ()', shadow);
  INSERT INTO pg_catalog.standin_protocol
    VALUES (shadow::regclass, coalesce(readfunc::regprocedure, 0), coalesce(writefunc::regprocedure, 0),
            coalesce(validatorfunc::regprocedure, 0), is_trusted);
END
$$;

-- A table depends on its protocol as in Greenplum: by number, once by the number of the catalog, for those who look, and
-- once by the shadow's own, so that DROP keeps to it.
CREATE PROCEDURE pg_catalog.standin_create_external_table(relation text, columns text, locations text[])
LANGUAGE plpgsql AS $$
DECLARE
  scheme text := pg_catalog.split_part(locations[1], ':', 1);
  protocol oid := (SELECT oid FROM pg_catalog.pg_extprotocol WHERE ptcname = scheme);
BEGIN
  IF scheme NOT IN ('file', 'http', 'gpfdist', 'gpfdists') AND protocol IS NULL THEN
    RAISE EXCEPTION 'protocol "%" does not exist', scheme USING ERRCODE = 'undefined_object';
  END IF;
  IF scheme = 'pxf' AND pg_catalog.current_setting('standin.pxf_reads', true) = 'on' THEN
    CALL pg_catalog.standin_create_pxf_view(relation, columns, locations[1]);
  ELSE
    EXECUTE pg_catalog.format('CREATE TABLE %s (%s)', relation, columns);
  END IF;
  INSERT INTO pg_catalog.standin_exttable VALUES (relation::regclass, locations);
  INSERT INTO pg_catalog.pg_depend (classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype)
    SELECT 'pg_class'::regclass, relation::regclass, 0, catalog, protocol, 0, 'n'
      FROM pg_catalog.unnest(ARRAY['pg_extprotocol'::regclass, 'pg_class'::regclass]) AS catalog
     WHERE protocol IS NOT NULL;
END
$$;


CREATE PROCEDURE pg_catalog.standin_drop_external_table(relation text, if_exists boolean, with_cascade boolean)
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE pg_catalog.format('DROP %s %s %s %s',
    CASE (SELECT relkind FROM pg_class WHERE oid = pg_catalog.to_regclass(relation)) WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END,
    CASE WHEN if_exists THEN 'IF EXISTS' END, relation, CASE WHEN with_cascade THEN 'CASCADE' END);
END
$$;

-- With STANDIN_PXF_READS=1 a table over PXF's profile JDBC reads its source, over dblink, with the settings of the
-- server's site file in PXF_BASE, which is read for each query as by PXF.
CREATE FUNCTION pg_catalog.standin_pxf_source(server text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  site xml := pg_catalog.pg_read_file(pg_catalog.format('%s/../../pxf/servers/%s/jdbc-site.xml',
    pg_catalog.current_setting('data_directory'), server));
  property text[] := ARRAY(
    SELECT (pg_catalog.xpath(pg_catalog.format('//property[name="%s"]/value/text()', name), site))[1]::text
      FROM pg_catalog.unnest(ARRAY['jdbc.url', 'jdbc.user', 'jdbc.password']) AS name);
  place text[] := pg_catalog.regexp_match(property[1], '^jdbc:postgresql://([^:/?]+)(?::(\d+))?/([^?]+)');
BEGIN
  RETURN pg_catalog.format('host=%s port=%s dbname=%s user=%s password=%s connect_timeout=5 options=''-c TimeZone=UTC''',
    place[1], coalesce(place[2], '5432'), place[3], property[2], property[3]);
END
$$;

CREATE PROCEDURE pg_catalog.standin_create_pxf_view(relation text, columns text, location text)
LANGUAGE plpgsql AS $$
DECLARE
  source text := pg_catalog.substring(location, '^pxf://([^?]+)');
  server text := coalesce(pg_catalog.substring(location, '(?i)[?&]server=([^&]+)'), 'default');
  names text;
  definitions text;
BEGIN
  EXECUTE pg_catalog.format('CREATE TEMP TABLE standin_columns (%s)', columns);
  SELECT pg_catalog.string_agg(quote_ident(attname), ', ' ORDER BY attnum),
         pg_catalog.string_agg(quote_ident(attname) || ' ' || pg_catalog.format_type(atttypid, atttypmod), ', ' ORDER BY attnum)
    INTO names, definitions
    FROM pg_attribute WHERE attrelid = 'pg_temp.standin_columns'::regclass AND attnum > 0;
  DROP TABLE pg_temp.standin_columns;
  EXECUTE pg_catalog.format(
    'CREATE VIEW %s AS SELECT * FROM pg_catalog.dblink(pg_catalog.standin_pxf_source(%L), %L) AS source (%s)',
    relation, server, pg_catalog.format('SELECT %s FROM %s', names, source), definitions);
END
$$;
