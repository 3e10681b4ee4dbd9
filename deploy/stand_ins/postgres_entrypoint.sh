#!/bin/sh
# Stands in for the entrypoint of the official postgres image when that image is made from Debian's packages: an empty
# data folder is initialized with POSTGRES_USER and POSTGRES_PASSWORD (or POSTGRES_PASSWORD_FILE), the scripts of
# /docker-entrypoint-initdb.d are run, then the server becomes this process. Only what docker-compose.yml uses is done; it
# runs as the user postgres, never root.
set -eu

if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then
  POSTGRES_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE")
fi
: "${PGDATA:=/var/lib/postgresql/data}" "${POSTGRES_USER:=postgres}"

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  if [ -z "${POSTGRES_PASSWORD:-}" ]; then
    echo "POSTGRES_PASSWORD is needed to initialize an empty database" >&2
    exit 1
  fi
  password_file=$(mktemp)
  printf '%s\n' "$POSTGRES_PASSWORD" >"$password_file"
  initdb --pgdata="$PGDATA" --username="$POSTGRES_USER" --pwfile="$password_file" --encoding=UTF8 --locale=C.UTF-8 \
    --auth-local=trust --auth-host=scram-sha-256
  rm "$password_file"
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  # No TCP while the database is being made, so that nobody takes the unfinished server for the ready one.
  pg_ctl --pgdata="$PGDATA" --options="-c listen_addresses='' -c unix_socket_directories=/tmp" --wait start
  for script in /docker-entrypoint-initdb.d/*.sh; do
    [ ! -e "$script" ] || PGHOST=/tmp sh "$script"
  done
  pg_ctl --pgdata="$PGDATA" --mode=fast --wait stop
fi
unset POSTGRES_PASSWORD

# Podman makes the small file system beneath /run root's own, so the socket is in /tmp; what matters goes by TCP.
exec "$@" -D "$PGDATA" --listen_addresses='*' --unix_socket_directories=/tmp
