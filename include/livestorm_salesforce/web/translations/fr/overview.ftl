overview-title = Vue d'ensemble
health = État
health-not-set-up = Pas encore configuré
health-not-set-up-remedy = Aucune exécution n'est terminée. Vérifiez les deux comptes sur la page Configuration, puis lancez un aperçu : il n'écrit rien.
health-paused = En pause : aucune exécution planifiée
health-paused-remedy = Activez le DAG dans Airflow pour synchroniser selon la planification. Dernier succès : { $ago }.
health-failed = La dernière exécution a échoué
health-failed-remedy = Ouvrez l'exécution : elle nomme la tâche en échec. Dernier succès : { $ago }.
health-overdue = Le dernier succès est trop ancien
health-overdue-remedy = Dernier succès : { $ago }. Vérifiez que le planificateur d'Airflow fonctionne et qu'aucune exécution n'attend.
health-attention = En bonne santé, avec des éléments à traiter
health-attention-remedy = { $items ->
    [one] Un élément attend une personne ; tout le reste est dans Salesforce.
   *[other] { $items } éléments attendent une personne ; tout le reste est dans Salesforce.
}
health-waiting = Un plan attend votre approbation
health-waiting-remedy = Les exécutions planifiées attendent la réponse. Ouvrez Required Actions dans Airflow, ou la page À traiter.
health-ok = En bonne santé
health-ok-remedy = Tout est dans Salesforce. Dernier succès : { $ago }.
last-success = Dernier succès
next-run = Prochaine exécution
running-now = En cours
paused = En pause
only-manual = Lancée à la main
only-manual-detail = Aucun calendrier n'est défini
open-items = Éléments à traiter
open-items-detail = { $people ->
    [one] { $people } personne retenue
   *[other] { $people } personnes retenues
}, { $approvals ->
    [one] { $approvals } approbation
   *[other] { $approvals } approbations
}
livestorm-calls = Appels Livestorm restants
salesforce-calls = Appels Salesforce restants
calls-unknown = Connu après la prochaine exécution
forecast-enough = { $rate } par jour : suffisant, environ { $left } restants le
forecast-short = { $rate } par jour : insuffisant ({ $left }). Configurez des webhooks ou espacez les exécutions. Fin de la période :
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
problems-of-last-run = Problèmes de la dernière exécution
without-campaign-count = { $count ->
    [one] { $count } webinaire sans campagne
   *[other] { $count } webinaires sans campagne
}
