#!/usr/bin/env bash
# Fuzzes what parses foreign bytes in seed/protocols:  test/fuzz/run.sh [seconds] [harness...]
# Each harness runs for that long (60 s by default), one after the other. Needs clang with libFuzzer (Debian: clang,
# libclang-rt-14-dev); `formatter` also the server's headers (postgresql-server-dev-15), and is left out without them.
# FUZZ_WORK keeps what is found between runs. `minimise` instead of the seconds writes it back into corpus/.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds="${1:-60}"
work="${FUZZ_WORK:-$(mktemp -d)}"
protocols=seed/protocols
sanitizers=fuzzer,address,undefined
flags=(-std=gnu99 -g -O1 -Wall -Wextra -Werror -D_GNU_SOURCE -fno-omit-frame-pointer
    -fsanitize="$sanitizers" -fno-sanitize-recover=all)
headers="$(PATH="/usr/lib/postgresql/15/bin:$PATH" pg_config --includedir-server 2> /dev/null || true)"

build() {
    case "$1" in
        record-*) set -- "$1" "$protocols/length_prefixed" "$protocols/length_prefixed/record.c" ;;
        url) set -- "$1" "$protocols/demoprot" "$protocols/demoprot/url.c" ;;
        formatter) set -- "$1" "$protocols/length_prefixed" "$protocols"/length_prefixed/*.c \
            test/protocols/server-stub.c -isystem stand-in/headers -isystem "$headers" ;;
        *) echo "fuzz: there is no harness '$1'" >&2 && exit 64 ;;
    esac
    clang "${flags[@]}" -I"$2" "test/fuzz/$1.c" "${@:3}" -o "$work/$1"
}

fuzz() {
    mkdir -p "$work/found/$1"
    if [ "$seconds" = minimise ]; then
        rm -rf "$work/least" && mkdir "$work/least"
        "$work/$1" -merge=1 -use_counters=0 "$work/least" "$work/found/$1" "test/fuzz/corpus/$1" 2> /dev/null
        rm -f "test/fuzz/corpus/$1"/* && cp "$work/least"/* "test/fuzz/corpus/$1/"
        return
    fi
    local failed=0
    "$work/$1" -max_total_time="$seconds" -max_len=1024 -timeout=10 -print_final_stats=1 \
        -artifact_prefix="$work/$1-" "$work/found/$1" "test/fuzz/corpus/$1" "test/fuzz/regressions/$1" \
        > "$work/$1.log" 2>&1 || failed=1
    grep -E 'DONE|ERROR|SUMMARY|not so|stat::number_of_executed|peak_rss' "$work/$1.log" || true
    if [ "$failed" -ne 0 ]; then
        echo "fuzz: $1 failed; its input: $work/$1-*, its words: $work/$1.log" >&2
        exit 1
    fi
}

command -v clang > /dev/null || { echo 'fuzz: needs clang with libFuzzer' >&2; exit 69; }
mkdir -p "$work"
harnesses=("${@:2}")
[ ${#harnesses[@]} -gt 0 ] || harnesses=(record-decode record-round-trip url formatter)
for harness in "${harnesses[@]}"; do
    if [ "$harness" = formatter ] && [ ! -r "$headers/postgres.h" ]; then
        echo 'fuzz: formatter is left out, there are no server headers'
        continue
    fi
    echo "fuzz: $harness"
    build "$harness"
    fuzz "$harness"
done
