setup-title = Setup
override = The connection { $connection } comes from the environment variable { $variable }. A connection of this name that was created in Airflow's UI is not used. Remove the variable from all Airflow processes to use the one of the UI.
nothing-missing = Nothing is missing
missing-lines = { $count ->
    [one] One item needs action
   *[other] { $count } items need action
}
checked-ok = { $count ->
    [one] One item is in order.
   *[other] { $count } items are in order.
}
checked-unknown = { $count ->
    [one] One item could not be checked.
   *[other] { $count } items could not be checked.
}
checked-at = Checked
check-old = This result is more than a week old. Check again before you rely on it.
never-checked = Nothing has been checked yet. A check takes a few seconds, reads no person and writes nothing.
check-now = Check now
check-again = Check again
checking = Checking both accounts …
check-explained = A check costs at most five calls of Livestorm and ten of Salesforce. It does what Airflow's Test button should do, which answers "Bad Request" in this version of Airflow.
deploy-fields = Deploy fields and permissions
deploy-legend = Custom fields and permissions
deploy-explained = Starts the DAG livestorm_salesforce_setup. It compares the org with the supplied fields and the permission set Livestorm_Sync, tries what is missing in a dry run, and asks for an approval before it adds anything. Nothing that exists is changed.
deploy-connection = Connection that deploys (empty: the connection of the sync, if its user may modify metadata)
deploy-assign = Also assign the permission set to the user of the sync
deployment-waits = A deployment waits for an approval.
area-airflow = Airflow
area-livestorm = Livestorm
area-salesforce = Salesforce
checklist-of = Checklist of { $area }
check-ok = OK
check-missing = Missing
check-unknown = Not checked
found = Found
where = Where
copy-value = Value
