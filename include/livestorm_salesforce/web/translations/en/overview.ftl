overview-title = Overview
health = Health
health-not-set-up = Not set up yet
health-not-set-up-remedy = No run has ended yet. Check both accounts on the Setup page, then start a preview: it writes nothing.
health-not-synced = Nothing has been written to Salesforce yet
health-not-synced-remedy = A preview has succeeded. Read its report, then start a sync or switch the DAG on in Airflow.
health-paused = Paused: no scheduled run will start
health-paused-remedy = Switch the DAG on in Airflow to sync on schedule. Last success: { $ago }.
health-failed = The last run failed
health-failed-remedy = Open the run: it names the failed task. Last success: { $ago }.
health-overdue = The last success is overdue
health-overdue-remedy = Last success: { $ago }. Check that Airflow's scheduler is running and that no run waits.
health-attention = Healthy, with items that need attention
health-attention-remedy = { $items ->
    [one] One item needs a person; everything else was done.
   *[other] { $items } items need a person; everything else was done.
}
health-waiting = A plan waits for your approval
health-waiting-remedy = Scheduled runs wait until it is answered. Open Required Actions in Airflow, or the page Attention.
health-ok = Healthy
health-ok-remedy = Nothing waits for a person. Last success: { $ago }.
last-success = Last success
next-run = Next run
running-now = Running now
paused = Paused
only-manual = Started by hand
only-manual-detail = No schedule is set
open-items = Open items
open-people = { $count ->
    [one] 1 person held back
   *[other] { $count } people held back
}
open-problems = { $count ->
    [one] 1 problem
   *[other] { $count } problems
}
open-approvals = { $count ->
    [one] 1 approval
   *[other] { $count } approvals
}
open-nothing = Nothing waits for a person
livestorm-calls = Livestorm calls left
salesforce-calls = Salesforce calls left
calls-unknown = Known after the next run
forecast-enough = { $rate } a day: sufficient, about { $left } left on
forecast-short = { $rate } a day: about { $left } too few. Set up webhooks, or run less often. Window ends
salesforce-detail = { $used } of { $limit } used by the whole org in 24 hours
latency = From registration to Salesforce
latency-detail = Median; 95 % within { $p95 } ({ $count ->
    [one] one person
   *[other] { $count } people
}, 7 days)
latency-none = No new registrant in 7 days
preview-now = Preview now
sync-now = Sync now
preview-explained = A preview reads both services and writes nothing.
runs-of-two-weeks = Runs of two weeks
strip-explained = The oldest is on the left. Each opens its report.
no-runs = No run has ended yet.
webinars-in-sync = Webinars in sync
next-webinars = Next webinars
latest-webinars = Latest webinars
no-webinars = No webinar is known yet. The first run lists them.
problems-of-last-run = Problems of the last ordinary run
without-campaign-count = { $count ->
    [one] One webinar without a Campaign
   *[other] { $count } webinars without a Campaign
}
