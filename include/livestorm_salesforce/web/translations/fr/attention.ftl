attention-title = À traiter
attention-empty = Rien à traiter
attention-empty-detail = Personne n'est retenu, aucun plan n'attend de réponse, et la dernière exécution n'a aucun problème ouvert.
attention-items = Approbations, configuration, problèmes de la dernière exécution et budgets
attention-error-nothing-selected = Rien n'est sélectionné : cochez au moins une ligne, ou toutes les lignes, puis appuyez de nouveau sur le bouton.
attention-error-no-reason = Il faut une raison pour écarter une ligne : elle est affichée avec la ligne. Saisissez-la, sans données personnelles.
subject = Sujet
since = Depuis
next-attempt = Prochain essai
person = Personne
name-unread = Nom pas encore lu
name-deleted = Nom supprimé avec les fichiers de son exécution. Relancez la ligne : l'exécution relit le nom dans Livestorm.
names-unread = { $folders ->
    [one] Cette page ne conserve aucun nom : elle les lit dans les fichiers des exécutions. Pour gagner du temps, { $folders } exécution avec des noms de cette liste n'a pas été ouverte.
   *[other] Cette page ne conserve aucun nom : elle les lit dans les fichiers des exécutions. Pour gagner du temps, { $folders } exécutions avec des noms de cette liste n'ont pas été ouvertes.
}
show-all-names = Afficher tous les noms
cause = Cause
webinars = Webinaires
webinars-count = { $count ->
    [one] { $count } webinaire
   *[other] { $count } webinaires
}
registrants-held = { $count ->
    [one] { $count } inscrit
   *[other] { $count } inscrits
}
and-more = et { $count } de plus
tried = { $count ->
    [one] { $count } essai
   *[other] { $count } essais
}
select = Choisir
select-row = Choisir la ligne { $number }
select-dismissed = Choisir la ligne écartée { $number }
held-people = { $count ->
    [one] { $count } ligne est retenue
   *[other] { $count } lignes sont retenues
}
held-explained = Une ligne par personne et par cause. Salesforce a refusé l'enregistrement ; tous les autres ont été chargés. Une ligne est renvoyée quand ses valeurs ou les correspondances changent, à son prochain essai, ou quand vous la relancez.
held-first = Les { $count } plus anciennes sont affichées.
held-caption = Personnes et campagnes retenues, par cause
with-next-run = à la prochaine exécution
settle = Traiter les lignes choisies
settle-jump = Relancer ou écarter des lignes
settle-forbidden = Pour relancer ou écarter des lignes, il faut le droit de déclencher livestorm_salesforce_quarantine.
all-listed = Toutes les lignes retenues, même celles qui ne sont pas affichées
retry = Relancer à la prochaine exécution
retry-explained = Corrigez d'abord la cause.
dismiss-reason = Raison pour écarter (sans données personnelles)
dismiss = Écarter
dismiss-explained = Les lignes écartées ne sont plus envoyées tant que l'inscrit ou les correspondances ne changent pas.
dismissed-title = { $count ->
    [one] { $count } ligne a été écartée
   *[other] { $count } lignes ont été écartées
}
dismissed-caption = Lignes écartées et leurs raisons
retry-dismissed = Relancer les lignes choisies à la prochaine exécution
stale = Dernier succès : { $ago } (intervalle prévu : { $interval }). Ce que vous voyez peut être dépassé.
never-succeeded = Aucune exécution qui écrit n'a encore réussi.
item-approval = Un plan attend une réponse
item-approval-remedy = lisez le plan, puis approuvez-le ou rejetez-le. Les exécutions planifiées attendent jusque-là.
item-approval-open = Ouvrir la question dans Airflow
item-approval-next = après la réponse
item-deployment = Un déploiement attend une réponse
item-deployment-remedy = lisez ce qui serait ajouté à Salesforce, puis approuvez ou rejetez. Les exécutions planifiées continuent.
item-deployment-open = Ouvrir la question dans Airflow
item-deployment-next = après la réponse
item-configuration = La configuration arrête la synchronisation
item-configuration-remedy = ouvrez l'exécution : elle nomme l'erreur.
item-configuration-open = Ouvrir l'exécution
item-configuration-next = à la prochaine exécution, ou quand la tâche en échec est relancée
item-failed = La dernière exécution a échoué
item-failed-remedy = ouvrez l'exécution : elle nomme la tâche en échec.
item-failed-open = Ouvrir l'exécution
item-failed-next = à la prochaine exécution, ou quand la tâche en échec est relancée
item-problem-open = Ouvrir l'exécution
item-problem-next = à la prochaine exécution
item-livestorm-budget = Les appels Livestorm ne suffiront pas jusqu'à la fin de la période
item-livestorm-budget-remedy = configurez des webhooks, espacez les exécutions, ou baissez reading.month_percent dans les correspondances.
item-livestorm-budget-open = Voir la prévision
item-livestorm-budget-next = les lectures peu prioritaires sont reportées
item-salesforce-budget = L'organisation a utilisé plus de 90 % de ses appels d'API de 24 heures
item-salesforce-budget-remedy = cherchez ce qui utilise les appels (Configuration de Salesforce, Présentation du système), ou espacez les exécutions.
item-salesforce-budget-open = Voir les appels
item-salesforce-budget-next = les exécutions s'arrêtent à la réserve et reprennent plus tard
