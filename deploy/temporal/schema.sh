#!/bin/sh
# Migrates Temporal's two databases to the schema of this server release; harmless to repeat.
set -eu

migrate() {
  database=$1 schema=$2
  sql() { temporal-sql-tool --plugin postgres12 --ep postgres -p 5432 -u temporal --db "$database" "$@"; }
  sql setup-schema -v 0.0
  sql update-schema -d "/etc/temporal/schema/postgresql/v12/$schema/versioned"
}

migrate temporal temporal
migrate temporal_visibility visibility
