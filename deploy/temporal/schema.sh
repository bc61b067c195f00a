#!/bin/sh
# Brings Temporal's two databases to the schema of this release of the server; harmless to repeat.
set -eu

bring_up() {
  database=$1 schema=$2
  sql() { temporal-sql-tool --plugin postgres12 --ep postgres -p 5432 -u temporal --db "$database" "$@"; }
  sql setup-schema -v 0.0
  sql update-schema -d "/etc/temporal/schema/postgresql/v12/$schema/versioned"
}

bring_up temporal temporal
bring_up temporal_visibility visibility
