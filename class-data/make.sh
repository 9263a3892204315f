#!/usr/bin/env bash
# make.sh MODE DIRECTORY ROOT: makes the class data of PXF in DIRECTORY while an image is built, and copies them below
# ROOT. MODE is `auto` (what cannot be made is left out, and the build goes on), `on` (it fails) or `off`. Run as root.
set -Eeuo pipefail

mode="$1"
directory="$2"
root="$3"
here="$(cd "$(dirname "$0")" && pwd)"

main() {
    mkdir -p "${root}"
    case "${mode}" in
        off) echo 'class data of PXF: left out (PXF_ARCHIVE=off)' ;;
        auto | on) attempt ;;
        *)
            echo "PXF_ARCHIVE is ${mode}; allowed: auto, on, off" >&2
            exit 1
            ;;
    esac
}

attempt() {
    local status=0
    create || status=$?
    if [ "${status}" = 0 ]; then return; fi
    rm -rf "${root:?}${directory}"
    echo "class data of PXF: cannot be made here; the reason is in the lines above. PXF will start without." >&2
    [ "${mode}" = auto ]
}

# Each step by `&&`: `set -e` has no effect in what is called within a condition.
create() {
    local user
    # Without a password it prints no configuration. JAVA_HOME is in the administrator's .bashrc. The supervisor, which
    # runs as the administrator, copies the libraries of PXF into jars/.
    user="$(GREENPLUM_PASSWORD=none CLOUDBERRY_PASSWORD=none gp-supervisor config | sed -n '0,/"user":/s/^ *"user": "\(.*\)",*$/\1/p')" \
        && HOME="$(getent passwd "${user}" | cut -d : -f 6)" PXF_CLASS_DATA_DIR="${directory}" gp-supervisor share-classes \
        && install -D -m 755 "${here}/java" "${directory}/java/bin/java" \
        && chown "${user}:" "${directory}/jars" \
        && mkdir -p "${root}$(dirname "${directory}")" \
        && cp -a "${directory}" "${root}${directory}"
}

main
