-- Temporal's role and databases, beside the database that POSTGRES_DB creates for the engine.
\getenv password TEMPORAL_PASSWORD
CREATE ROLE temporal LOGIN PASSWORD :'password';
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
