#!/usr/bin/env bash
# Compiles each folder with C sources into one library, checks that the server can load it, and puts it where the server
# looks for libraries:
#   compile.sh <sources> <output>     <sources>/<folder>/*.c  ->  <output>/<pkglibdir>/<folder>.so
# The server is the one of `pg_config`: $PG_CONFIG, else gpadmin's, else that of the PATH.
set -euo pipefail
# sort and comm have to agree on the order of names, whatever the locale of the base image.
export LC_ALL=C

fail() {
    local line
    for line in "$@"; do printf 'protocols: %s\n' "$line" >&2; done
    exit 1
}

# Greenplum's PATH and libraries are in gpadmin's .bashrc. They are used for pg_config alone: a compiler needs none of
# them, and may fail with the OpenSSL or the C library that come with them.
server_config() {
    if [ -n "${PG_CONFIG:-}" ]; then
        "$PG_CONFIG" "$1"
        return
    fi
    (
        home="$(getent passwd gpadmin | cut -d: -f6 || true)"
        set +eu
        # shellcheck disable=SC1091
        if [ -n "$home" ] && [ -r "$home/.bashrc" ]; then HOME="$home" source "$home/.bashrc" > /dev/null 2>&1; fi
        PATH="$PATH:${GPHOME:-/usr/local/greenplum-db}/bin"
        exec pg_config "$1"
    )
}

# COPY in a Dockerfile gives existing folders the owner and mode of those that it copies.
make_like() {
    local below="$1" path='' part parts
    IFS=/ read -ra parts <<< "${2#/}"
    mkdir -p "$below"
    for part in "${parts[@]}"; do
        path="$path/$part"
        [ -d "$below$path" ] && continue
        mkdir "$below$path"
        chown --reference="$path" "$below$path"
        chmod --reference="$path" "$below$path"
    done
}

# A call of a function that exists nowhere links without an error, and would fail only at CREATE FUNCTION.
check_symbols() {
    local missing
    missing="$(comm -23 \
        <(ldd -r "$2" 2> /dev/null | sed -n 's/^undefined symbol: \([^ ,\t]*\).*/\1/p' | sort -u) \
        <(nm -D --defined-only "$server" | sed 's/.* //; s/@.*//' | sort -u))"
    [ -z "$missing" ] || fail "cannot use '$1': neither the server nor the C library has" "$missing"
}

compile() {
    local folder="$1" name target words
    name="$(basename "$folder")"
    target="$output$libraries/$name.so"
    [[ "$name" =~ ^[a-z][a-z0-9_]*$ ]] ||
        fail "cannot compile '$name': a library is called as its folder, and that has to be of a-z, 0-9 and _"
    [ ! -e "$libraries/$name.so" ] ||
        fail "cannot compile '$name': the server has a library $libraries/$name.so of its own; rename the folder"
    words="$(mktemp)"
    # -isystem: warnings about the server's own headers do not count. -Bsymbolic: the server loads all libraries into one
# namespace, and each has to call its own functions there.
    if ! "$compiler" -std=gnu99 -O2 -fPIC -Wall -Wextra -Werror -D_GNU_SOURCE -isystem "$headers" \
        -shared -Wl,-Bsymbolic -o "$target" "$folder"/*.c 2> "$words"; then
        cat "$words" >&2
        fail "cannot compile '$name' (${folder}/*.c): see the compiler's words above; warnings count as errors"
    fi
    rm -f "$words"
    check_symbols "$name" "$target"
    chmod 755 "$target"
    echo "protocols: $libraries/$name.so"
}

[ $# -eq 2 ] || fail 'usage: compile.sh <sources> <output>'
sources="${1%/}" output="${2%/}"
mkdir -p "$output"
folders=()
for folder in "$sources"/*/; do
    if compgen -G "$folder*.c" > /dev/null; then folders+=("${folder%/}"); fi
done
if [ ${#folders[@]} -eq 0 ]; then
    echo "protocols: no C sources below $sources, so nothing to compile"
    exit 0
fi

if ! { version="$(server_config --version)" && headers="$(server_config --includedir-server)" &&
    libraries="$(server_config --pkglibdir)" && server="$(server_config --bindir)/postgres"; }; then
    fail 'cannot find the server: there is no pg_config that works' \
        "set PG_CONFIG to its path, or see to it that gpadmin's .bashrc puts it on the PATH"
fi
# The path without symbolic links: COPY would replace one with a folder.
libraries="$(realpath "$libraries")"
[ -r "$headers/access/extprotocol.h" ] ||
    fail "cannot compile: $headers has no access/extprotocol.h, so this is no Greenplum with its headers ($version)"
compiler="$(command -v "${CC:-cc}" || command -v gcc)" ||
    fail 'cannot compile: there is no C compiler' 'install gcc and libc6-dev (Debian, Ubuntu), or gcc and glibc-devel'

echo "protocols: compiling for $version"
make_like "$output" "$libraries"
for folder in "${folders[@]}"; do compile "$folder"; done
