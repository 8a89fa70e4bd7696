# Inkling in a container: inkling serve, as a user without rights, on a root file system that may be read-only.
#
#   docker build -t inkling .                                      the default model inside
#   docker build -t inkling --build-arg MODEL=none .               without a model: mount one, or set MODEL_URL
#   docker buildx build --platform linux/amd64,linux/arm64 .       for both machines; Go crosses, nothing is emulated
#   docker build -t inkling:cuda --build-arg BASE_IMAGE=nvidia/cuda:12.8.1-cudnn-runtime-ubuntu24.04 \
#     --build-arg RUNTIME_ARCHIVE=onnxruntime-linux-x64-gpu-1.32.0.tgz .
#                                                                  for DEVICE=cuda: ONNX Runtime's GPU archive, from the build's folder
#
# A build behind a proxy or a mirror: --build-arg GOPROXY=..., --secret id=pip,src=pip.conf.
ARG GO_IMAGE=golang:1.26-bookworm
ARG FETCH_IMAGE=debian:bookworm-slim
ARG BASE_IMAGE=debian:bookworm-slim

FROM --platform=$BUILDPLATFORM ${GO_IMAGE} AS build
ARG TARGETARCH
ARG BUILDARCH
ARG VERSION=dev
ARG GOPROXY
ENV CGO_ENABLED=1 GOFLAGS=-buildvcs=false
WORKDIR /src
RUN if [ "${TARGETARCH:-$BUILDARCH}" != "$BUILDARCH" ]; then \
      case "$TARGETARCH" in \
        amd64) cross=x86-64-linux-gnu ;; \
        arm64) cross=aarch64-linux-gnu ;; \
        *) echo "no runtime is published for $TARGETARCH" >&2; exit 1 ;; \
      esac; \
      apt-get update && apt-get install -y --no-install-recommends "gcc-$cross" "g++-$cross" && rm -rf /var/lib/apt/lists/*; \
    fi
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN if [ "${TARGETARCH:-$BUILDARCH}" != "$BUILDARCH" ]; then \
      machine=aarch64; [ "$TARGETARCH" = arm64 ] || machine=x86_64; \
      export CC="$machine-linux-gnu-gcc" CXX="$machine-linux-gnu-g++" GOARCH="$TARGETARCH"; \
    fi; \
    go build -trimpath -ldflags "-s -w -X main.version=$VERSION" -o /out/bin/inkling ./cmd/inkling && mkdir -p /out/home/cache /out/home/models

# What is fetched: the runtime always, the model where it is to be inside. Both are checked by SHA-256.
FROM --platform=$BUILDPLATFORM ${FETCH_IMAGE} AS fetch
ARG TARGETARCH
ARG MODEL=baked
ARG RUNTIME_ARCHIVE=LICENSE
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates python3 python3-pip && rm -rf /var/lib/apt/lists/*
WORKDIR /fetch
COPY scripts/fetch.py ./
# LICENSE stands for: no archive, fetch the library for processors.
COPY ${RUNTIME_ARCHIVE} /fetch/archive/
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    case "${TARGETARCH:-}" in amd64) machine=x86_64 ;; arm64) machine=aarch64 ;; *) machine=$(uname -m) ;; esac; \
    mkdir -p /out/lib /out/models; \
    case "$MODEL" in baked) python3 fetch.py /out model ;; none) ;; *) echo "MODEL: $MODEL is neither baked nor none" >&2; exit 1 ;; esac; \
    case "$RUNTIME_ARCHIVE" in \
      LICENSE) python3 fetch.py /out runtime "$machine" ;; \
      *.tgz) tar -xzf archive/*.tgz -C archive --strip-components=1 && cp -a archive/lib/lib*.so* /out/lib/ ;; \
      *) echo "RUNTIME_ARCHIVE: $RUNTIME_ARCHIVE is not a .tgz" >&2; exit 1 ;; \
    esac; \
    rm -rf /out/downloads

# Nothing runs in this stage, so that another machine's needs no emulation. The base has libstdc++, as whatever has apt does.
FROM ${BASE_IMAGE}
COPY --from=fetch /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
LABEL org.opencontainers.image.title="Inkling" \
      org.opencontainers.image.description="Code completion on your own machine" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /out/bin/inkling /usr/local/bin/inkling
COPY --from=fetch /out/lib /opt/inkling/lib
COPY --from=build --chown=65532:65532 /out/home /var/lib/inkling
COPY --from=fetch --chown=65532:65532 /out/models /var/lib/inkling/models
# HOST is every address of the container: who may ask is for REQUIRE_KEYS or ALLOW_ANONYMOUS to say, and without either
# the server refuses to start.
ENV HOST=0.0.0.0 PORT=8000 INKLING_HOME=/var/lib/inkling ONNXRUNTIME_LIBRARY=/opt/inkling/lib/libonnxruntime.so.1.32.0
USER 65532:65532
WORKDIR /var/lib/inkling
# Imported models, which are made again where they are missing; mount it, or every start imports.
VOLUME /var/lib/inkling/cache
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=4s --start-period=90s --retries=3 CMD ["/usr/local/bin/inkling", "health"]
ENTRYPOINT ["/usr/local/bin/inkling"]
CMD ["serve"]
