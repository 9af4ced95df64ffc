# The image of all workers and of the command line. TensorFlow's library and every bundle are made here, so that a container
# writes nothing but to its volumes and temporary files.
FROM node:20.20.2-bookworm-slim@sha256:2cf067cfed83d5ea958367df9f966191a942351a2df77d6f0193e162b5febfc0 AS build
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates g++
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev
# Source maps and libraries of other systems: more than half of it, and no worker reads them.
RUN find node_modules -name '*.map' -delete && rm -rf node_modules/onnxruntime-node/bin/*/darwin node_modules/onnxruntime-node/bin/*/win32 node_modules/@temporalio/core-bridge/releases/*-darwin node_modules/@temporalio/core-bridge/releases/*-windows-*
COPY LICENSE NOTICE tsconfig.json ./
COPY activities activities
COPY artifacts artifacts
COPY cli cli
COPY config config
COPY inference inference
COPY ml ml
COPY setup setup
COPY web web
COPY workers workers
COPY workflows workflows
ENV DIGITFLOW_CACHE=/opt/digitflow
RUN node setup/native-library.mjs
RUN node --import tsx workers/make-bundles.ts

FROM node:20.20.2-bookworm-slim@sha256:2cf067cfed83d5ea958367df9f966191a942351a2df77d6f0193e162b5febfc0
RUN apt-get update && apt-get install --yes --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
# New volumes get owner and mode of these folders.
RUN mkdir -p /cache /serving /state/keys /state/reports && chown -R 1000:1000 /cache /state /serving && chmod -R 700 /cache /state /serving
COPY --from=build --chown=1000:1000 /opt/digitflow /opt/digitflow
COPY --from=build /app /app
WORKDIR /app
USER 1000:1000
ENV NODE_ENV=production DIGITFLOW_CACHE=/cache DIGITFLOW_HOME=/state HOME=/tmp
ENTRYPOINT ["/usr/bin/tini", "--"]
CMD ["node", "cli/digitflow.mjs", "--help"]
