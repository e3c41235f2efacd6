"""The workspace's catalogue of registration attributes: the built-in ones, and what forms of events add to it."""

from typing import Any

from service_sandbox.livestorm.errors import ApiError
from service_sandbox.livestorm.forms import BUILT_IN, CATALOGUE_TYPES
from service_sandbox.livestorm.params import Query, meta, order
from service_sandbox.livestorm.store import Store

BORN = 1_600_000_000
SORTS = ("slug", "name", "placeholder", "created_at", "updated_at")
FILTERS = ("builtin", "description", "name", "placeholder", "slug", "type", "user_id")


class Catalogue:
    """People attributes, each known by its slug."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def ensure_built_in(self) -> None:
        """Add the built-in attributes if they are missing."""
        for slug in BUILT_IN:
            kind = "email" if slug == "email" else "url" if slug == "website" else CATALOGUE_TYPES[BUILT_IN[slug]]
            self._add(slug, slug.replace("_", " ").capitalize(), kind, BORN, builtin=True)

    def learn(self, form: list[dict[str, Any]], at: int) -> None:
        """Add the custom fields of a form."""
        for item in form:
            options = item.get("options", {})
            kind = CATALOGUE_TYPES[item["type"]]
            if kind == "multiple_select" and not options.get("multiple_answers", True):
                kind = "unique_select"
            choices = [one["value"] for one in options.get("items", [])]
            self._add(item["id"], item["id"].replace("_", " ").capitalize(), kind, at, choices=choices)

    def _add(self, slug: str, name: str, kind: str, at: int, *, builtin: bool = False,
             choices: list[str] | None = None) -> None:  # fmt: skip
        if self.store.one("SELECT id FROM attributes WHERE slug = :slug", slug=slug):
            return
        options = [{"label": one, "value": one, "position": place} for place, one in enumerate(choices or [])]
        self.store.insert("attributes", {
            "id": self.store.new_id("attributes"), "slug": slug, "name": name, "placeholder": name, "type": kind,
            "builtin": int(builtin), "options": options, "created_at": at, "updated_at": at})  # fmt: skip

    def page(self, query: Query) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """`GET /people_attributes`; the only list with a `sort`."""
        where, params = ["1"], {}
        for name, value in query.filters.items():
            where.append(f"{name} = :{name}")
            params[name] = int(bool(query.truth("builtin"))) if name == "builtin" else value
        body = f"FROM attributes a WHERE {' AND '.join(where)}"
        total = self.store.select(f"SELECT count(*) AS n {body}", **params)[0]["n"]
        rows = self.store.select(
            f"SELECT a.* {body} ORDER BY {self._sort(query)}, a.id LIMIT :limit OFFSET :offset",
            limit=query.size, offset=query.page * query.size, **params,
        )  # fmt: skip
        return rows, meta(query, total)

    def _sort(self, query: Query) -> str:
        asked = query.extra.get("sort")
        if asked is None:
            return order(self.store.seed, "attributes", query).format("a")
        if asked.removeprefix("-") not in SORTS:
            raise ApiError(400, f"sort takes one of {', '.join(SORTS)}")
        return f"a.{asked.removeprefix('-')} {'DESC' if asked.startswith('-') else 'ASC'}"
