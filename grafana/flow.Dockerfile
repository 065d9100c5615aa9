# Analyses and scalper in a container. Build from the repository's root: docker build -f grafana/flow.Dockerfile .
# Python and Debian are named to their versions, so that the same clone makes the same image next year; what Debian mends
# meanwhile comes with `docker compose build --pull`, a newer Python by changing this line.
FROM python:3.11.14-slim-bookworm
# The configuration is in the volume: the image is not the flow's to write.
ENV PYTHONUNBUFFERED=1 RUST_BACKTRACE=0 LEADLINE_CONFIG=/data/trading_config.json
WORKDIR /leadline
COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.txt
COPY . .
# The command `leadline`, as documents and alerts say it, for `docker compose exec`.
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable .
RUN python -m compileall -q . && useradd --create-home leadline && mkdir /data && chown leadline /data
USER leadline
VOLUME /data
EXPOSE 9464
STOPSIGNAL SIGTERM
CMD ["leadline", "run", "--mode", "hybrid", "--recovery", "/data/recovery"]
