"""How many records a second the Salesforce stand-in takes over HTTPS: `python -m tests.sandbox.salesforce.speed`.

Numbers are printed, not asserted: they are the machine's as much as ours. The aim is 500 collection records a second
on two cores, so that a benchmark never measures the sandbox.
"""

import time
from collections.abc import Callable
from typing import Any

import requests

from service_sandbox import Sandbox

COUNT, CALL = 10_000, 200


def session(sandbox: Sandbox) -> requests.Session:
    """A logged-in session."""
    made = requests.Session()
    made.verify, made.trust_env = sandbox.ca_bundle, False
    form = {
        "grant_type": "client_credentials",
        "client_id": sandbox.consumer_key,
        "client_secret": sandbox.consumer_secret,
    }
    token = made.post(f"{sandbox.salesforce_url}/services/oauth2/token", data=form, timeout=30).json()["access_token"]
    made.headers["Authorization"] = f"Bearer {token}"
    return made


def collection(http: requests.Session, base: str, method: str, sobject: str, rows: list[dict[str, Any]]) -> list[str]:
    """Write rows, 200 to a call; their ids."""
    ids = []
    for start in range(0, len(rows), CALL):
        records = [{"attributes": {"type": sobject}, **row} for row in rows[start : start + CALL]]
        answer = http.request(method, f"{base}/composite/sobjects", json={"records": records}, timeout=60).json()
        ids += [one["id"] for one in answer]
    return ids


def timed(name: str, work: Callable[[], Any]) -> Any:
    """Run and say how fast it was."""
    started = time.perf_counter()
    result = work()
    print(f"{name}: {COUNT / (time.perf_counter() - started):,.0f} records a second")
    return result


def main() -> None:
    """Create and update leads, and make them members of one campaign."""
    with Sandbox(seed="empty") as sandbox:
        http, base = session(sandbox), f"{sandbox.salesforce_url}/services/data/v67.0"
        people = [
            {"LastName": f"L{n}", "Company": "Acme", "Email": f"l{n}@x.example", "City": "Nice"} for n in range(COUNT)
        ]
        leads = timed("create leads", lambda: collection(http, base, "POST", "Lead", people))
        changes = [{"id": one, "Title": "CEO"} for one in leads]
        timed("update leads", lambda: collection(http, base, "PATCH", "Lead", changes))
        campaign = http.post(f"{base}/sobjects/Campaign", json={"Name": "Webinar"}, timeout=30).json()["id"]
        members = [{"CampaignId": campaign, "LeadId": one} for one in leads]
        timed("create members", lambda: collection(http, base, "POST", "CampaignMember", members))


if __name__ == "__main__":
    main()
