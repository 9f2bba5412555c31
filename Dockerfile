# Two stages: the first builds the wheel and the environment, the second runs them.
FROM debian:bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-venv && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY requirements.txt requirements-build.txt ./
RUN python3 -m venv /opt/chaperone \
    && /opt/chaperone/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.txt \
    && python3 -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements-build.txt
COPY pyproject.toml README.md LICENSE ./
COPY gateway gateway
COPY filters filters
COPY config config
RUN /opt/build/bin/python -m hatchling build -t wheel -d /tmp/dist \
    && /opt/chaperone/bin/pip install --no-cache-dir --no-deps /tmp/dist/*.whl

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 tzdata libmagic1 ca-certificates tesseract-ocr libarchive13 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --home-dir /var/lib/chaperone --create-home chaperone
COPY --from=build /opt/chaperone /opt/chaperone
ENV PATH=/opt/chaperone/bin:$PATH PYTHONUNBUFFERED=1
USER chaperone
WORKDIR /var/lib/chaperone
VOLUME ["/etc/chaperone", "/var/lib/chaperone"]
EXPOSE 2525 8025
ENTRYPOINT ["chaperone"]
CMD ["serve", "--config", "/etc/chaperone/chaperone.toml"]
