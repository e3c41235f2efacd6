"""SOQL: parser, compiler to SQL, and runner."""
