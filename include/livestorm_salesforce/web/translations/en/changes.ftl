changes-title = Changes
changes-explained = Every value that a run has written to Salesforce. The planned changes of a single run are on the page of the run.
of-person = Only this person (e-mail or name)
all-changes = All changes
changes-caption = { $count ->
    [one] One value
   *[other] { $count } values
}, newest first
who = Person or Campaign
api-name = API name
per-field = Changes by field
per-field-caption = Written values by field, with these filters
no-change-found = No written value matches these filters.
no-changes = Nothing has been written yet, or the entries were deleted by age.
