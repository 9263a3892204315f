# What Dockerfile.greenplum needs of a Node image: node and npm on Debian 12. Node is the npm package `node` of this
# project; npmrc and certificates are this machine's, and stay in this local image.
FROM debian:bookworm-slim
COPY node /usr/local/bin/node
COPY npm/ /usr/local/lib/node_modules/npm/
COPY npmrc /usr/local/etc/npmrc
COPY certificates/ /etc/ssl/certs/
RUN printf '#!/bin/sh\nexec /usr/local/bin/node /usr/local/lib/node_modules/npm/bin/npm-cli.js "$@"\n' > /usr/local/bin/npm \
    && chmod 755 /usr/local/bin/npm /usr/local/bin/node
CMD ["node"]
