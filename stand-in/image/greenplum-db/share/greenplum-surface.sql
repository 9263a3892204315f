-- What a supervisor uses of Greenplum's catalog, on plain PostgreSQL. Run in single-user mode in template1 and
-- postgres of every server; a statement ends with a semicolon and an empty line (postgres --single -j).

CREATE EXTENSION dblink SCHEMA pg_catalog;

CREATE TABLE pg_catalog.gp_id (gpname name, numsegments smallint, dbid smallint, content smallint);

INSERT INTO pg_catalog.gp_id VALUES ('Greenplum', 2, 1, -1);

GRANT SELECT ON pg_catalog.gp_id TO PUBLIC;

-- The rows come from a file in the coordinator's directory, because Greenplum's table is shared by all databases.
CREATE FUNCTION pg_catalog.standin_servers()
RETURNS TABLE (dbid smallint, content smallint, role "char", preferred_role "char", mode "char",
               status "char", port integer, hostname text, address text, datadir text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT f[1]::smallint, f[2]::smallint, f[3]::"char", f[4]::"char", f[5]::"char", f[6]::"char",
         f[7]::integer, f[8], f[9], f[10]
    FROM (SELECT string_to_array(line, E'\t') AS f
            FROM regexp_split_to_table(pg_read_file('standin_servers', 0, 1000000, true), E'\n') AS line
           WHERE line <> '') AS lines
$$;

CREATE VIEW pg_catalog.gp_segment_configuration AS SELECT * FROM pg_catalog.standin_servers();

-- In Greenplum it is a table, and tools update it: here the file is written again.
CREATE FUNCTION pg_catalog.standin_update_server() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  lines text[];
BEGIN
  SELECT array_agg(to_jsonb(CASE WHEN s.dbid = NEW.dbid THEN NEW ELSE s END)::text ORDER BY s.dbid)
    INTO lines FROM gp_segment_configuration s;
  EXECUTE format('COPY (SELECT r.* FROM unnest(%L::text[]) AS line, '
                 'jsonb_populate_record(NULL::gp_segment_configuration, line::jsonb) AS r) TO %L',
                 lines, current_setting('data_directory') || '/standin_servers');
  RETURN NEW;
END
$$;

CREATE TRIGGER standin_update INSTEAD OF UPDATE ON pg_catalog.gp_segment_configuration
FOR EACH ROW EXECUTE FUNCTION pg_catalog.standin_update_server();

GRANT SELECT ON pg_catalog.gp_segment_configuration TO PUBLIC;

CREATE TABLE pg_catalog.gp_configuration_history ("time" timestamptz, dbid smallint, "desc" text);

-- Nothing is promoted here, so the catalog stays as it is.
CREATE FUNCTION pg_catalog.gp_request_fts_probe_scan() RETURNS boolean
LANGUAGE sql AS $$ SELECT true $$;

CREATE FUNCTION pg_catalog.standin_segment_address(port integer) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT format('host=127.0.0.1 port=%s dbname=postgres user=%s connect_timeout=5 application_name=gp_dispatch',
                port, quote_literal(current_user))
$$;

-- Greenplum runs the scan of a table on every primary segment; here the one table that a probe reads.
CREATE FUNCTION pg_catalog.gp_dist_random(relation text) RETURNS SETOF pg_catalog.gp_id
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  segment record;
BEGIN
  IF relation <> 'gp_id' THEN
    RAISE EXCEPTION 'the stand-in dispatches to gp_id only, not to "%"', relation
      USING ERRCODE = 'feature_not_supported';
  END IF;
  FOR segment IN SELECT content, port FROM gp_segment_configuration WHERE content >= 0 AND role = 'p' ORDER BY content
  LOOP
    BEGIN
      RETURN QUERY SELECT * FROM dblink(standin_segment_address(segment.port),
          'SELECT gpname, numsegments, dbid, content FROM pg_catalog.gp_id')
        AS remote(gpname name, numsegments smallint, dbid smallint, content smallint);
    EXCEPTION WHEN OTHERS THEN
      RAISE EXCEPTION 'failed to acquire resources on one or more segments'
        USING ERRCODE = '58M01',
              DETAIL = format('%s (seg%s 127.0.0.1:%s)', SQLERRM, segment.content, segment.port);
    END;
  END LOOP;
END
$$;

-- Greenplum keeps names that begin with gp_ to itself, as PostgreSQL does with pg_.
CREATE FUNCTION pg_catalog.standin_refuse_schema() RETURNS event_trigger
LANGUAGE plpgsql AS $$
DECLARE
  made record;
BEGIN
  FOR made IN SELECT object_identity FROM pg_event_trigger_ddl_commands() WHERE object_identity LIKE 'gp\_%'
  LOOP
    RAISE EXCEPTION 'unacceptable schema name "%"', made.object_identity
      USING ERRCODE = 'reserved_name', DETAIL = 'The prefix "gp_" is reserved for system schemas.';
  END LOOP;
END
$$;

CREATE EVENT TRIGGER standin_reserved_schemas ON ddl_command_end WHEN TAG IN ('CREATE SCHEMA')
  EXECUTE FUNCTION pg_catalog.standin_refuse_schema();

