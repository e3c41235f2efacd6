people-title = Find a person
search-person = E-mail address, name or id (Salesforce or Livestorm)
search = Search
people-explained = Shows for each webinar whether the person is registered, what was decided and why, what was written, and what is held back. The search is not part of the address of the page.
person-not-found = Nobody was found
person-not-found-remedy = Check the spelling. An e-mail address finds everybody whom a run has read; a name finds people who were written to Salesforce, and people of recent runs without a record. A new registrant appears after the next run.
several-matches = { $count ->
    [one] One match
   *[other] { $count } matches: choose one
}
several-caption = People with this name
webinars-of-person = Webinars of this person
no-webinars-of-person = No registration of this person is stored. Values were written to this record, so it was registered before.
decision = Decision
decided-by-run = Run that read it
loaded-at = In Salesforce since
held-back = Held back
left-the-list = No longer registered
held-since = { $count ->
    [one] Tried once, since
   *[other] Tried { $count } times, since
}
tried-next-run = The next run tries again.
dismissed-with = Dismissed: { $reason }
erase-person = Erase this person
writes-of-person = Written values
writes-caption = Values written to records of this person, newest first, at most { $count }
no-writes-of-person = Nothing was written to a record of this person, or its audit entries were deleted by age.
