-- Custom protocols and external tables of Greenplum 6, on plain PostgreSQL: what lib/greenplum-sql.ts calls instead of
-- the statements. Run after greenplum-surface.sql, under the same rules.
--
-- A protocol is shown by an empty table in schema standin_protocols, which brings owner, privileges, rename, DROP with
-- RESTRICT and CASCADE, and membership in an extension. An external table is an ordinary one. Errors have the words and
-- SQLSTATEs of Greenplum 6.24 (extprotocolcmds.c, pg_extprotocol.c, exttablecmds.c, aclchk.c).

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

CREATE TABLE pg_catalog.standin_exttable
  (reloid oid PRIMARY KEY, urilocation text[], execlocation text[], fmttype "char", fmtopts text, options text[],
   command text, rejectlimit integer, rejectlimittype "char", logerrors boolean, encoding integer, writable boolean);

-- A table may have been dropped without DROP EXTERNAL TABLE, with its schema for example.
CREATE VIEW pg_catalog.pg_exttable AS
  SELECT entry.* FROM pg_catalog.standin_exttable AS entry JOIN pg_class ON pg_class.oid = reloid;

GRANT SELECT ON pg_catalog.pg_exttable TO PUBLIC;

-- --- protocols ------------------------------------------------------------------------------------------------

CREATE FUNCTION pg_catalog.standin_shadow(protocol text) RETURNS oid LANGUAGE sql STABLE AS $$
  SELECT pg_extprotocol.oid FROM pg_catalog.pg_extprotocol WHERE ptcname = protocol
$$;

CREATE FUNCTION pg_catalog.standin_shadow_or_fail(protocol text) RETURNS oid LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF pg_catalog.standin_shadow(protocol) IS NULL THEN
    RAISE EXCEPTION 'protocol "%" does not exist', protocol USING ERRCODE = 'undefined_object';
  END IF;
  RETURN pg_catalog.standin_shadow(protocol);
END
$$;

CREATE FUNCTION pg_catalog.standin_is_superuser() RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user
$$;

CREATE FUNCTION pg_catalog.standin_protocol_function(kind text, name text) RETURNS oid LANGUAGE plpgsql STABLE AS $$
DECLARE
  wanted regtype := CASE kind WHEN 'validator' THEN 'void' ELSE 'integer' END;
  func record;
BEGIN
  IF name IS NULL THEN RETURN 0; END IF;
  SELECT oid, prorettype, provolatile INTO func FROM pg_catalog.pg_proc WHERE oid = pg_catalog.to_regprocedure(name || '()');
  IF func.oid IS NULL THEN
    RAISE EXCEPTION 'function %() does not exist', name USING ERRCODE = 'undefined_function';
  ELSIF func.prorettype <> wanted THEN
    RAISE EXCEPTION '% protocol function %() must return %', kind, name,
      CASE kind WHEN 'validator' THEN 'void' ELSE 'an integer' END USING ERRCODE = 'datatype_mismatch';
  ELSIF func.provolatile = 'i' THEN
    RAISE EXCEPTION '% protocol function %() is declared IMMUTABLE', kind, name
      USING ERRCODE = 'invalid_function_definition',
            HINT = 'PROTOCOL functions must be declared STABLE or VOLATILE';
  END IF;
  RETURN func.oid;
END
$$;

CREATE PROCEDURE pg_catalog.standin_create_protocol
  (protocol text, is_trusted boolean, readfunc text, writefunc text, validatorfunc text) LANGUAGE plpgsql AS $$
DECLARE
  read_oid oid; write_oid oid; validator_oid oid;
BEGIN
  IF NOT pg_catalog.standin_is_superuser() THEN
    RAISE EXCEPTION 'must be superuser to create an external protocol' USING ERRCODE = 'insufficient_privilege';
  ELSIF coalesce(readfunc, writefunc) IS NULL THEN
    RAISE EXCEPTION 'protocol must be specify at least a readfunc or a writefunc'
      USING ERRCODE = 'invalid_function_definition';
  ELSIF pg_catalog.lower(protocol) IN ('file', 'http', 'gpfdist', 'gpfdists') THEN
    RAISE EXCEPTION 'protocol "%" already exists', protocol
      USING ERRCODE = 'reserved_name', HINT = 'pick a different protocol name';
  ELSIF pg_catalog.standin_shadow(protocol) IS NOT NULL THEN
    RAISE EXCEPTION 'protocol "%" already exists', protocol USING ERRCODE = 'duplicate_object';
  END IF;
  read_oid := pg_catalog.standin_protocol_function('read', readfunc);
  write_oid := pg_catalog.standin_protocol_function('write', writefunc);
  validator_oid := pg_catalog.standin_protocol_function('validator', validatorfunc);
  EXECUTE pg_catalog.format('CREATE TABLE standin_protocols.%I ()', protocol);
  INSERT INTO pg_catalog.standin_protocol
    SELECT pg_catalog.to_regclass(pg_catalog.format('standin_protocols.%I', protocol)), read_oid, write_oid, validator_oid, is_trusted;
