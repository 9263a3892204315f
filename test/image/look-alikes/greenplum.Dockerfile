# The stand-in of the base image (stand-in/Dockerfile) with what the real one has besides: sshd and gosu, and an
# entrypoint that uses them. The packages come first, so that a change of the stand-in needs no network.
FROM debian:bookworm-slim AS packages
RUN apt-get update && apt-get install -y --download-only --no-install-recommends gosu openssh-server

FROM stand-in-greenplum
RUN --mount=type=bind,from=packages,source=/var/cache/apt/archives,target=/packages dpkg -i /packages/*.deb
# Debian's psql looks for sockets where Debian's servers put them.
RUN rm -rf /var/run/postgresql && ln -s /tmp /var/run/postgresql
# Greenplum has its clients in its own folder.
RUN ln -s /usr/lib/postgresql/*/bin/pg_isready /usr/lib/postgresql/*/bin/psql /usr/local/greenplum-db/bin/
# Where a volume with servers that initdb has made before may be mounted (STANDIN_SERVERS).
RUN install -d -o gpadmin -g gpadmin /servers
COPY --chmod=755 greenplum-entrypoint.sh /entrypoint.sh
# Every wait of the real image times this.
ARG TIME_SCALE
ENV STANDIN_TIME_SCALE=${TIME_SCALE}
