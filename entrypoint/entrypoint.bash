# Read by the bash of the base image's entrypoint before its first line (BASH_ENV in the image's ENTRYPOINT), and by
# no other bash. As root, that script makes the administrator the owner of home, data and init scripts with `chown -R`.
# shellcheck shell=bash
unset BASH_ENV

# --- the name of the host ---------------------------------------------------------------------------------------------

# The catalog of a cluster has the name of the host that it was created on. Where all of it is on this host, that name is
# made one of this host's, so that the cluster starts under whatever name the container has now. It goes into the line of
# the present name, because gpssh-exkeys takes what it finds there for its own. Docker writes the file at every start.
name_host_as_before() {
    local hosts="${1:-/etc/hosts}" present before lines
    [ "${GREENPLUM_DEPLOYMENT:-singlenode}" = singlenode ] && [ "${CLOUDBERRY_DEPLOYMENT:-singlenode}" = singlenode ] || return 0
    before="$(first_name "${GREENPLUM_DATA_DIRECTORY:-${CLOUDBERRY_DATA_DIRECTORY:-/data}}/gpinitsystem_config")"
    present="${HOSTNAME}"
    [ -n "${before}" ] && [ "${before}" != "${present}" ] && [ -w "${hosts}" ] || return 0
    lines="$(awk -v present="${present}" -v before="${before}" '
        { is_ours = 0; has = 0 }
        !/^[[:space:]]*#/ { for (i = 2; i <= NF; i++) { if ($i == present) is_ours = 1; if ($i == before) has = 1 } }
        is_ours && !has { $0 = $0 " " before }
        is_ours { found = 1 }
        # It leads to this host only.
        has && !is_ours {
            kept = ""
            for (i = 2; i <= NF; i++) if ($i != before) kept = kept " " $i
            if (kept == "") next
            $0 = $1 kept
        }
        { print }
        END { if (!found) print "127.0.0.1 " present " " before }' "${hosts}")" || return 0
    # In place: the file is a mount.
    printf '%s\n' "${lines}" > "${hosts}" || true
}

# The administrator owns the file, so nothing but a name is taken from it.
first_name() {
    if [ ! -f "$1" ]; then return; fi
    head -c 65536 -- "$1" | sed -nE "s/^[[:space:]]*(MASTER|COORDINATOR)_HOSTNAME=[\"']?([A-Za-z0-9][A-Za-z0-9._-]{0,252})[\"']?[[:space:]]*(#.*)?\$/\\2/p" \
        | { grep -vixE 'localhost|[0-9.]+' || true; } | tail -n 1
}

if [ "${EUID}" = 0 ]; then name_host_as_before; fi

# --- what it waits for ------------------------------------------------------------------------------------------------

# It has started sshd, which is ready much sooner.
sleep() {
    local try
    if [ "$*" != 2 ]; then
        command sleep "$@"
        return
    fi
    if [ -n "${without_sshd}" ]; then return; fi
    for try in {1..40}; do
        if (exec 3<> "/dev/tcp/127.0.0.1/${SSH_PORT:-22}") 2> /dev/null; then return; fi
        command sleep 0.05
    done
    : "not within ${try} tries"
}

# Without root there is no sshd. The supervisor says so (place.not-by-root); what mkdir and sshd would say is left out,
# because the log is JSON.
without_sshd=''
if [ "${EUID}" != 0 ]; then
    mkdir() { [ "$*" = '-p /run/sshd' ] || command mkdir "$@"; }
    /usr/sbin/sshd() { without_sshd=yes; }
fi

# A user with another name gets a key of their own; one is enough.
ssh-keygen() {
    local word previous=''
    if [ "${EUID}" != 0 ] && [ "$*" = -A ]; then return; fi
    for word in "$@"; do
        if [ "${previous}" = -f ] && [ -f "${word}" ]; then return; fi
        previous="${word}"
    done
    command ssh-keygen "$@"
}

# --- the keys of a cluster --------------------------------------------------------------------------------------------

