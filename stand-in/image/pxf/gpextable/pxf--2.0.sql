-- The functions of the real extension by name and result, and its protocol; nothing here can read or write.

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

-- CREATE TRUSTED PROTOCOL pxf (readfunc = pxf_read, writefunc = pxf_write, validatorfunc = pxf_validate)
CALL pg_catalog.standin_create_protocol('pxf', true, 'pg_catalog.pxf_read()', 'pg_catalog.pxf_write()',
                                        'pg_catalog.pxf_validate()');
