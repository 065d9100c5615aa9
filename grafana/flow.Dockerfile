# Analyses and scalper in a container. Build from the repository's root: docker build -f grafana/flow.Dockerfile .
FROM python:3.11-slim
# The configuration is in the volume: the image is not the flow's to write.
ENV PYTHONUNBUFFERED=1 RUST_BACKTRACE=0 LEADLINE_CONFIG=/data/trading_config.json
WORKDIR /leadline
COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.txt
COPY . .
RUN python -m compileall -q . && useradd --create-home leadline && mkdir /data && chown leadline /data
USER leadline
VOLUME /data
EXPOSE 9464
STOPSIGNAL SIGTERM
CMD ["python", "-m", "cli.main", "run", "--mode", "hybrid", "--recovery", "/data/recovery"]
