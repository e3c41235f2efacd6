"""Child queries in the SELECT list, for example `(SELECT Id FROM CampaignMembers)`."""

from typing import Any

from service_sandbox.salesforce.model.errors import naming_advice
from service_sandbox.salesforce.soql import nodes
from service_sandbox.salesforce.soql.compiler import Compiler
from service_sandbox.salesforce.soql.name_resolution import NameResolver
from service_sandbox.salesforce.soql.nodes import LiteralType
from service_sandbox.salesforce.soql.selection import Selection

Relationship = tuple[str, str, str]
"""Child object, reference field, and name of the relationship."""
CHILDREN: dict[tuple[str, str], Relationship] = {
    ("Campaign", "campaignmembers"): ("CampaignMember", "CampaignId", "CampaignMembers"),
    ("Campaign", "campaignmemberstatuses"): ("CampaignMemberStatus", "CampaignId", "CampaignMemberStatuses"),
    ("Campaign", "childcampaigns"): ("Campaign", "ParentId", "ChildCampaigns"),
    ("Lead", "campaignmembers"): ("CampaignMember", "LeadId", "CampaignMembers"),
    ("Contact", "campaignmembers"): ("CampaignMember", "ContactId", "CampaignMembers"),
    ("Account", "contacts"): ("Contact", "AccountId", "Contacts"),
}


def child_relationship(parent: NameResolver, query: nodes.Query) -> Relationship:
    """Returns the relationship of a child query. Raises ApiError if the parent does not have it."""
    known = CHILDREN.get((parent.sobject.name, query.source.lower()))
    if known is None:
        problem = f"Didn't understand relationship '{query.source}' in FROM part of query call. "
        raise parent.fail("INVALID_TYPE", query.source_at, problem + naming_advice("relationship", "__r"))
    return known


def attach_children(runner: Any, selection: Selection, records: list[dict[str, Any]], version: str) -> None:
    """Runs the child queries for these records and adds the results to them (null without children)."""
    for query in selection.children:
        child, column, name = child_relationship(selection.compiler, query)
        for record in records:
            parent_id = record["attributes"]["url"].rsplit("/", 1)[1]
            cursor = _open(runner, selection.compiler, _of_parent(query, child, column, parent_id))
            found = runner.records(cursor.selection, cursor.rows, version)
            record[name] = {"totalSize": len(found), "done": True, "records": found} if found else None


def _of_parent(query: nodes.Query, child: str, column: str, parent_id: str) -> nodes.Query:
    """Returns the child query as a query of the child object for one parent."""
    literal = nodes.Literal(LiteralType.STRING, parent_id, query.at)
    link = nodes.Compare(nodes.Path((column,), query.at), "=", literal)
    where = link if query.where is None else nodes.Logic("AND", (link, query.where))
    return nodes.Query(query.columns, child, query.source_at, query.alias, where, order=query.order, limit=query.limit,
                       offset=query.offset, at=query.at)  # fmt: skip


def _open(runner: Any, outer: Compiler, query: nodes.Query) -> Any:
    return runner.start(query, Compiler(runner.org, outer.user, query, text=outer.text, deleted=outer.deleted))
