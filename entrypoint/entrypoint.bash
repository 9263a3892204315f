# Read by the bash of the base image's entrypoint before its first line (BASH_ENV in the image's ENTRYPOINT), and by
# no other bash. That script gives home, data and init scripts to the administrator with `chown -R`; a single file
# that is mounted read-only would end it there. Such a file keeps its owner instead: init scripts only have to be
# readable, and what it means for the data is for the supervisor to say.
# shellcheck shell=bash
unset BASH_ENV

chown() {
    local said others status=0
    said="$(LC_ALL=C command chown "$@" 2>&1)" || status=$?
    others="$(grep -v ': Read-only file system$' <<< "${said}")" || true
    if [ -n "${others}" ]; then printf '%s\n' "${others}" >&2; fi
    # chown goes on after a failure, so everything else is done.
    if [ -n "${said}" ] && [ -z "${others}" ]; then status=0; fi
    return "${status}"
}
