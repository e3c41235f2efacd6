webinars-title = Webinars
webinars-caption = { $count ->
    [one] One webinar
   *[other] { $count } webinars
}. Numbers: in Livestorm / in Salesforce.
search-title = Title, name or id
people = People
without-campaign-filter = Without a Campaign
with-differences = With differences
all-webinars = All webinars
no-webinar-found = No webinar matches these filters.
registered = Registered
attended = Attended
watched = Replay
difference = Not in Salesforce, by reason
no-difference = No difference
last-read = Last read
last-full-read = Last read in full
last-and-next-read = Last and next read
next-read-none = Not read
next-read-next-run = Next: in the next run
next-read-deferred = Next: later.
next-read-changes = Next: when its counts change
campaign-not-yet = Created by the next run
campaign-none = No Campaign
sync-one = Sync
sync-one-named = Sync { $webinar }
backfill-one = Backfill from here
backfill-one-named = Backfill from here: past webinars from { $webinar } on
yes = Yes
no = No
opens-salesforce = opens Salesforce
working = Working …
path = Path

difference-not-read-yet = Not read yet
difference-not-counted-by-livestorm = Read, but not counted by Livestorm (such as team members)
difference-left-the-list = No longer registered
difference-did-not-attend = Did not attend, as last read
difference-did-not-watch = Did not watch the replay, as last read
difference-attendance-not-read-yet = Attendance not read yet, or of people whom Livestorm does not list
difference-quarantine = Held back after a refusal
difference-dismissed = Dismissed by a user
difference-campaign-refused = Without a Campaign: it was refused
difference-unknown = Without a result yet

backfill-title = Backfill past webinars
backfill-explained = A backfill includes webinars that ended before this project was switched on. It creates their Campaigns, people and members.
backfill-from = Webinars that began on or after (UTC)
show-cost = Show the cost
backfill-invalid = This is not a date. Enter it as 2026-01-31.
backfill-nothing = No past webinar with registrants and without a Campaign began on or after this date, as far as the last run listed them.
cost = Cost
backfill-cost = { $webinars ->
    [one] One webinar
   *[other] { $webinars } webinars
}, { $registrants ->
    [one] one registrant
   *[other] { $registrants } registrants
}
livestorm-calls-needed = Calls of Livestorm
salesforce-calls-needed = Calls of Salesforce, about
backfill-now = All of them are within the Livestorm calls of now ({ $now }).
backfill-paced = { $now ->
    [0] No Livestorm call
    [one] One Livestorm call
   *[other] { $now } Livestorm calls
} now, the rest in at least { $days ->
    [one] one day
   *[other] { $days } days
} at the month's pace. Current webinars come first.
backfill-unknown = No run has learned Livestorm's allowance of calls yet, so the number of days is not known. A backfill is read at the month's pace; current webinars come first.
backfill-start = Start the backfill

open-in-salesforce = Open the Campaign in Salesforce
open-in-livestorm = Open in Livestorm
funnel = From registration to Salesforce
funnel-caption = People by step, with the reasons of each difference
funnel-explained = People with two addresses, or in several sessions of one Campaign, count as in Salesforce once their member is.
step = Step
step-difference = Difference, by reason
step-registered = Registered, as Livestorm counts
step-read = Read by this project
step-eligible = Eligible
step-in-salesforce = In Salesforce
step-attended = Attended, in Salesforce
step-watched = Watched the replay, in Salesforce
of-livestorm = of { $count } in Livestorm
people-forbidden = Names and reasons of single people are shown to users who may edit DAG runs of livestorm_to_salesforce.
people-caption = { $count ->
    [one] One person
   *[other] { $count } people
}, newest registration first
filtered-by = Only: { $filter }
all-people = Everybody
nobody-found = Nobody matches this filter.
nobody-read = No registrant of this webinar has been read yet.
name = Name
e-mail = E-mail
registered-at = Registered at
registered-at-utc = Registered at (UTC)
in-salesforce = In Salesforce
not-in-salesforce = Not in Salesforce
name-not-stored = Name not stored here
show-person = All about this person
show-person-named = All about { $name }
timeline = What was written
timeline-caption = Campaign, statuses and members, newest first
timeline-none = Nothing has been written for this webinar, or its audit entries were deleted by age.
time = Time
time-utc = Time (UTC)
records = Records
fields = Fields
run = Run

object-campaignmemberstatus = Member status
action-undo = Undo
action-undo-delete = Deleted by an undo

reason-quarantine-manual = Held back: { $code }. Tried { $tries }, next attempt in a run that you start
reason-quarantine = Held back: { $code }. Tried { $tries }, next attempt { $at }
reason-dismissed = Dismissed by a user: { $code }
reason-campaign-refused = Salesforce refused the Campaign: { $code }
reason-undo = Undo of { $run }
reason-deferred = Deferred: { $reason }
reason-differed = Salesforce had other values
reason-tries = { $count ->
    [one] once
    [2] twice
   *[other] { $count } times
}
was-present = Attended
reason-past-ended-before-this-project-was-switched-on-give-backfill-from-backfill-to-to-include-it = Past: ended before this project was switched on. A backfill can include it
