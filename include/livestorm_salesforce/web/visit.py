"""One request of a signed-in user: permissions, language, appearance, and the sources of a page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse

from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.runs.context import SYNC_DAG_ID, AppContext
from livestorm_salesforce.runs.options import Options
from livestorm_salesforce.state import task_failures
from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.task_failures import Failure
from livestorm_salesforce.web.access import Access, Forbidden, Level, check_same_origin, current_access
from livestorm_salesforce.web.airflow_data import AirflowData
from livestorm_salesforce.web.rendering import render
from livestorm_salesforce.web.translations import Translator, choose_language

#: Pages in the order of the navigation: path, name of the message, level.
PAGES = (
    ("", "overview", Level.VIEW),
    ("webinars", "webinars", Level.VIEW),
    ("runs", "runs", Level.VIEW),
    ("changes", "changes", Level.EDIT),
    ("people", "people", Level.EDIT),
    ("attention", "attention", Level.EDIT),
    ("mapping", "mapping", Level.VIEW),
    ("setup", "setup", Level.ADMIN),
    ("erasure", "erasure", Level.ADMIN),
)


@dataclass(frozen=True)
class Visit:
    """A request with what its page needs.

    Attributes:
        access: permissions of the user.
        airflow: the runs of this project as Airflow knows them.
    """

    request: Request
    access: Access
    airflow: AirflowData

    @cached_property
    def t(self) -> Translator:
        """The language of the page."""
        headers = self.request.headers
        return Translator(choose_language(self.request.cookies, headers.get("accept-language", "")))

    @property
    def prefix(self) -> str:
        """Start of the addresses of all pages, with the base path of Airflow."""
        return str(self.request.scope.get("root_path", "")).rstrip("/")

    @property
    def embedded(self) -> bool:
        """Whether the page is a tab of a run: without navigation, links to other pages leave the tab."""
        return "embedded" in self.request.query_params

    @cached_property
    def app(self) -> AppContext:
        """The context of the pair of the last run: a page calls no service."""
        return AppContext.from_environment(options=Options(offline=True))

    @cached_property
    def state(self) -> PairState | None:
        """The state of the pair; None before the first run, or while a connection is missing.

        Raises:
            ConfigError, TransientError: the state database cannot be read.
        """
        try:
            return self.app.state
        except ConfigError:
            with self.app.database.reading():
                return None

    def run_address(self, dag_id: str, run_id: str) -> str:
        """The address of the page of a run."""
        return f"{self.prefix}/runs/{quote(dag_id, safe='')}/{quote(run_id, safe='')}"

    def failures(self, dag_id: str, run_id: str) -> list[Failure]:
        """The failed attempts of a run, the cause of the others first: runs that failed before they had a pair too."""
        return task_failures.failures_of(self.app.database, dag_id, run_id)

    def page(self, template: str, name: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """A page.

        Args:
            template: file name below `templates`.
            name: of the page in `PAGES`.
        """
        shown = [(path, page) for path, page, level in PAGES if self.access.may(level)]
        text = render(
            template,
            self.t,
            name=name,
            pages=shown,
            prefix=self.prefix,
            airflow=self.prefix.rpartition("/")[0],
            embedded=self.embedded,
            may={str(level): self.access.may(level) for level in Level},
            now=self.airflow.now(),
            **values,
        )
        return HTMLResponse(text, status)


def airflow_data() -> AirflowData:
    """Airflow's own database. Tests replace this dependency."""
    return AirflowData()


def _visit(request: Request, access: Annotated[Access, Depends(current_access)], airflow: Data) -> Visit:
    check_same_origin(request)
    request.state.livestorm_visit = visit = Visit(request, access, airflow)
    return visit


def known_visit(request: Request) -> Visit | None:
    """The visit of a request whose user is known, for the pages of errors."""
    return getattr(request.state, "livestorm_visit", None)


def _requires(level: Level) -> Any:
    def checked(visit: Annotated[Visit, Depends(_visit)]) -> Visit:
        if not visit.access.may(level, visit.request.path_params.get("dag_id", SYNC_DAG_ID)):
            raise Forbidden(level)
        return visit

    return Depends(checked)


Data = Annotated[AirflowData, Depends(airflow_data)]
Viewer = Annotated[Visit, _requires(Level.VIEW)]
Editor = Annotated[Visit, _requires(Level.EDIT)]
Operator = Annotated[Visit, _requires(Level.TRIGGER)]
Admin = Annotated[Visit, _requires(Level.ADMIN)]
