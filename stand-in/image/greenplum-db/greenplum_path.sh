# shellcheck shell=bash
# What the real file gives its tools, LD_LIBRARY_PATH and OPENSSL_CONF included, which no other program wants.
# Sourced by ~/.bashrc, which sets GPHOME and STANDIN_PG_BIN before.
export PATH="${GPHOME}/bin:${STANDIN_PG_BIN}:${PATH:-/usr/local/bin:/usr/bin:/bin}"
export LD_LIBRARY_PATH="${GPHOME}/lib${LD_LIBRARY_PATH:+:${LD_LIBRARY_PATH}}"
export PYTHONPATH="${GPHOME}/lib/python"
export OPENSSL_CONF="${GPHOME}/etc/openssl.cnf"
