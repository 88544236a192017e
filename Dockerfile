# Pressluft as a container: the daemon by default, any verb as an argument. BASE is any Debian 12 with Node.js 24 and npm.
ARG BASE=docker.io/library/node:24-bookworm-slim

FROM ${BASE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc tsconfig.json tsconfig.build.json ./
RUN npm ci --no-audit --no-fund --ignore-scripts
COPY src ./src
COPY schemas ./schemas
RUN npx tsc -p tsconfig.build.json && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM ${BASE}
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates git openssh-client python3 python3-venv tini \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/pressluft
COPY ansible/requirements.txt ./ansible/requirements.txt
RUN python3 -m venv .venv && .venv/bin/pip install --no-cache-dir --disable-pip-version-check -r ansible/requirements.txt
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
COPY package.json LICENSE ./
COPY bin ./bin
COPY schemas ./schemas
COPY ansible ./ansible
COPY example-repo ./example-repo
RUN groupadd --gid 10001 pressluft \
 && useradd --uid 10001 --gid 10001 --create-home --home-dir /var/lib/pressluft pressluft \
 && ln -s /opt/pressluft/bin/pressluft /usr/local/bin/pressluft
ENV NODE_ENV=production PRESSLUFT_STATE_DIR=/var/lib/pressluft/state
USER 10001:10001
WORKDIR /var/lib/pressluft
VOLUME ["/var/lib/pressluft"]
ENTRYPOINT ["tini", "--", "pressluft"]
CMD ["run"]
