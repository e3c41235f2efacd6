# Airflow 3.3 with this project, from the same pins as everywhere else.
ARG PYTHON=3.11

FROM python:${PYTHON}-slim-bookworm AS packages
COPY requirements.txt /tmp/requirements.txt
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check -r /tmp/requirements.txt \
    && /venv/bin/pip check

FROM python:${PYTHON}-slim-bookworm
ENV AIRFLOW_HOME=/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/airflow/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/airflow/plugins \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    LIVESTORM_SALESFORCE_STORE=/airflow/stage \
    PATH=/venv/bin:$PATH \
    PYTHONPATH=/airflow:/airflow/include/provider:/airflow/include/preload \
    PYTHONUNBUFFERED=1
# Named volumes take their first owner from the image's folder: without these they would belong to root.
RUN useradd --uid 50000 --gid 0 --home-dir /airflow --no-create-home airflow \
    && install -d -o 50000 -g 0 -m 0775 /airflow /airflow/logs /airflow/stage /airflow/auth /airflow/sandbox
COPY --from=packages /venv /venv
COPY --chown=50000:0 scripts /airflow/scripts
COPY --chown=50000:0 include /airflow/include
COPY --chown=50000:0 plugins /airflow/plugins
COPY --chown=50000:0 dags /airflow/dags
RUN python -m compileall -q /airflow/include /airflow/plugins /airflow/dags /airflow/scripts
USER 50000
WORKDIR /airflow
ENTRYPOINT ["airflow"]
CMD ["version"]
