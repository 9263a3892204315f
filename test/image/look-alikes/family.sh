#!/usr/bin/env bash
# family.sh FAMILY: changes the stand-in of the base image, in place, into a look-alike of another family: names, folders
# and versions. Run as root.
set -Eeuo pipefail

was=/usr/local/greenplum-db
gphome="${was}"
script=/start_gpdb.sh
prefix=GREENPLUM

case "$1" in
    # As Greenplum 7, but for the name of the product and that of the file with the paths.
    greengage7) product='Greengage Database' version=7.4.1 postgres=12 ;;
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

# Its own text files. What is linked there is PostgreSQL's.
mapfile -t files < <(grep -rlI '' "${gphome}" /usr/local/pxf "${script}" /entrypoint.sh /home/gpadmin/.bashrc)
sed -i \
    -e "s:${was}:${gphome}:g" \
    -e "s:GREENPLUM_:${prefix}_:g" \
    -e 's:MASTER_DATA_DIRECTORY:COORDINATOR_DATA_DIRECTORY:g' \
    -e 's:pg_log:log:g' \
    -e "s:Greenplum Database) 6\\.27\\.1:${product}) ${version}:" \
    -e "s:^# PostgreSQL 9\\.4\$:# PostgreSQL ${postgres}:" \
    "${files[@]}"

if [ "$1" = greengage7 ]; then
    mv "${gphome}/greenplum_path.sh" "${gphome}/greengage_path.sh"
    ln -s greengage_path.sh "${gphome}/greenplum_path.sh"
fi
