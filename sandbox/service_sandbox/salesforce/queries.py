"""Queries over REST: first and next pages, deleted records too, columns instead of records, records by id, counts."""

# ruff: noqa: S608 - names of tables and columns come from the schema, never from a request

from typing import Any

from service_sandbox.salesforce import soql_ast as ast
from service_sandbox.salesforce.call import Call, Reply, Router
from service_sandbox.salesforce.errors import ApiError, Refusal
from service_sandbox.salesforce.schema import SObject
from service_sandbox.salesforce.soql_columns import describe_columns
from service_sandbox.salesforce.soql_run import Select
from service_sandbox.salesforce.soql_sql import Compiler

PAGE = 2_000
SMALLEST_PAGE = 200
TOO_COMPLICATED = "Query is either selecting too many fields or the filter conditions are too complicated."


def routes(router: Router) -> None:
    """Paths of this module."""
    router.add("/query", GET=("query", query))
    router.add("/queryAll", GET=("queryAll", query_all))
    router.add("/(?:query|queryAll)/{locator}", GET=("query.more", more))
    router.add("/limits/recordCount", GET=("recordCount", record_count))


def page_size(call: Call) -> int:
    """`Sforce-Query-Options: batchSize=N`, kept between 200 and 2,000."""
    wanted = call.options("Sforce-Query-Options").get("batchsize", "")
    size = min(max(int(wanted), SMALLEST_PAGE), PAGE) if wanted.isdigit() else PAGE
    return min(size, call.short_page or size)


def query(service: Any, call: Call, *, deleted: bool = False) -> Reply:
    """First page of a SOQL query."""
    params = call.params("q", "columns")
    text = params.get("q", "")
    if params.get("columns", "").lower() == "true":
        return Reply(200, describe_columns(service.org, call.user, text))
    if len(text) > service.simple_query:
        raise ApiError(400, "QUERY_TOO_COMPLICATED", TOO_COMPLICATED)
    answer = service.runner.run(text, call.user, version=call.version, page=page_size(call), deleted=deleted)
    return Reply(200, answer)


def query_all(service: Any, call: Call) -> Reply:
    """The same with deleted records."""
    return query(service, call, deleted=True)


def more(service: Any, call: Call, locator: str) -> Reply:
    """A next page."""
    call.params()
    return Reply(200, service.runner.more(locator, version=call.version, page=page_size(call)))


def record_count(service: Any, call: Call) -> Reply:
    """How many records of each object; objects without any are left out."""
    wanted = call.params("sObjects").get("sObjects", "")
    names = [name for name in wanted.split(",") if name] or list(service.org.schema.objects)
    found = [one for name in names if (one := service.org.schema.get(name)) and call.user.rights.may("read", one)]
    listed = []
    for one in sorted(found, key=lambda kind: kind.name):
        alive = " WHERE IsDeleted = 0" if one.get("IsDeleted") else ""
        if count := service.org.store.scalar(f'SELECT COUNT(*) FROM "{one.name}"{alive}'):
            listed.append({"count": count, "name": one.name})
    return Reply(200, {"sObjects": listed})


def fetch(
    service: Any, call: Call, sobject: SObject, fields: list[str] | None, wanted: list[str]
) -> list[dict[str, Any]]:
    """Living records by id, in this order, as far as the user sees them."""
    names = fields or [item.name for item in sobject.fields.values() if call.user.rights.sees(sobject, item)]
    columns = [ast.Column(ast.Path(tuple(name.strip().split(".")), 0), None, 0) for name in names]
    literals = tuple(ast.Literal("string", record_id, 0) for record_id in wanted)
    where = ast.Among(ast.Path(("Id",), 0), "IN", literals)
    statement = ast.Query(columns, sobject.name, 0, where=where)
    try:
        compiler = Compiler(service.org, call.user, statement, text=" ".join(names))
        select = Select(compiler, columns)
    except ApiError as error:
        raise Refusal("INVALID_FIELD", error.body[0]["message"].rsplit("\n", 1)[-1]) from None
    cursor = service.runner.start(statement, compiler)
    found = service.runner.records(select, cursor.rows, call.version)
    by_id = {record["attributes"]["url"].rsplit("/", 1)[1]: record for record in found}
    return [by_id[record_id] for record_id in wanted if record_id in by_id]
