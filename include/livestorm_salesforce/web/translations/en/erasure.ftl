erasure-title = Erasure
erasure-explained = Erases a person from everything that this project stores: run folders, received webhooks, audit log, quarantine and sync state. Records in Salesforce and Livestorm are not changed.
address = E-mail address
address-explained = The address is sent in the body of the request. It is not stored, logged or part of a link; the erasure itself works with a keyed hash.
show-affected = Show affected data
searching = Searching …
affected-title = Affected data
affected-caption = Stored data of this person
affected-none = Nothing of this person was found in the database.
affected-files = Run folders, raw responses and other stored files, and texts that mention the person in passing, are not searched here: the erasure searches everything, erases what it finds, and searches again. Its certificate counts the files.
place = Place
table-registration = Registrations
table-latest-answer = Latest answers
table-quarantine = Quarantine
table-audit = Audit log
table-webhook-delivery = Received webhooks
erase-legend = Erase
erase-step-livestorm = Erase the person in Livestorm first; otherwise the next run loads them again.
erase-step-salesforce = Erase the records in Salesforce by its own means.
erase-step-runs = The erasure refuses to start while a run is in progress.
erase-confirm = I have read this. The erasure cannot be undone.
erase-now = Erase this person
erasure-unconfirmed = Nothing was erased: the confirmation was not ticked.
earlier-erasures = Erasures
no-erasures = Nobody has been erased yet.
erasure-complete = Complete
erasure-incomplete = Incomplete
erasure-running = Running
erasure-failed = Failed
erased = Erased
erased-counts = { $rows ->
    [one] One row
   *[other] { $rows } rows
}, { $lines ->
    [one] one line
   *[other] { $lines } lines
}
certificate = Certificate
download = Download the certificate
certificate-title = Certificate of erasure, Livestorm to Salesforce
certificate-date = Date
certificate-run = Run
certificate-searched = Searched
certificate-files = files in run folders and other stored files: { $count }
certificate-deleted = Deleted
certificate-rows = rows of tables and files: { $count }
certificate-lines = lines of raw responses and texts: { $count }
certificate-unfinished = unfinished files: { $count }
certificate-unread = Could not be read or still found
certificate-unread-none = nothing
certificate-table-rows = { $count ->
    [one] one row deleted
   *[other] { $count } rows deleted
}
certificate-path-unread = could not be read: { $path }
certificate-path-remaining = still concerns the person: { $path }
certificate-verified = After the erasure everything was searched again, and nothing of the person was found.
certificate-not-verified = The erasure is not complete. Follow the remedy, then erase again.
certificate-others = The records of Livestorm and Salesforce, and backups of the database, are not part of this erasure.
