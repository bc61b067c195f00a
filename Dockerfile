# The worker, the gateway and every other `retention` command in one image.
FROM python:3.11.14-slim-bookworm

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore

WORKDIR /app

COPY requirements.lock ./
RUN python -m pip install --require-hashes --requirement requirements.lock

# .dockerignore excludes everything that the engine does not need.
COPY . ./
RUN python -m pip install --no-deps --no-build-isolation --editable ./client --editable .

# The only directory the engine writes to.
RUN groupadd --gid 10001 retention \
 && useradd --uid 10001 --gid retention --no-create-home --shell /usr/sbin/nologin retention \
 && install --directory --owner=retention --group=retention /var/lib/retention
USER 10001:10001

CMD ["python", "worker.py"]
