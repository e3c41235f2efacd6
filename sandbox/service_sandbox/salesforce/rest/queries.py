"""Queries: first and next pages, with or without deleted records, and records by id."""

from typing import Any

from service_sandbox.salesforce.model.errors import ApiError, RecordError
from service_sandbox.salesforce.model.schema import SObject
from service_sandbox.salesforce.rest.call import Call, Reply, Router
from service_sandbox.salesforce.soql import nodes
from service_sandbox.salesforce.soql.compiler import Compiler
from service_sandbox.salesforce.soql.nodes import LiteralType
from service_sandbox.salesforce.soql.runner import TOO_COMPLICATED
from service_sandbox.salesforce.soql.selection import Selection

PAGE = 2_000
SMALLEST_PAGE = 200


def routes(router: Router) -> None:
    """Adds the routes of this module."""
    router.add("/query", GET=("query", query))
    router.add("/queryAll", GET=("queryAll", query_all))
    router.add("/(?:query|queryAll)/{locator}", GET=("query.more", more))


def page_size(call: Call) -> int:
    """Returns the page size of `Sforce-Query-Options: batchSize=N`, limited to 200 to 2,000."""
    wanted = call.options("Sforce-Query-Options").get("batchsize", "")
    size = min(max(int(wanted), SMALLEST_PAGE), PAGE) if wanted.isdigit() else PAGE
    return min(size, call.short_page or size)


def query(service: Any, call: Call, *, deleted: bool = False) -> Reply:
    """`GET /query`: the first page."""
    text = call.params("q").get("q", "")
    if len(text) > service.max_query_length:
        raise ApiError(400, "QUERY_TOO_COMPLICATED", TOO_COMPLICATED)
    answer = service.runner.run(text, call.user, version=call.version, page=page_size(call), deleted=deleted)
    return Reply(200, answer)


def query_all(service: Any, call: Call) -> Reply:
    """`GET /queryAll`: the first page, including deleted records."""
    return query(service, call, deleted=True)


def more(service: Any, call: Call, locator: str) -> Reply:
    """`GET /query/{locator}`: a next page."""
    call.params()
    return Reply(200, service.runner.more(locator, version=call.version, page=page_size(call)))


def fetch(
    service: Any, call: Call, sobject: SObject, fields: list[str] | None, wanted: list[str]
) -> list[dict[str, Any]]:
    """Returns existing records by id, in this order, if the user may read them. Raises RecordError."""
    names = fields or [item.name for item in sobject.fields.values() if call.user.rights.can_see(sobject, item)]
    columns = [nodes.Column(nodes.Path(tuple(name.strip().split(".")), 0), None, 0) for name in names]
    literals = tuple(nodes.Literal(LiteralType.STRING, record_id, 0) for record_id in wanted)
    where = nodes.InList(nodes.Path(("Id",), 0), "IN", literals)
    statement = nodes.Query(columns, sobject.name, 0, where=where)
    try:
        compiler = Compiler(service.org, call.user, statement, text=" ".join(names))
        selection = Selection(compiler, columns)
    except ApiError as error:
        raise RecordError("INVALID_FIELD", error.body[0]["message"].rsplit("\n", 1)[-1]) from None
    cursor = service.runner.start(statement, compiler)
    found = service.runner.records(selection, cursor.rows, call.version)
    by_id = {record["attributes"]["url"].rsplit("/", 1)[1]: record for record in found}
    return [by_id[record_id] for record_id in wanted if record_id in by_id]