END
$$;

CREATE PROCEDURE pg_catalog.standin_drop_protocols(protocols text[], if_exists boolean, is_cascade boolean)
LANGUAGE plpgsql AS $$
DECLARE
  protocol text; users text;
BEGIN
  FOREACH protocol IN ARRAY protocols LOOP
    IF if_exists AND pg_catalog.standin_shadow(protocol) IS NULL THEN
      RAISE NOTICE 'protocol "%" does not exist, skipping', protocol;
      CONTINUE;
    END IF;
    SELECT pg_catalog.string_agg(pg_catalog.format('external table %s depends on protocol %s', objid::regclass, protocol), E'\n') INTO users
      FROM pg_catalog.pg_depend
     WHERE refclassid = 'pg_extprotocol'::regclass AND refobjid = pg_catalog.standin_shadow_or_fail(protocol);
    IF users IS NOT NULL AND NOT is_cascade THEN
      RAISE EXCEPTION 'cannot drop protocol % because other objects depend on it', protocol
        USING ERRCODE = 'dependent_objects_still_exist', DETAIL = users,
              HINT = 'Use DROP ... CASCADE to drop the dependent objects too.';
    END IF;
    EXECUTE pg_catalog.format('DROP TABLE standin_protocols.%I %s', protocol, CASE WHEN is_cascade THEN 'CASCADE' ELSE '' END);
  END LOOP;
END
$$;

