-- What version 2.1 added.

CREATE FUNCTION pg_catalog.pxfdelimited_import() RETURNS record LANGUAGE plpgsql STABLE AS $$
BEGIN
  RAISE EXCEPTION 'the stand-in has no PXF client' USING ERRCODE = 'feature_not_supported';
END
$$;

