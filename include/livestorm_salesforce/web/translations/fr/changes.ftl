changes-title = Modifications
changes-explained = Chaque valeur qu'une exécution a écrite dans Salesforce. Les modifications planifiées d'une exécution sont sur sa page.
of-person = Seulement cette personne (e-mail ou nom)
all-changes = Toutes les modifications
changes-caption = { $count ->
    [one] { $count } valeur
   *[other] { $count } valeurs
}, les plus récentes d'abord
who = Personne ou campagne
api-name = Nom d'API
per-field = Modifications par champ
per-field-caption = Valeurs écrites par champ, avec ces filtres
no-change-found = Aucune valeur écrite ne correspond à ces filtres.
no-changes = Rien n'a encore été écrit, ou les entrées ont été supprimées avec l'âge.
