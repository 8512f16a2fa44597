# The service as an image: the pages, the binary, and a small image that runs it as nobody special.

FROM node:22-bookworm-slim AS pages
WORKDIR /build/dashboards
COPY dashboards/package.json dashboards/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY dashboards ./
RUN npm run build

FROM rust:1.95-slim-bookworm AS binary
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev make \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
COPY --from=pages /build/dashboards/dist dashboards/dist
RUN cargo build --release --locked

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin msaada \
    && install -d -o msaada -g msaada -m 0700 /var/lib/msaada /var/lib/msaada/spool
COPY --from=binary /build/target/release/msaada /usr/local/bin/msaada
COPY .scripts/container.sh /usr/local/bin/start
USER msaada
ENV MSAADA_LISTEN=0.0.0.0:8080 \
    MSAADA_SPOOL_DIR=/var/lib/msaada/spool \
    MSAADA_SECRET_FILE=/var/lib/msaada/secret
EXPOSE 8080
# The secret, and reports that wait while PostgreSQL is away: they must survive the container.
VOLUME /var/lib/msaada
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["curl", "-fsS", "http://127.0.0.1:8080/health/live"]
# 30 seconds are enough for what is under way to end.
STOPSIGNAL SIGTERM
CMD ["sh", "/usr/local/bin/start"]
