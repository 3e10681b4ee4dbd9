#!/bin/sh
# Makes the role and the database that the service uses. The role owns that database and may do nothing beyond it; the
# superuser `postgres` has no password afterwards, so it is reached from within the container alone.
#
# The postgres image runs it once, on an empty volume. It may be run again at any time: that sets the role's password to
# POSTGRES_PASSWORD, and takes the superuser's rights from the role of a database that an earlier release made.
# It needs psql, the rights of a superuser, and POSTGRES_PASSWORD in its environment.
set -eu

: "${POSTGRES_PASSWORD:?the password of the role netcoach}"
export POSTGRES_PASSWORD

# The password is read by psql itself, so that no list of processes shows it; a failed statement is not logged with it.
sql() {
  user=$1 database=$2
  PGOPTIONS='-c log_statement=none -c log_min_error_statement=panic -c client_min_messages=warning' \
    psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username="$user" --dbname="$database" --output=/dev/null
}

# Earlier releases made `netcoach` the cluster's first superuser, who can neither lose that right nor rename itself:
# another superuser gives it the name `postgres`.
if ! psql --no-psqlrc --username=postgres --dbname=postgres --command='SELECT 1' >/dev/null 2>&1; then
  sql netcoach postgres <<'SQL'
CREATE ROLE netcoach_upgrade LOGIN SUPERUSER;
SQL
  sql netcoach_upgrade postgres <<'SQL'
ALTER ROLE netcoach RENAME TO postgres;
SQL
fi

sql postgres postgres <<'SQL'
\getenv password POSTGRES_PASSWORD
DROP ROLE IF EXISTS netcoach_upgrade;
SELECT 'CREATE ROLE netcoach' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'netcoach') \gexec
ALTER ROLE netcoach
  LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT PASSWORD :'password';
SELECT 'CREATE DATABASE netcoach OWNER netcoach' WHERE NOT EXISTS
  (SELECT FROM pg_database WHERE datname = 'netcoach') \gexec
ALTER DATABASE netcoach OWNER TO netcoach;
REVOKE ALL ON DATABASE netcoach, postgres, template1 FROM PUBLIC;
ALTER ROLE postgres PASSWORD NULL;
SQL

# Tables that an earlier release made are the superuser's still; their indexes and sequences go with them.
sql postgres netcoach <<'SQL'
SELECT format('ALTER TABLE %s OWNER TO netcoach', oid::regclass) FROM pg_class
  WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relowner <> 'netcoach'::regrole \gexec
SQL