CREATE PROCEDURE pg_catalog.standin_rename_protocol(protocol text, new_name text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_catalog.standin_shadow_or_fail(protocol);
  IF pg_catalog.standin_shadow(new_name) IS NOT NULL THEN
    RAISE EXCEPTION 'protocol "%" already exists', new_name USING ERRCODE = 'duplicate_object';
  END IF;
  EXECUTE pg_catalog.format('ALTER TABLE standin_protocols.%I RENAME TO %I', protocol, new_name);
END
$$;

CREATE PROCEDURE pg_catalog.standin_give_protocol(protocol text, new_owner text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_catalog.standin_shadow_or_fail(protocol);
  EXECUTE pg_catalog.format('ALTER TABLE standin_protocols.%I OWNER TO %I', protocol, new_owner);
END
$$;

CREATE PROCEDURE pg_catalog.standin_grant_on_protocols(protocols text[], before text, after text)
LANGUAGE plpgsql AS $$
DECLARE
  protocol text;
BEGIN
  FOREACH protocol IN ARRAY protocols LOOP
    PERFORM pg_catalog.standin_shadow_or_fail(protocol);
    IF NOT (SELECT ptctrusted FROM pg_catalog.pg_extprotocol WHERE ptcname = protocol) THEN
      RAISE EXCEPTION 'protocol "%" is not trusted', protocol
        USING ERRCODE = 'wrong_object_type', HINT = 'Only superusers may use untrusted protocols.';
    END IF;
    EXECUTE pg_catalog.format('%s ON TABLE standin_protocols.%I %s', before, protocol, after);
  END LOOP;
END
$$;

-- --- external tables ------------------------------------------------------------------------------------------

-- Says why the locations cannot be used. The validator of a protocol is not asked.
CREATE FUNCTION pg_catalog.standin_check_locations(locations text[], writable boolean, web boolean)
RETURNS void LANGUAGE plpgsql STABLE AS $$
DECLARE
  location text; scheme text; scheme_of_first text;
BEGIN
  FOREACH location IN ARRAY locations LOOP
    scheme := pg_catalog.lower(substring(location from '^([^:/]+)://'));
    IF scheme IS NULL THEN
      RAISE EXCEPTION 'invalid URI ''%'' : undefined structure', location USING ERRCODE = 'syntax_error';
    ELSIF (SELECT count(*) FROM pg_catalog.unnest(locations) AS other WHERE other = location) > 1 THEN
      RAISE EXCEPTION 'duplicate location uri' USING ERRCODE = 'invalid_table_definition';
    ELSIF scheme NOT IN ('file', 'http', 'gpfdist', 'gpfdists') THEN
      PERFORM pg_catalog.standin_shadow_or_fail(scheme);
    END IF;
    scheme_of_first := coalesce(scheme_of_first, scheme);
    IF scheme <> scheme_of_first THEN
      RAISE EXCEPTION 'URI protocols must be the same for all data sources' USING ERRCODE = 'feature_not_supported';
    ELSIF scheme <> 'http' AND web THEN
      RAISE EXCEPTION 'an EXTERNAL WEB TABLE may only use http URI''s, problem in: ''%''', location
        USING ERRCODE = 'syntax_error', HINT = 'Use CREATE EXTERNAL TABLE instead.';
    ELSIF scheme = 'http' AND NOT web THEN
      RAISE EXCEPTION 'http URI''s can only be used in an external web table'
        USING ERRCODE = 'syntax_error', HINT = 'Use CREATE EXTERNAL WEB TABLE instead.';
    ELSIF writable AND scheme IN ('http', 'file') THEN
      RAISE EXCEPTION 'unsupported URI protocol ''%'' for writable external table', scheme
        USING ERRCODE = 'feature_not_supported';
    END IF;
  END LOOP;
END
$$;

CREATE FUNCTION pg_catalog.standin_check_permission(locations text[], command text, writable boolean)
RETURNS void LANGUAGE plpgsql STABLE AS $$
DECLARE
  scheme text := pg_catalog.lower(substring(locations[1] from '^([^:/]+)://'));
BEGIN
  IF pg_catalog.standin_is_superuser() THEN RETURN; END IF;
  IF command IS NOT NULL THEN
    RAISE EXCEPTION 'must be superuser to create an EXECUTE external web table'
      USING ERRCODE = 'insufficient_privilege';
  ELSIF scheme = 'file' THEN
    RAISE EXCEPTION 'must be superuser to create an external table with a file protocol'
      USING ERRCODE = 'insufficient_privilege';
  ELSIF NOT has_table_privilege(pg_catalog.standin_shadow(scheme), CASE WHEN writable THEN 'INSERT' ELSE 'SELECT' END)
  THEN
    RAISE EXCEPTION 'permission denied for external protocol %', scheme USING ERRCODE = 'insufficient_privilege';
  END IF;
END
$$;

CREATE FUNCTION pg_catalog.standin_check_format(format text, formatter text) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF pg_catalog.lower(format) NOT IN ('text', 'csv', 'custom') THEN
    RAISE EXCEPTION 'unsupported format ''%''', format USING ERRCODE = 'syntax_error',
      HINT = 'Available formats for external tables are "text", "csv" and "custom".';
  ELSIF pg_catalog.lower(format) = 'custom' AND formatter IS NULL THEN
    RAISE EXCEPTION 'no formatter function specified' USING ERRCODE = 'syntax_error';
  ELSIF pg_catalog.lower(format) <> 'custom' AND formatter IS NOT NULL THEN
    RAISE EXCEPTION 'formatter option only valid for custom formatters' USING ERRCODE = 'syntax_error';
  END IF;
END
$$;

-- The catalog belongs to the superuser. A table depends on its protocol as in Greenplum: by number, once by the number of
-- the catalog, for those who look, and once by the shadow's own, so that DROP keeps to it.
CREATE FUNCTION pg_catalog.standin_note_external_table
  (relation regclass, locations text[], exec_location text, command text, format text, options text, writable boolean)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  INSERT INTO standin_exttable
    SELECT relation, CASE WHEN command IS NULL THEN locations END, ARRAY[coalesce(exec_location, 'ALL_SEGMENTS')],
           CASE pg_catalog.lower(format) WHEN 'custom' THEN 'b' ELSE left(pg_catalog.lower(format), 1) END::"char", options, '{}', command,
           NULL, NULL, false, 6, writable;
  INSERT INTO pg_depend (classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype)
    SELECT DISTINCT 'pg_class'::regclass, relation::oid, 0, catalog, standin_shadow(split_part(location, ':', 1)), 0,
           'n'::"char"
      FROM pg_catalog.unnest(locations) AS location,
           pg_catalog.unnest(ARRAY['pg_extprotocol'::regclass, 'pg_class'::regclass]) AS catalog
     WHERE standin_shadow(split_part(location, ':', 1)) IS NOT NULL;
$$;

CREATE PROCEDURE pg_catalog.standin_create_external_table
  (what text, relation text, columns text, writable boolean, web boolean, locations text[], exec_location text,
   command text, format text, formatter text, options text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_catalog.standin_check_locations(locations, writable, web AND command IS NULL);
  PERFORM pg_catalog.standin_check_permission(locations, command, writable);
  PERFORM pg_catalog.standin_check_format(format, formatter);
  EXECUTE pg_catalog.format('CREATE %s %s (%s)', what, relation, columns);
  PERFORM pg_catalog.standin_note_external_table
    (relation::regclass, locations, exec_location, command, format, options, writable);
END
$$;

CREATE PROCEDURE pg_catalog.standin_drop_external_tables(relations text[], if_exists boolean, is_cascade boolean)
LANGUAGE plpgsql AS $$
DECLARE
  relation text;
BEGIN
  FOREACH relation IN ARRAY relations LOOP
    IF pg_catalog.to_regclass(relation) IS NULL AND if_exists THEN
      RAISE NOTICE 'table "%" does not exist, skipping', relation;
    ELSIF pg_catalog.to_regclass(relation) IS NULL THEN
      RAISE EXCEPTION 'table "%" does not exist', relation USING ERRCODE = 'undefined_table';
    ELSIF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_exttable WHERE reloid = relation::regclass) THEN
      RAISE EXCEPTION '"%" is not an external table', relation
        USING ERRCODE = 'wrong_object_type', HINT = 'Use DROP TABLE to remove a table.';
    ELSE
      EXECUTE pg_catalog.format('DROP TABLE %s %s', relation, CASE WHEN is_cascade THEN 'CASCADE' ELSE '' END);
    END IF;
  END LOOP;
END
$$;

