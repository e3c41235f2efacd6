# Two images at the versions of requirements.txt: `airflow` (default) is Airflow with this project and is the production
# image; `sandbox` holds the emulators of both services and nothing else.
ARG PYTHON=3.11

FROM python:${PYTHON}-slim-bookworm AS base
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1
# A named volume takes its owner from the image's folder: a folder missing here would belong to root.
RUN useradd --uid 50000 --gid 0 --home-dir /airflow --no-create-home airflow \
    && install -d -o 50000 -g 0 -m 0775 /airflow /airflow/logs /airflow/stage /airflow/auth /airflow/sandbox
WORKDIR /airflow

FROM base AS build
ENV PIP_CONSTRAINT=/source/constraints.txt \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1
WORKDIR /source
COPY requirements.txt ./
# Versions without hashes: with hashes pip installs no local folder, and the project is one. A constraint has no extras.
RUN sed -E 's/[[:space:]]*\\$//; /^[^ ]*\[/d; /^[[:space:]]*--hash=/d' requirements.txt > constraints.txt \
    && python -m venv /venv \
    && pip install hatchling

FROM build AS sandbox-packages
COPY sandbox ./sandbox
RUN pip install --no-build-isolation ./sandbox \
    && pip check

FROM base AS sandbox
COPY --from=sandbox-packages /venv /venv
USER 50000
ENTRYPOINT ["service-sandbox"]
CMD ["--help"]

FROM build AS airflow-packages
# This layer is rebuilt only if requirements.txt changes.
RUN pip install "apache-airflow[postgres,statsd]" apache-airflow-providers-salesforce \
    "apache-airflow-providers-amazon[s3fs]" apache-airflow-providers-celery pandas
COPY pyproject.toml README.md ./
COPY include ./include
RUN pip install --no-build-isolation ".[postgresql,s3,celery]" \
    && pip check

FROM base AS airflow
ENV AIRFLOW_HOME=/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/airflow/dags \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    LIVESTORM_SALESFORCE_STORE=/airflow/stage
COPY --from=airflow-packages /venv /venv
COPY --chown=50000:0 scripts/airflow_local_settings.py /airflow/config/airflow_local_settings.py
COPY --chown=50000:0 dags /airflow/dags
USER 50000
ENTRYPOINT ["airflow"]
CMD ["version"]
