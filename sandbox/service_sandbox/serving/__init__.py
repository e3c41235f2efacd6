"""HTTP servers, certificates, and the middleware in front of each service."""
