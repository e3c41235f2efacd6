"""GROUP BY and aggregate functions, and child queries in the SELECT list."""

# ruff: noqa: S608 - names of tables and columns come from the schema, never from a request

from typing import Any

from include.sandbox.salesforce import soql_ast as ast
from include.sandbox.salesforce.errors import advice, malformed
from include.sandbox.salesforce.schema import Field
from include.sandbox.salesforce.soql_errors import located
from include.sandbox.salesforce.soql_sql import Compiler

CHILDREN = {("Campaign", "campaignmembers"): ("CampaignMember", "CampaignId", "CampaignMembers"),
            ("Campaign", "campaignmemberstatuses"): ("CampaignMemberStatus", "CampaignId", "CampaignMemberStatuses"),
            ("Campaign", "childcampaigns"): ("Campaign", "ParentId", "ChildCampaigns"),
            ("Lead", "campaignmembers"): ("CampaignMember", "LeadId", "CampaignMembers"),
            ("Contact", "campaignmembers"): ("CampaignMember", "ContactId", "CampaignMembers"),
            ("Account", "contacts"): ("Contact", "AccountId", "Contacts")}  # fmt: skip


def aggregate_rows(org: Any, query: ast.Query, compiler: Compiler) -> list[dict[str, Any]]:
    """The AggregateResult rows of a grouped query; unnamed functions are called expr0, expr1..."""
    groups = {path.text.lower(): _groupable(compiler, path) for path in query.group}
    columns, names, items, unnamed = [], [], [], 0
    for column in query.columns:
        if isinstance(column.what, ast.Query):
            raise malformed(located(compiler.text, column.at, "a child query cannot be grouped"))
        if isinstance(column.what, ast.Path) and column.what.text.lower() not in groups:
            problem = f"Field must be grouped or aggregated: {column.what.text}"
            raise malformed(located(compiler.text, column.at, problem))
        sql, item = compiler.operand(column.what)
        name = column.alias or (item.name if isinstance(column.what, ast.Path) else f"expr{unnamed}")
        unnamed += not column.alias and isinstance(column.what, ast.Function)
        columns.append(sql)
        names.append(name)
        items.append(item)
    made = compiler.compile()
    where_parameters = list(made.parameters)
    sql = f"SELECT {', '.join(columns)} FROM {made.source} WHERE {made.where}"
    if groups:
        sql += " GROUP BY " + ", ".join(groups.values())
    if query.having is not None:
        del compiler.parameters[:]
        sql += f" HAVING {compiler.condition(query.having)}"
        where_parameters += compiler.parameters
    if made.order:
        sql += f" ORDER BY {made.order}"
    from include.sandbox.salesforce.soql_run import limits

    with org.store.lock:
        found = [tuple(row) for row in org.store.db.execute(sql + limits(query), where_parameters)]
    return [_result(names, items, row) for row in found]


def _groupable(compiler: Compiler, path: ast.Path) -> str:
    sql, item, _ = compiler.resolve(path)
    if not item.has("G"):
        problem = f"field '{item.name}' can not be grouped in a query call"
        raise compiler.fail("MALFORMED_QUERY", path.at, problem)
    return f"fold({sql})" if item.text and item.type not in ("id", "reference") else sql


def _result(names: list[str], items: list[Field], row: tuple) -> dict[str, Any]:
    from include.sandbox.salesforce.soql_run import shape

    values = {name: shape(item, value) for name, item, value in zip(names, items, row, strict=True)}
    return {"attributes": {"type": "AggregateResult"}, **values}


def attach_children(runner: Any, select: Any, records: list[dict[str, Any]], version: str) -> None:
    """Run each child query for these parents and hang its answer on them; none is null."""
    sobject = select.compiler.sobject
    for name, query in select.children:
        known = CHILDREN.get((sobject.name, name.lower()))
        if known is None:
            problem = f"Didn't understand relationship '{name}' in FROM part of query call. " + advice(
                "relationship", "__r"
            )
            raise select.compiler.fail("INVALID_TYPE", query.source_at, problem)
        child, column, shown = known
        for record in records:
            parent_id = record["attributes"]["url"].rsplit("/", 1)[1]
            link = ast.Compare(ast.Path((column,), query.at), "=", ast.Literal("string", parent_id, query.at))
            where = link if query.where is None else ast.Logic("AND", (link, query.where))
            one = ast.Query(query.columns, child, query.source_at, query.alias, where, order=query.order,
                            limit=query.limit, offset=query.offset, at=query.at)  # fmt: skip
            compiler = Compiler(runner.org, select.compiler.user, one, text=select.compiler.text,
                                deleted=select.compiler.deleted)  # fmt: skip
            cursor = runner.start(one, compiler)
            found = runner.records(cursor.select, cursor.rows, version)
            record[shown] = {"totalSize": len(found), "done": True, "records": found} if found else None
