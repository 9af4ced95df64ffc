# MinIO from the source that setup/components/go/minio pins: each module's digest stands in go.sum. The vendor offers no
# images and no binaries any more. Flags as in setup/components/shared/go-build.mjs.
FROM golang:1.26.6-bookworm@sha256:116d58cbd88c1297624acc6e967a060012422bacf9930927e23fb719189c6f36 AS build
WORKDIR /minio
COPY setup/components/go/minio/go.mod setup/components/go/minio/go.sum ./
ENV CGO_ENABLED=0 GOTOOLCHAIN=local GOWORK=off
RUN go build -mod=readonly -modcacherw -trimpath -buildvcs=false -gcflags=all=-dwarf=false "-ldflags=-s -w" -o minio github.com/minio/minio

FROM alpine:3.22@sha256:14358309a308569c32bdc37e2e0e9694be33a9d99e68afb0f5ff33cc1f695dce
# A new volume gets owner and mode of this folder.
RUN mkdir -m 700 /data && chown 1000:1000 /data
COPY --from=build /minio/minio /usr/local/bin/minio
USER 1000:1000
ENV HOME=/tmp MINIO_BROWSER=off MINIO_UPDATE=off
EXPOSE 9000
ENTRYPOINT ["minio"]
CMD ["server", "--quiet", "--address", ":9000", "--certs-dir", "/tmp/certificates", "/data"]
