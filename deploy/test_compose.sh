#!/bin/sh
# `make test-compose`: builds docker-compose.yml's images, starts the service, trains a job through it, checks what the
# file promises of its containers, and takes all of it down again. Ends with 0 only if every check held.
#
# It runs the file with podman, in a storage of its own, so it disturbs no Docker engine and no other containers. As root,
# on Debian; it installs podman and debootstrap if they are missing. Where no image registry can be reached the base
# images are made from Debian's packages. It needs 20 GB for a while and takes five to ten minutes, most of them once.
#
# Usage: test_compose.sh [CACHE_FOLDER]   (default ~/.cache/netcoach-compose; keeps the base images and built layers)
set -eu

repository=$(cd "$(dirname "$0")/.." && pwd)
cache=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/netcoach-compose}
project=netcoach-test
services='postgres redis api worker'

say() { printf '%s  %s\n' "$(date +%T)" "$*"; }
fail() {
  echo "FAILED: $*" >&2
  exit 1
}

[ "$(id -u)" = 0 ] || fail "this must run as root: it makes root file systems and networks"
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
cd "$repository"

install_tools() {
  missing=
  for tool in podman buildah runc debootstrap iptables; do
    command -v "$tool" >/dev/null || missing="$missing $tool"
  done
  if [ -n "$missing" ]; then
    say "installing$missing"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends \
      podman buildah runc netavark aardvark-dns debootstrap uidmap iptables >/dev/null
  fi
  if ! [ -x "$cache/venv/bin/podman-compose" ]; then
    python3 -m venv "$cache/venv"
    "$cache/venv/bin/pip" install --quiet --require-hashes --requirement requirements/compose.txt
  fi
}

configure_podman() {
  export CONTAINERS_CONF="$cache/containers.conf" CONTAINERS_STORAGE_CONF="$cache/storage.conf" STORAGE_DRIVER=vfs
  # runc, for crun refuses machines with both kinds of cgroups; vfs works on every file system; limits below what any
  # machine allows, for podman's own are above what some do.
  cat >"$CONTAINERS_CONF" <<CONF
[engine]
runtime = "runc"
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[network]
network_backend = "netavark"
network_config_dir = "$cache/networks"
CONF
  cat >"$CONTAINERS_STORAGE_CONF" <<CONF
[storage]
driver = "vfs"
graphroot = "$cache/storage"
runroot = "$cache/run"
CONF
}

compose() { "$cache/venv/bin/podman-compose" --in-pod=false --project-name "$project" "$@"; }
container() { echo "${project}_$1_1"; }
inside() {
  of=$1
  shift
  podman exec "$(container "$of")" "$@"
}

build() {
  # What this machine needs to reach a package index stays outside of the images.
  printf '[global]\ncert = %s\n%s\n' "${PIP_CERT:-/etc/ssl/certs/ca-certificates.crt}" \
    "${PIP_INDEX_URL:+index-url = $PIP_INDEX_URL}" >"$cache/pip.conf"
  for service in worker api; do
    say "building $service"
    compose --podman-build-args \
      "--network host --isolation chroot -v /etc/ssl/certs:/etc/ssl/certs:ro -v $cache/pip.conf:/etc/pip.conf:ro" \
      build "$service" >"$cache/build-$service.log" 2>&1 || {
      tail -30 "$cache/build-$service.log" >&2
      fail "the image of $service cannot be built"
    }
  done
  podman image prune --force >/dev/null
}

# Podman before 4.6 cannot wait for health, so the file's conditions are waited for here, by its own health checks.
wait_healthy() {
  for _ in $(seq 60); do
    if podman healthcheck run "$(container "$1")" >/dev/null 2>&1; then
      return
    fi
    sleep 1
  done
  fail "$1 is not healthy after 60 tries"
}

start() {
  say "starting"
  compose up --detach --no-build postgres redis >"$cache/up.log" 2>&1
  wait_healthy postgres
  wait_healthy redis
  compose up --detach --no-build --no-deps migrate >>"$cache/up.log" 2>&1
  [ "$(podman wait "$(container migrate)")" = 0 ] || fail "the migration failed"
  compose up --detach --no-build --no-deps api worker >>"$cache/up.log" 2>&1
}

check_promises() {
  for service in $services; do
    wait_healthy "$service"
    inside "$service" sh -c '[ "$(id -u)" != 0 ]' || fail "$service runs as root"
    inside "$service" grep -Eq '^[^ ]+ / [^ ]+ ro,' /proc/mounts || fail "$service's file system can be written"
    inside "$service" grep -Eq '^CapEff:[[:space:]]*0+$' /proc/self/status || fail "$service has capabilities"
    inside "$service" grep -Eq '^NoNewPrivs:[[:space:]]*1$' /proc/self/status || fail "$service can gain privileges"
    [ "$(podman inspect --format '{{.HostConfig.Memory}}' "$(container "$service")")" != 0 ] ||
      fail "$service has no memory limit"
  done
  for service in api worker; do
    open=$(inside "$service" find /var/lib/netcoach -perm /077 ! -type l)
    [ -z "$open" ] || fail "in $service others may read or enter: $open"
  done
  inside api python -c 'import importlib.util as u, sys; sys.exit(any(map(u.find_spec, ["tensorflow", "keras", "worker"])))' ||
    fail "the API's image holds TensorFlow or the worker"
  check_database
  check_broker
  check_networks
  published=$(podman port --all | grep -v '> 127\.0\.0\.1:' || true)
  [ -z "$published" ] || fail "published beyond the loopback address: $published"
}

