#!/usr/bin/env bash
# family.sh FAMILY: changes the stand-in of the base image, in place, into a look-alike of another family: names, folders
# and versions. Run as root.
set -Eeuo pipefail

was=/usr/local/greenplum-db
gphome="${was}"
script=/start_gpdb.sh
prefix=GREENPLUM

case "$1" in
    # As Greenplum 6 and 7, but for the name of the product and, in Greengage, that of the file with the paths.
    greengage6) product='Greengage Database' version=6.29.1 postgres=9.4 ;;
    greengage7) product='Greengage Database' version=7.4.1 postgres=12 ;;
    warehousepg7) product='WarehousePG' version=7.3.0 postgres=12 ;;
    cloudberry)
        product='Apache Cloudberry' version=2.1.0 postgres=14 prefix=CLOUDBERRY
        gphome=/usr/local/cloudberry-db
        mv "${was}" "${gphome}"
        mv "${script}" /start_cbdb.sh
        script=/start_cbdb.sh
        ;;
    *)
        echo "no such family: $1" >&2
        exit 1
        ;;
esac

log=log
directory=COORDINATOR_DATA_DIRECTORY
if [ "${postgres}" = 9.4 ]; then log=pg_log directory=MASTER_DATA_DIRECTORY; fi

# Its own text files. What is linked there is PostgreSQL's.
mapfile -t files < <(grep -rlI '' "${gphome}" /usr/local/pxf "${script}" /entrypoint.sh /home/gpadmin/.bashrc)
sed -i \
    -e "s:${was}:${gphome}:g" \
    -e "s:GREENPLUM_:${prefix}_:g" \
    -e "s:MASTER_DATA_DIRECTORY:${directory}:g" \
    -e "s:pg_log:${log}:g" \
    -e "s:Greenplum Database) 6\\.27\\.1:${product}) ${version}:" \
    -e "s:^# PostgreSQL 9\\.4\$:# PostgreSQL ${postgres}:" \
    "${files[@]}"

if [[ "$1" = greengage* ]]; then
    mv "${gphome}/greenplum_path.sh" "${gphome}/greengage_path.sh"
    ln -s greengage_path.sh "${gphome}/greenplum_path.sh"
fi
