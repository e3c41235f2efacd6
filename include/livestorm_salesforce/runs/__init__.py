"""One task of a DAG run: its context (settings, mapping, connections, clients) and its run folder."""
