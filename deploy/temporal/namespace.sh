#!/bin/sh
# Creates the namespace unless it is there; harmless to repeat.
set -eu

# The command line waits for ever on some engines when it is given the server's name.
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