# The service's role owns its database and nothing else; the superuser cannot come by the network at all.
check_database() {
  for role in netcoach postgres; do
    answer=$(inside postgres psql --host=postgres --username=$role --dbname=netcoach --no-password --command='SELECT 1' 2>&1 || true)
    case $answer in
      *"no password supplied"*) ;;
      *) fail "PostgreSQL was asked by $role without a password and answered: $answer" ;;
    esac
  done
  is_super=$(as_role netcoach "SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls
    FROM pg_roles WHERE rolname = current_user")
  [ "$is_super" = f ] || fail "the service's role is more than the owner of its database: $is_super"
  not_own=$(as_role netcoach "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner <> 'netcoach'")
  [ "$not_own" = 0 ] || fail "$not_own tables are not the service's role's"
  answer=$(as_role postgres 'SELECT 1' 2>&1 || true)
  case $answer in
    *"password authentication failed"*) ;;
    *) fail "the superuser came in by the network with the service's password: $answer" ;;
  esac
}
as_role() {
  podman exec --env PGPASSWORD="$NETCOACH_POSTGRES_PASSWORD" "$(container postgres)" \
    psql --host=postgres --username="$1" --dbname=netcoach --no-psqlrc --tuples-only --no-align --command="$2"
}

check_broker() {
  answer=$(inside redis env -u REDISCLI_AUTH redis-cli ping 2>&1 || true)
  case $answer in
    NOAUTH*) ;;
    *) fail "Redis was asked without a password and answered: $answer" ;;
  esac
  [ "$(inside redis redis-cli ping)" = PONG ] || fail "Redis does not take its password"
}

# Neither the API nor a worker finds the other: a worker runs what clients describe, and has a way outside.
check_networks() {
  inside worker python -c 'import socket; socket.gethostbyname("postgres")' || fail "the worker finds no database"
  if inside worker python -c 'import socket; socket.gethostbyname("api")' 2>/dev/null; then
    fail "the worker finds the API"
  fi
}

check_stop() {
  compose stop worker >>"$cache/up.log" 2>&1
  code=$(podman inspect --format '{{.State.ExitCode}}' "$(container worker)")
  [ "$code" = 0 ] || fail "the worker was told to stop and ended with $code"
}

# Everything in this storage is the test's own. A container that is being restarted may need a second try.
take_down() {
  for _ in 1 2 3; do
    compose down --volumes >"$cache/down.log" 2>&1 || true
    [ -n "$(left)" ] || return 0
    sleep 2
  done
}
left() {
  podman ps --all --format '{{.Names}}'
  podman volume ls --quiet
  podman network ls --format '{{.Name}}' | grep "^$project" || true
}

show_logs() {
  for service in $services migrate; do
    echo "--- $service" >&2
    podman logs --tail 30 "$(container "$service")" >&2 2>&1 || true
  done
}

finish() {
  code=$?
  trap - EXIT INT TERM
  [ "$code" = 0 ] || show_logs
  say "taking down"
  take_down
  if [ -n "$(left)" ]; then
    echo "FAILED: this is left:" "$(left)" >&2
    code=1
  fi
  [ "$code" = 0 ] && say "all checks held"
  exit "$code"
}

install_tools
configure_podman
passwords='NETCOACH_POSTGRES_PASSWORD NETCOACH_REDIS_PASSWORD'
for name in $passwords; do
  export "$name=$(python3 -c 'import secrets; print(secrets.token_hex(24))')"
done
for name in $passwords; do
  said=$(env -u "$name" "$cache/venv/bin/podman-compose" --env-file /dev/null config 2>&1 >/dev/null) &&
    fail "docker-compose.yml is content without $name"
  case $said in
    *"set it to a long random word"*) ;;
    *) fail "without $name docker-compose.yml says: $said" ;;
  esac
done
NETCOACH_PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export NETCOACH_PORT

trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
take_down
say "base images"
deploy/stand_ins/base_images.sh "$cache/base"
build
start
say "training a job"
key=$(compose run --rm --no-deps -T migrate python -m api.keys create --name test 2>>"$cache/up.log" | tail -n 1)
printf '%s\n' "$key" | python3 deploy/main_job.py "http://127.0.0.1:$NETCOACH_PORT"
for service in $services migrate; do
  for secret in "${key##*_}" "$NETCOACH_POSTGRES_PASSWORD" "$NETCOACH_REDIS_PASSWORD"; do
    if podman logs "$(container "$service")" 2>&1 | grep -Fq "$secret"; then
      fail "the log of $service tells a key or a password"
    fi
  done
done
say "checking the containers"
check_promises
check_stop
