#!/bin/sh
# Creates the namespace unless it exists; harmless to repeat.
set -eu

# With the server's host name the command hangs on some container engines, so it gets the address.
host=$(getent hosts temporal | awk 'NR == 1 {print $1}')
export TEMPORAL_ADDRESS="$host:7233"

attempts=30
until temporal operator cluster health; do
  attempts=$((attempts - 1))
  [ "$attempts" -gt 0 ] || { echo "Temporal did not become healthy" >&2; exit 1; }
  sleep 2
done

temporal operator namespace describe --namespace default >/dev/null 2>&1 ||
  temporal operator namespace create --namespace default --retention 72h
