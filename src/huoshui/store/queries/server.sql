-- What the store asks of the server itself.

-- name: create_database
CREATE DATABASE huoshui;

-- name: session_settings
SELECT set_config('timezone', 'UTC', false),
       set_config('lock_timeout', '10s', false),
       set_config('statement_timeout', '60s', false),
       set_config('idle_in_transaction_session_timeout', '60s', false);

-- name: server_state
SELECT current_setting('server_version_num')::int AS version_number,
       current_setting('server_version') AS version,
       current_setting('server_encoding') AS encoding,
       pg_is_in_recovery() AS standby,
       current_setting('fsync')::bool AS fsync,
       current_database()::text AS database,
       pg_postmaster_start_time() AS started_at;

-- name: migration_lock
SET LOCAL lock_timeout = '10min';
SET LOCAL statement_timeout = 0;
SET LOCAL idle_in_transaction_session_timeout = 0;
SELECT pg_advisory_xact_lock(7310278394871);

-- name: migration_table
CREATE TABLE IF NOT EXISTS migration (
    number integer PRIMARY KEY,
    name text NOT NULL UNIQUE,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- name: migrations_applied
SELECT number, sha256 FROM migration ORDER BY number;

-- name: migration_done
INSERT INTO migration (number, name, sha256) VALUES (%(number)s, %(name)s, %(sha256)s);

-- name: transaction_id
SELECT pg_current_xact_id();

-- name: any_table
SELECT 1 FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind IN ('r', 'p', 'v', 'm') AND nspname !~ '^(pg_|information_schema$)' LIMIT 1;

-- name: count_rows_anew
ANALYZE;
