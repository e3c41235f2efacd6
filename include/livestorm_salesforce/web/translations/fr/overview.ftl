overview-title = Vue d'ensemble
health = État
health-not-set-up = Pas encore configuré
health-not-set-up-remedy = Aucune exécution n'est terminée. Vérifiez les deux comptes sur la page Configuration, puis lancez un aperçu : il n'écrit rien.
health-not-synced = Rien n'a encore été écrit dans Salesforce
health-not-synced-remedy = Un aperçu a réussi. Lisez son rapport, puis lancez une synchronisation ou activez le DAG dans Airflow.
health-paused = En pause : aucune exécution planifiée
health-paused-remedy = Activez le DAG dans Airflow pour synchroniser selon la planification. Dernier succès : { $ago }.
health-failed = La dernière exécution a échoué
health-failed-remedy = Ouvrez l'exécution : elle nomme la tâche en échec. Dernier succès : { $ago }.
health-overdue = Le dernier succès est trop ancien
health-overdue-remedy = Dernier succès : { $ago }. Vérifiez que le planificateur d'Airflow fonctionne et qu'aucune exécution n'attend.
health-attention = En bonne santé, avec des éléments à traiter
health-attention-remedy = { $items ->
    [one] { $items } élément attend une personne ; tout le reste est fait.
   *[other] { $items } éléments attendent une personne ; tout le reste est fait.
}
health-waiting = Un plan attend votre approbation
health-waiting-remedy = Les exécutions planifiées attendent la réponse. Ouvrez « Actions requises » dans Airflow, ou la page À traiter.
health-ok = En bonne santé
health-ok-remedy = Rien n'attend une personne. Dernier succès : { $ago }.
last-success = Dernier succès
next-run = Prochaine exécution
running-now = En cours
paused = En pause
only-manual = Lancée à la main
only-manual-detail = Aucune planification n'est définie
open-items = Éléments à traiter
open-people = { $count ->
    [one] { $count } personne retenue
   *[other] { $count } personnes retenues
}
open-problems = { $count ->
    [one] { $count } problème
   *[other] { $count } problèmes
}
open-approvals = { $count ->
    [one] { $count } approbation
   *[other] { $count } approbations
}
open-nothing = Rien n'attend une personne
livestorm-calls = Appels Livestorm restants
salesforce-calls = Appels Salesforce restants
calls-unknown = Connu après la prochaine exécution
forecast-enough = { $rate } par jour : suffisant, environ { $left } restants le
forecast-short = { $rate } par jour : il en manque environ { $left }. Configurez des webhooks ou espacez les exécutions. Fin de la période :
salesforce-detail = { $used } sur { $limit } utilisés par toute l'organisation en 24 heures
latency = De l'inscription à Salesforce
latency-detail = Médiane ; 95 % en { $p95 } ({ $count ->
    [one] { $count } personne
   *[other] { $count } personnes
}, 7 jours)
latency-none = Aucun nouvel inscrit en 7 jours
preview-now = Lancer un aperçu
sync-now = Synchroniser
preview-explained = Un aperçu lit les deux services et n'écrit rien.
runs-of-two-weeks = Exécutions des deux dernières semaines
strip-explained = La plus ancienne est à gauche. Chacune ouvre son rapport.
no-runs = Aucune exécution n'est terminée.
webinars-in-sync = Webinaires synchronisés
next-webinars = Prochains webinaires
latest-webinars = Derniers webinaires
no-webinars = Aucun webinaire n'est connu. La première exécution les liste.
problems-of-last-run = Problèmes de la dernière exécution ordinaire
without-campaign-count = { $count ->
    [one] { $count } webinaire sans campagne
   *[other] { $count } webinaires sans campagne
}
