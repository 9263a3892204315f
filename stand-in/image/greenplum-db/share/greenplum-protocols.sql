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
  EXECUTE pg_catalog.format('CREATE TABLE %s (%s)', relation, columns);
  INSERT INTO pg_catalog.standin_exttable VALUES (relation::regclass, locations);
  INSERT INTO pg_catalog.pg_depend (classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype)
    SELECT 'pg_class'::regclass, relation::regclass, 0, catalog, protocol, 0, 'n'
      FROM pg_catalog.unnest(ARRAY['pg_extprotocol'::regclass, 'pg_class'::regclass]) AS catalog
     WHERE protocol IS NOT NULL;
END
$$;

