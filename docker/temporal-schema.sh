#!/bin/sh
# Lays out both databases of Temporal, or brings them up to the schema of this version. Safe to repeat.
set -eu
sql() {
  database=$1
  shift
  temporal-sql-tool --plugin postgres12 --ep "$POSTGRES_SEEDS" --port "$DB_PORT" --user "$POSTGRES_USER" --db "$database" "$@"
}
for folder in temporal visibility; do
  case $folder in
    temporal) database=$DBNAME ;;
    visibility) database=$VISIBILITY_DBNAME ;;
  esac
  sql "$database" create
  sql "$database" setup-schema --version 0.0
  sql "$database" update-schema --schema-dir "/etc/temporal/schema/postgresql/v12/$folder/versioned"
done
