-- Temporal's own role and databases, beside the one that POSTGRES_DB makes for the engine.
\getenv password TEMPORAL_PASSWORD
CREATE ROLE temporal LOGIN PASSWORD :'password';
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
