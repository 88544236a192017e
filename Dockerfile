# Pressluft as a container: runs the daemon by default, or the verb given as an argument. BASE: Debian 12 with Node.js 24 and npm.
#
# Optional build secrets, for a build behind a proxy or with mirrors: `apt.conf`, `apt.list`, `npmrc` and `pip.conf` configure the
# package sources, `ca` the trusted certificates. No secret is stored in a layer. See docs/container.md.
ARG BASE=docker.io/library/node:24-bookworm-slim

FROM ${BASE} AS build
WORKDIR /opt/pressluft
RUN --mount=type=secret,id=apt.conf --mount=type=secret,id=apt.list --mount=type=secret,id=ca,mode=0444 \
    export APT_CONFIG=/run/secrets/apt.conf DEBIAN_FRONTEND=noninteractive \
 && apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends ca-certificates python3-venv
COPY ansible/requirements.txt ansible/requirements.txt
# Ansible's own tests and pip are not needed at run time. Pressluft recognises a complete virtualenv by the marker.
RUN --mount=type=secret,id=pip.conf --mount=type=secret,id=ca,mode=0444 \
    export PIP_CONFIG_FILE=/run/secrets/pip.conf PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore \
 && python3 -m venv .venv \
 && .venv/bin/pip install --quiet --no-cache-dir --require-hashes --only-binary :all: -r ansible/requirements.txt \
 && .venv/bin/pip uninstall --quiet --yes pip setuptools \
 && rm -rf .venv/lib/python3*/site-packages/ansible_test .venv/bin/ansible-test \
 && sha256sum ansible/requirements.txt | cut -d' ' -f1 > .venv/.pressluft-complete
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=secret,id=npmrc --mount=type=secret,id=ca,mode=0444 \
    NPM_CONFIG_USERCONFIG=/run/secrets/npmrc npm ci --ignore-scripts --loglevel=error --cache /tmp/npm \
 && rm -rf /tmp/npm
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/build.sh scripts/build.sh
COPY schemas schemas
COPY src src
RUN sh scripts/build.sh && npm prune --omit=dev --ignore-scripts --offline --loglevel=error

FROM ${BASE}
RUN --mount=type=secret,id=apt.conf --mount=type=secret,id=apt.list --mount=type=secret,id=ca,mode=0444 \
    export APT_CONFIG=/run/secrets/apt.conf DEBIAN_FRONTEND=noninteractive \
 && apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends ca-certificates curl git jq openssh-client python3 tini \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/log/apt /var/log/dpkg.log \
 && groupadd --gid 10001 pressluft \
 && useradd --uid 10001 --gid 10001 --create-home --home-dir /var/lib/pressluft --shell /usr/sbin/nologin pressluft \
 && chmod 700 /var/lib/pressluft \
 && ln -s /opt/pressluft/bin/pressluft /usr/local/bin/pressluft
WORKDIR /opt/pressluft
COPY --from=build /opt/pressluft/.venv .venv
COPY --from=build /opt/pressluft/node_modules node_modules
COPY --from=build /opt/pressluft/dist dist
COPY package.json LICENSE ./
COPY bin bin
COPY schemas schemas
COPY ansible ansible
COPY example-repo example-repo
COPY docs/errors docs/errors

ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Pressluft" \
      org.opencontainers.image.description="A GitOps reconciler for WordPress fleets" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV NODE_ENV=production \
    PRESSLUFT_NODE=/usr/local/bin/node \
    PRESSLUFT_STATE_DIR=/var/lib/pressluft/state \
    PYTHONDONTWRITEBYTECODE=1
# Numeric, so that Kubernetes can verify that it is not root. OpenSSH requires its entry in /etc/passwd.
USER 10001:10001
WORKDIR /var/lib/pressluft
VOLUME ["/var/lib/pressluft"]
ENTRYPOINT ["tini", "--", "pressluft"]
CMD ["run"]
