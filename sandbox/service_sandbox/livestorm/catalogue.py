"""Catalogue of registration attributes: the built-in ones, and custom ones added by the forms of events."""

from typing import Any

from service_sandbox.livestorm.errors import ApiError
from service_sandbox.livestorm.forms import BUILT_IN, CATALOGUE_TYPES
from service_sandbox.livestorm.params import Query, page_meta, shuffled_order
from service_sandbox.livestorm.store import Row, Store

BUILT_IN_CREATED_AT = 1_600_000_000
SORTS = ("slug", "name", "placeholder", "created_at", "updated_at")
FILTERS = ("builtin", "description", "name", "placeholder", "slug", "type", "user_id")


class Catalogue:
    """People attributes, identified by slug."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def add_built_in(self) -> None:
        """Adds the built-in attributes that are missing."""
        for slug in BUILT_IN:
            catalogue_type = {"email": "email", "website": "url"}.get(slug, CATALOGUE_TYPES[BUILT_IN[slug]])
            self._add(slug, catalogue_type, BUILT_IN_CREATED_AT, builtin=True)

    def add_form(self, form: list[Row], at: int) -> None:
        """Adds the custom fields of a form."""
        for item in form:
            options = item.get("options", {})
            catalogue_type = CATALOGUE_TYPES[item["type"]]
            if catalogue_type == "multiple_select" and not options.get("multiple_answers", True):
                catalogue_type = "unique_select"
            choices = [one["value"] for one in options.get("items", [])]
            self._add(item["id"], catalogue_type, at, choices=choices)

    def _add(
        self, slug: str, catalogue_type: str, at: int, *, builtin: bool = False, choices: list[str] | None = None
    ) -> None:
        if self.store.one("SELECT id FROM attributes WHERE slug = :slug", slug=slug):
            return
        name = slug.replace("_", " ").capitalize()
        options = [{"label": one, "value": one, "position": place} for place, one in enumerate(choices or [])]
        self.store.insert("attributes", {
            "id": self.store.new_id("attributes"), "slug": slug, "name": name, "placeholder": name,
            "type": catalogue_type, "builtin": int(builtin), "options": options, "created_at": at,
            "updated_at": at})  # fmt: skip

    def page(self, query: Query) -> tuple[list[Row], Row]:
        """Returns rows and `meta` of `GET /people_attributes`, the only list with a `sort` parameter."""
        where: list[str] = ["1"]
        params: dict[str, Any] = {}
        for name, value in query.filters.items():
            where.append(f"{name} = :{name}")
            params[name] = int(bool(query.truth("builtin"))) if name == "builtin" else value
        body = f"FROM attributes a WHERE {' AND '.join(where)}"
        total = self.store.count(body, **params)
        rows = self.store.select(
            f"SELECT a.* {body} ORDER BY {self._sort(query)}, a.id LIMIT :limit OFFSET :offset",
            limit=query.size, offset=query.page * query.size, **params,
        )  # fmt: skip
        return rows, page_meta(query, total)

    def _sort(self, query: Query) -> str:
        sort = query.extra.get("sort")
        if sort is None:
            return shuffled_order(self.store.seed, "attributes", query).format("a")
        if sort.removeprefix("-") not in SORTS:
            raise ApiError(400, f"sort takes one of {', '.join(SORTS)}")
        return f"a.{sort.removeprefix('-')} {'DESC' if sort.startswith('-') else 'ASC'}"
