people-title = Trouver une personne
search-person = Adresse e-mail, nom ou identifiant (Salesforce ou Livestorm)
search = Chercher
people-explained = Montre pour chaque webinaire si la personne est inscrite, ce qui a été décidé et pourquoi, ce qui a été écrit et ce qui est retenu. La recherche ne figure pas dans l'adresse de la page.
person-not-found = Personne n'a été trouvé
person-not-found-remedy = Vérifiez l'orthographe. Une adresse e-mail trouve toute personne lue par une exécution ; un nom trouve les personnes écrites dans Salesforce et, parmi les exécutions récentes, celles sans enregistrement. Un nouvel inscrit apparaît après la prochaine exécution.
several-matches = { $count ->
    [one] { $count } personne trouvée
   *[other] { $count } personnes trouvées : choisissez
}
several-caption = Personnes de ce nom
webinars-of-person = Webinaires de cette personne
no-webinars-of-person = Aucune inscription de cette personne n'est conservée. Des valeurs ont été écrites dans cet enregistrement : elle était donc inscrite auparavant.
decision = Décision
decided-by-run = Exécution qui l'a lue
loaded-at = Dans Salesforce depuis
held-back = Retenu
left-the-list = N'est plus inscrit
held-since = Essayé { $count } fois, depuis
tried-next-run = La prochaine exécution essaie de nouveau.
dismissed-with = Écarté : { $reason }
erase-person = Effacer cette personne
writes-of-person = Valeurs écrites
writes-caption = Valeurs écrites dans les enregistrements de cette personne, les plus récentes d'abord, au plus { $count }
no-writes-of-person = Rien n'a été écrit dans un enregistrement de cette personne, ou ses entrées d'audit ont été supprimées avec l'âge.
