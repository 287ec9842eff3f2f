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
