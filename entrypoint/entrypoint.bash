# Read by the bash of the base image's entrypoint before its first line (BASH_ENV in the image's ENTRYPOINT), and by
# no other bash. As root, that script makes the administrator the owner of home, data and init scripts with `chown -R`.
# shellcheck shell=bash
unset BASH_ENV

chown() {
    if [ "${1:-}" != -R ] || [ "$#" -lt 3 ]; then
        command chown "$@"
        return
    fi
    local owner="$2" path status=0
    for path in "${@:3}"; do give "${owner}" "${path}" || status=$?; done
    return "${status}"
}

# A single file that is mounted read-only would end the entrypoint. Here it keeps its owner instead: init scripts only
# have to be readable, and the supervisor reports read-only data.
# This works from inside the folder, or the one that holds the file. `chown -R` itself would follow a link on the path to
# it (not one at its end), and the administrator, who owns the volume, can create one there. `pwd -P` is the path that
# was really taken, whatever is swapped meanwhile.
give() {
    local folder name=. said others status=0
    folder="$(lexical "$2")"
    if [ ! -d "${folder}" ]; then
        name="./${folder##*/}"
        folder="${folder%/*}"
        folder="${folder:-/}"
    fi
    said="$(
        exec 2>&1
        export LC_ALL=C
        if [[ "$2" != /* ]]; then
            command chown -R -- "$1" "$2"
            exit
        fi
        cd -P -- "${folder}" || exit
        if [ "$(pwd -P)" != "${folder}" ]; then
            echo "chown: $2 is reached through a link, to $(pwd -P)${name#.}: its owner stays; name it without the link"
            exit 1
        fi
        command chown -R -- "$1" "${name}"
    )" || status=$?
    said=${said//"'./"/"'${folder%/}/"}
    others="$(grep -v ': Read-only file system$' <<< "${said}")" || true
    if [ -n "${others}" ]; then printf '%s\n' "${others}" >&2; fi
    # chown goes on after a failure, so everything else is done.
    if [ -n "${said}" ] && [ -z "${others}" ]; then status=0; fi
    return "${status}"
}

# Without redundant slashes.
lexical() {
    local path="$1"
    while [[ "${path}" == *//* ]]; do path="${path//\/\///}"; done
    if [ "${path}" != / ]; then path="${path%/}"; fi
    echo "${path}"
}
