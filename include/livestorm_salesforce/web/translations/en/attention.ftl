attention-title = Attention
attention-empty = Nothing needs attention
attention-empty-detail = Nobody is held back, no plan waits for an answer, and the last run has no open problem.
attention-items = Approvals, configuration, problems of the last run and budgets
attention-error-nothing-selected = Nothing was selected: tick at least one row, or all rows, then press the button again.
attention-error-no-reason = A dismissal needs a reason: it is shown with the row. Enter one, without personal data.
subject = Subject
since = Since
next-attempt = Next attempt
person = Person
name-unread = Name not read yet
name-deleted = Name deleted with the files of its run. Retry the row: the run reads the name from Livestorm again.
names-unread = { $folders ->
    [one] This page stores no names: it reads them from the files of runs. To save time, one run with names of this list was not opened.
   *[other] This page stores no names: it reads them from the files of runs. To save time, { $folders } runs with names of this list were not opened.
}
show-all-names = Show all names
cause = Cause
webinars = Webinars
webinars-count = { $count ->
    [one] 1 webinar
   *[other] { $count } webinars
}
registrants-held = { $count ->
    [one] 1 registrant
   *[other] { $count } registrants
}
and-more = and { $count } more
tried = { $count ->
    [one] Tried once
   *[other] Tried { $count } times
}
select = Select
select-row = Select row { $number }
select-dismissed = Select dismissed row { $number }
held-people = { $count ->
    [one] One row is held back
   *[other] { $count } rows are held back
}
held-explained = One row per person and cause. Salesforce refused the record; everybody else was loaded. A row is sent again when the values or the mapping change, at its next attempt, or when you retry it.
held-first = The oldest { $count } are shown.
held-caption = People and Campaigns held back, by cause
with-next-run = with the next run
settle = Settle the selected rows
settle-jump = Retry or dismiss rows
settle-forbidden = To retry or dismiss rows you need the permission to trigger livestorm_salesforce_quarantine.
all-listed = All rows that are held back, also those not shown
retry = Retry with the next run
retry-explained = Correct the cause first.
dismiss-reason = Reason of a dismissal (no personal data)
dismiss = Dismiss
dismiss-explained = Dismissed rows are not sent again until the registrant or the mapping changes.
dismissed-title = { $count ->
    [one] One row was dismissed
   *[other] { $count } rows were dismissed
}
dismissed-caption = Dismissed rows with their reasons
retry-dismissed = Retry the selected rows with the next run
stale = The last success was { $ago }, expected every { $interval }. What you see may be out of date.
never-succeeded = No run that writes has succeeded yet.
item-approval = A plan waits for an answer
item-approval-remedy = read the plan, then approve or reject it. Scheduled runs wait until then.
item-approval-open = Open the question in Airflow
item-approval-next = after the answer
item-deployment = A deployment waits for an answer
item-deployment-remedy = read what would be added to Salesforce, then approve or reject it. Scheduled runs go on.
item-deployment-open = Open the question in Airflow
item-deployment-next = after the answer
item-configuration = The configuration stops the sync
item-configuration-remedy = open the run: it names what is wrong.
item-configuration-open = Open the run
item-configuration-next = with the next run, or when the failed task is cleared
item-failed = The last run failed
item-failed-remedy = open the run: it names the failed task.
item-failed-open = Open the run
item-failed-next = with the next run, or when the failed task is cleared
item-problem-open = Open the run
item-problem-next = with the next run
item-livestorm-budget = Livestorm calls will not last until the end of the window
item-livestorm-budget-remedy = set up webhooks, run less often, or lower reading.month_percent in the mapping.
item-livestorm-budget-open = See the forecast
item-livestorm-budget-next = reads of low priority are deferred meanwhile
item-salesforce-budget = The org has used more than 90 % of its API calls of 24 hours
item-salesforce-budget-remedy = find out what uses the calls (Salesforce Setup, System Overview), or run less often.
item-salesforce-budget-open = See the calls
item-salesforce-budget-next = runs stop at the reserve and continue later
