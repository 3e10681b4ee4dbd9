# Three images: `--target api` (no TensorFlow), `--target worker` (TensorFlow for the CPU) and `--target worker-gpu`
# (TensorFlow with CUDA's libraries). Each has three layers above Python's: the user, the packages, the code.

# The rooms both programs stand on. `scratch` stages gather them, so that a final image copies them as one layer.
FROM scratch AS rooms
COPY background /app/background
COPY pyproject.toml /app/pyproject.toml
COPY spec /app/spec
COPY coach /app/coach
COPY settings /app/settings
COPY db /app/db
COPY storage /app/storage
COPY broker /app/broker
COPY services /app/services

FROM rooms AS api-rooms
COPY api /app/api
COPY examples /app/examples

FROM rooms AS worker-rooms
COPY worker /app/worker


FROM python:3.11-slim AS base
ENV PATH=/opt/netcoach/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/var/lib/netcoach \
    NETCOACH_HOME=/var/lib/netcoach/home \
    NETCOACH_STORAGE_URL=file:///var/lib/netcoach/storage \
    KERAS_HOME=/var/lib/netcoach/keras
# The folders are made with their owner here because a new volume takes both from the folder it is mounted on.
RUN useradd --uid 10001 --user-group --no-create-home --home-dir "$HOME" --shell /usr/sbin/nologin netcoach \
    && install -d -m 0700 -o netcoach -g netcoach "$HOME" "$NETCOACH_HOME" "$HOME/storage" "$KERAS_HOME"
WORKDIR /app
STOPSIGNAL SIGTERM


# Wheels alone: nothing is compiled, so no compiler is ever in an image. pip leaves once its work is done.
FROM base AS api
# The address is the container's own; what of it is published is for docker-compose.yml to say.
ENV NETCOACH_HOST=0.0.0.0 NETCOACH_PORT=8000
EXPOSE 8000
CMD ["python", "-m", "api"]
RUN --mount=type=bind,source=requirements,target=/requirements \
    python -m venv /opt/netcoach \
    && pip install --no-cache-dir --require-hashes --only-binary :all: --requirement /requirements/api.txt \
    && pip uninstall --yes --quiet pip setuptools
COPY --from=api-rooms /app /app
USER 10001:10001


FROM base AS worker
CMD ["python", "-m", "worker"]
RUN --mount=type=bind,source=requirements,target=/requirements \
    python -m venv /opt/netcoach \
    && pip install --no-cache-dir --require-hashes --only-binary :all: --requirement /requirements/worker-cpu.txt \
    && pip uninstall --yes --quiet pip
COPY --from=worker-rooms /app /app
USER 10001:10001


FROM base AS worker-gpu
CMD ["python", "-m", "worker"]
RUN --mount=type=bind,source=requirements,target=/requirements \
    python -m venv /opt/netcoach \
    && pip install --no-cache-dir --require-hashes --only-binary :all: --requirement /requirements/worker-gpu.txt \
    && pip uninstall --yes --quiet pip
COPY --from=worker-rooms /app /app
USER 10001:10001