# The hosts of a cluster share a volume with two key pairs: that of the coordinator, by which its administrator gets to all
# others, and that by which every host is known, also after its container was created anew. The host that comes first makes
# them: renaming a folder to one that is there and not empty fails. A segment host gets the public key of the first only.
# Its comment is one word, because gpssh-exkeys drops a key with several from authorized_keys. The owner is set with that of
# the home.
share_keys() {
    local keys="$1" home="$2" host="${3:-/etc/ssh}" made
    if [ ! -f "${keys}/ssh/id_rsa" ]; then
        made="$(mktemp -d "${keys}/.new.XXXXXX")"
        command ssh-keygen -q -t rsa -b 3072 -N '' -C coordinator-of-cluster -f "${made}/id_rsa"
        command ssh-keygen -q -t rsa -b 3072 -N '' -C host-of-cluster -f "${made}/ssh_host_rsa_key"
        mv -T "${made}" "${keys}/ssh" 2> /dev/null || rm -rf "${made}"
    fi
    if [ -f "${keys}/ssh/ssh_host_rsa_key" ]; then
        install -m 600 "${keys}/ssh/ssh_host_rsa_key" "${host}/ssh_host_rsa_key"
        install -m 644 "${keys}/ssh/ssh_host_rsa_key.pub" "${host}/ssh_host_rsa_key.pub"
    fi
    # Root writes here, and the folder is the administrator's: a link of his could lead anywhere.
    if [ -L "${home}/.ssh" ] || [ -L "${home}/.ssh/authorized_keys" ]; then
        echo "ERROR - the keys of the cluster are not installed: ${home}/.ssh or its authorized_keys is a link" >&2
        return
    fi
    install -d -m 700 "${home}/.ssh"
    # A standby may become the coordinator.
    if [[ "${GREENPLUM_DEPLOYMENT:-}${CLOUDBERRY_DEPLOYMENT:-}" = *@(master|standby)* ]]; then
        install -m 600 "${keys}/ssh/id_rsa" "${home}/.ssh/id_rsa"
        install -m 644 "${keys}/ssh/id_rsa.pub" "${home}/.ssh/id_rsa.pub"
    fi
    # A host has another address at each start, under which another one may have been known.
    if [ ! -e "${home}/.ssh/config" ]; then install -m 600 /dev/stdin "${home}/.ssh/config" <<< 'CheckHostIP no'; fi
    grep -qxFf "${keys}/ssh/id_rsa.pub" "${home}/.ssh/authorized_keys" 2> /dev/null \
        || cat "${keys}/ssh/id_rsa.pub" >> "${home}/.ssh/authorized_keys"
    chmod 600 "${home}/.ssh/authorized_keys"
}

if [ "${EUID}" = 0 ] && [ -d /run/cluster-keys ]; then share_keys /run/cluster-keys "/home/${GREENPLUM_USER:-gpadmin}"; fi

# --- owners -----------------------------------------------------------------------------------------------------------

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
        if are_given "$1" "${name}"; then exit; fi
        command chown -R -- "$1" "${name}"
    )" || status=$?
    said=${said//"'./"/"'${folder%/}/"}
    others="$(grep -v ': Read-only file system$' <<< "${said}")" || true
    if [ -n "${others}" ]; then printf '%s\n' "${others}" >&2; fi
    # chown goes on after a failure, so everything else is done.
    if [ -n "${said}" ] && [ -z "${others}" ]; then status=0; fi
    return "${status}"
}

# Whether everything has the owner already, as it has at every start but the first. On the layers of an image, chown would
# copy each file.
are_given() {
    local user="${1%%:*}" group="${1#*:}"
    if [[ "$1" != *:* ]] || [ -z "${group}" ]; then group=''; fi
    [ -n "${user}" ] \
        && [ -z "$(find "$2" \( ! -user "${user}" ${group:+-o ! -group "${group}"} \) -print -quit 2>&1 || echo 'cannot tell')" ]
}

# Without redundant slashes.
lexical() {
    local path="$1"
    while [[ "${path}" == *//* ]]; do path="${path//\/\///}"; done
    if [ "${path}" != / ]; then path="${path%/}"; fi
    echo "${path}"
}
