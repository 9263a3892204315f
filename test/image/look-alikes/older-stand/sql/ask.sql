SELECT 'extension ' || extname FROM pg_extension WHERE extname = 'pxf';
