"""Child queries in the SELECT list, such as `(SELECT Id FROM CampaignMembers)`."""

from typing import Any

from service_sandbox.salesforce import soql_ast as ast
from service_sandbox.salesforce.errors import advice
from service_sandbox.salesforce.soql_names import Names
from service_sandbox.salesforce.soql_sql import Compiler

CHILDREN = {("Campaign", "campaignmembers"): ("CampaignMember", "CampaignId", "CampaignMembers"),
            ("Campaign", "campaignmemberstatuses"): ("CampaignMemberStatus", "CampaignId", "CampaignMemberStatuses"),
            ("Campaign", "childcampaigns"): ("Campaign", "ParentId", "ChildCampaigns"),
            ("Lead", "campaignmembers"): ("CampaignMember", "LeadId", "CampaignMembers"),
            ("Contact", "campaignmembers"): ("CampaignMember", "ContactId", "CampaignMembers"),
            ("Account", "contacts"): ("Contact", "AccountId", "Contacts")}  # fmt: skip


def child_of(parent: Names, query: ast.Query) -> tuple[str, str, str]:
    """Child object, its column and the relationship's name as the API writes it."""
    known = CHILDREN.get((parent.sobject.name, query.source.lower()))
    if known is None:
        problem = f"Didn't understand relationship '{query.source}' in FROM part of query call. "
        raise parent.fail("INVALID_TYPE", query.source_at, problem + advice("relationship", "__r"))
    return known


def attach_children(runner: Any, select: Any, records: list[dict[str, Any]], version: str) -> None:
    """Run each child query for these parents and hang its answer on them; none is null."""
    for _, query in select.children:
        child, column, shown = child_of(select.compiler, query)
        for record in records:
            parent_id = record["attributes"]["url"].rsplit("/", 1)[1]
            cursor = _of_parent(runner, select, query, child, column, parent_id)
            found = runner.records(cursor.select, cursor.rows, version)
            record[shown] = {"totalSize": len(found), "done": True, "records": found} if found else None


def _of_parent(runner: Any, select: Any, query: ast.Query, child: str, column: str, parent_id: str) -> Any:
    link = ast.Compare(ast.Path((column,), query.at), "=", ast.Literal("string", parent_id, query.at))
    where = link if query.where is None else ast.Logic("AND", (link, query.where))
    one = ast.Query(query.columns, child, query.source_at, query.alias, where, order=query.order, limit=query.limit,
                    offset=query.offset, at=query.at)  # fmt: skip
    outer = select.compiler
    return runner.start(one, Compiler(runner.org, outer.user, one, text=outer.text, deleted=outer.deleted))
