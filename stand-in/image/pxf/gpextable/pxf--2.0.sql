-- The functions of the real extension by name and result. PostgreSQL has no CREATE PROTOCOL, so the protocol
-- itself is missing; nothing here can read or write.

CREATE FUNCTION pg_catalog.pxf_write() RETURNS integer LANGUAGE plpgsql STABLE AS $$
BEGIN
  RAISE EXCEPTION 'the stand-in has no PXF client' USING ERRCODE = 'feature_not_supported';
END
$$;

CREATE FUNCTION pg_catalog.pxf_read() RETURNS integer LANGUAGE plpgsql STABLE AS $$
BEGIN
  RAISE EXCEPTION 'the stand-in has no PXF client' USING ERRCODE = 'feature_not_supported';
END
$$;

CREATE FUNCTION pg_catalog.pxf_validate() RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
  RAISE EXCEPTION 'the stand-in has no PXF client' USING ERRCODE = 'feature_not_supported';
END
$$;

CREATE FUNCTION pg_catalog.pxfwritable_import() RETURNS record LANGUAGE plpgsql STABLE AS $$
BEGIN
  RAISE EXCEPTION 'the stand-in has no PXF client' USING ERRCODE = 'feature_not_supported';
END
$$;

CREATE FUNCTION pg_catalog.pxfwritable_export(record) RETURNS bytea LANGUAGE plpgsql STABLE AS $$
BEGIN
  RAISE EXCEPTION 'the stand-in has no PXF client' USING ERRCODE = 'feature_not_supported';
END
$$;

