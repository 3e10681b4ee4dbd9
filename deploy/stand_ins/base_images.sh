#!/bin/sh
# Makes sure that podman holds the images docker-compose.yml and the Dockerfile start from.
#
# Each is pulled where an image registry can be reached. Elsewhere Debian's packages stand in for it, under the same
# name: debootstrap makes a root file system, kept as an archive in the cache folder, and podman imports it.
#
# Usage: base_images.sh CACHE_FOLDER   (as root; podman configured by its environment)
# What is in the cache folder is used as it is; remove it to make the images anew.
set -eu

cache=$1
here=$(cd "$(dirname "$0")" && pwd)
suite=bookworm
path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mkdir -p "$cache"

# bootstrap ARCHIVE PACKAGES PREPARATION: a root file system with these packages, after a shell snippet has run in it.
bootstrap() {
  archive=$1 packages=$2 preparation=$3
  [ -s "$archive" ] && return
  root=$(mktemp -d "$cache/root.XXXXXX")
  chmod 755 "$root" # the image's `/`: mktemp keeps others out
  trap 'rm -rf "$root"' EXIT
  mkdir -p "$cache/packages"
  debootstrap --variant=minbase --cache-dir="$cache/packages" --include="$packages" "$suite" "$root" >"$cache/debootstrap.log" 2>&1 || {
    tail -20 "$cache/debootstrap.log" >&2
    return 1
  }
  cp "$here/postgres_entrypoint.sh" "$root/tmp/"
  chroot "$root" /bin/sh -euc "$preparation"
  rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/tmp/* "$root"/var/log/*
  tar -C "$root" -cf "$archive.part" .
  mv "$archive.part" "$archive"
  rm -rf "$root"
}

# provide IMAGE PACKAGES PREPARATION [CHANGE...]: the image, pulled or stood in for.
provide() {
  image=$1 packages=$2 preparation=$3
  shift 3
  if podman image exists "docker.io/library/$image"; then
    return
  fi
  if timeout 60 podman pull --quiet "docker.io/library/$image" >/dev/null 2>&1; then
    echo "pulled $image"
    return
  fi
  archive="$cache/$(echo "$image" | tr ':/' '--').tar"
  bootstrap "$archive" "$packages" "$preparation"
  podman import --quiet --change "ENV PATH=$path" "$@" "$archive" "docker.io/library/$image" >/dev/null
  echo "made $image from Debian's packages"
}

provide python:3.11-slim python3,python3-venv,ca-certificates \
  'ln -s /usr/bin/python3 /usr/local/bin/python' \
  --change 'CMD ["python3"]'

provide redis:7 redis-server \
  'install -d -o redis -g redis /data' \
  --change 'WORKDIR /data' --change 'CMD ["redis-server"]'

provide postgres:17 postgresql \
  'install -m 0755 /tmp/postgres_entrypoint.sh /usr/local/bin/docker-entrypoint.sh
   rm -rf /var/lib/postgresql/* /etc/postgresql/*
   install -d -m 0700 -o postgres -g postgres /var/lib/postgresql/data' \
  --change "ENV PATH=/usr/lib/postgresql/15/bin:$path" \
  --change 'ENV PGDATA=/var/lib/postgresql/data' \
  --change 'STOPSIGNAL SIGINT' \
  --change 'ENTRYPOINT ["docker-entrypoint.sh"]' --change 'CMD ["postgres"]'
