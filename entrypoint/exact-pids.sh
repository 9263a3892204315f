#!/bin/sh
# While the image is built: Greenplum 6's tools look for the pid of a server as text in the list of processes, so that pid
# 433 is also found in 4336, and gpstop and gprecoverseg may then kill a healthy server with -9 (docs/base-image.md, trap
# 17). This makes them ask for that very pid. Tools that are written otherwise stay as they are.
#   exact-pids.sh [HOME OF GREENPLUM]...
set -eu

edits="$(mktemp)"
trap 'rm -f "${edits}"' EXIT
cat > "${edits}" << 'EOF'
s/ps -ef | grep postgres | grep -v grep | awk '{print $2}' | grep \(`cat %s\/postmaster\.pid | head -1`\)/ps -o pid=,args= -p \1 | grep postgres/
s/ps -ef | grep postgres | grep -v grep | awk '{print $2}' | grep \(\\\\`cat %s\/postmaster\.pid | head -1\\\\`\)/ps -o user=,pid=,args= -p \1 | grep postgres/
EOF

for home in "${@:-/usr/local/greenplum-db}"; do
    file="${home}/lib/python/gppylib/commands/gp.py"
    if grep -q 'grep postgres | grep -v grep .*/postmaster.pid' "${file}" 2> /dev/null; then
        sed -i -f "${edits}" "${file}"
        rm -f "${file}c" "${file}o"
        echo "${file}: pids are looked for exactly"
    fi
done
