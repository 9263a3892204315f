# The stand-in of the base image with the layout of another image of the family: names, folders and versions alone
# differ, as docs/reference/images.md has them.
FROM woblerr/greenplum:6.27.1
USER root
COPY family.sh /tmp/family.sh
ARG FAMILY
RUN bash /tmp/family.sh "${FAMILY}" && rm /tmp/family.sh
