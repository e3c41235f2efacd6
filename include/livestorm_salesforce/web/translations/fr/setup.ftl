setup-title = Configuration
override = La connexion { $connection } vient de la variable d'environnement { $variable }. Une connexion de ce nom créée dans l'interface d'Airflow n'est pas utilisée. Retirez la variable de tous les processus Airflow pour utiliser celle de l'interface.
nothing-missing = Il ne manque rien
missing-lines = { $count ->
    [one] { $count } point demande une action
   *[other] { $count } points demandent une action
}
checked-ok = { $count ->
    [one] { $count } point est en ordre.
   *[other] { $count } points sont en ordre.
}
checked-unknown = { $count ->
    [one] { $count } point n'a pas pu être vérifié.
   *[other] { $count } points n'ont pas pu être vérifiés.
}
checked-at = Vérifié le
check-old = Ce résultat a plus d'une semaine. Vérifiez de nouveau avant de vous y fier.
never-checked = Rien n'a encore été vérifié. Une vérification prend quelques secondes, ne lit aucune personne et n'écrit rien.
check-now = Vérifier
check-again = Vérifier de nouveau
checking = Vérification des deux comptes …
check-explained = Une vérification coûte au plus cinq appels Livestorm et dix appels Salesforce. Elle fait ce que devrait faire le bouton « Tester la connexion » d'Airflow, qui répond « Bad Request » dans cette version d'Airflow.
deploy-fields = Déployer les champs et les autorisations
deploy-legend = Champs personnalisés et autorisations
deploy-explained = Lance le DAG livestorm_salesforce_setup. Il compare l'organisation avec les champs fournis et l'ensemble d'autorisations Livestorm_Sync, essaie à blanc ce qui manque, et demande une approbation avant d'ajouter quoi que ce soit. Rien de ce qui existe n'est modifié.
deploy-connection = Connexion qui déploie (vide : celle de la synchronisation, si son utilisateur peut modifier les métadonnées)
deploy-assign = Attribuer aussi l'ensemble d'autorisations à l'utilisateur de la synchronisation
deployment-waits = Un déploiement attend une approbation.
area-airflow = Airflow
area-livestorm = Livestorm
area-salesforce = Salesforce
checklist-of = Liste de contrôle : { $area }
check-ok = OK
check-missing = Manquant
check-unknown = Non vérifié
found = Constat
where = Où
copy-value = Valeur
