#!/bin/bash
# Settings of the PXF server, read by `pxf` at each of its commands. Uncomment a line to change its value.

# The Java runtime
# export JAVA_HOME=/usr/java/default

# Memory of the Java virtual machine
# export PXF_JVM_OPTS="-Xmx2g -Xms1g"

# Where it logs
# export PXF_LOGDIR="${PXF_BASE}/logs"
