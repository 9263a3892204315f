# What docker-compose.yml needs of Airflow's image: the real Airflow, from PyPI, under its account and folders. pip.conf
# and certificates are this machine's, and stay in this local image.
FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends curl dumb-init python3 python3-venv tzdata \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 50000 --gid 0 --create-home --home-dir /home/airflow airflow \
    && mkdir -p /opt/airflow/dags /opt/airflow/logs \
    && chown -R airflow:root /opt/airflow
COPY certificates/ /etc/ssl/certs/
COPY pip.conf airflow-requirements.txt /tmp/pip/
RUN python3 -m venv /opt/venv \
    && PIP_CONFIG_FILE=/tmp/pip/pip.conf /opt/venv/bin/pip install --no-cache-dir --no-deps -r /tmp/pip/airflow-requirements.txt \
    && rm -r /tmp/pip
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    AIRFLOW_HOME=/opt/airflow
USER airflow
WORKDIR /opt/airflow
ENTRYPOINT ["dumb-init", "--"]
CMD ["airflow", "version"]
