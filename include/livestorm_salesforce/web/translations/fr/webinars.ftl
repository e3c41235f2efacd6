webinars-title = Webinaires
webinars-caption = { $count ->
    [one] { $count } webinaire
   *[other] { $count } webinaires
}. Nombres : dans Livestorm / dans Salesforce.
search-title = Titre, nom ou identifiant
people = Personnes
without-campaign-filter = Sans campagne
with-differences = Avec des écarts
all-webinars = Tous les webinaires
no-webinar-found = Aucun webinaire ne correspond à ces filtres.
registered = Inscrits
attended = Présents
watched = Replay
difference = Absents de Salesforce, par raison
no-difference = Aucun écart
last-read = Dernière lecture
last-full-read = Dernière lecture complète
last-and-next-read = Dernière et prochaine lecture
next-read-none = Non lu
next-read-next-run = Prochaine : à la prochaine exécution
next-read-deferred = Prochaine : plus tard.
next-read-changes = Prochaine : quand ses nombres changent
campaign-not-yet = Créée par la prochaine exécution
campaign-none = Pas de campagne
sync-one = Synchroniser
sync-one-named = Synchroniser { $webinar }
backfill-one = Reprendre à partir d'ici
backfill-one-named = Reprendre à partir d'ici : les webinaires passés depuis { $webinar }
yes = Oui
no = Non
opens-salesforce = ouvre Salesforce
working = En cours …
path = Chemin

difference-not-read-yet = Pas encore lus
difference-not-counted-by-livestorm = Lus, mais non comptés par Livestorm (l'équipe, par exemple)
difference-left-the-list = Ne sont plus inscrits
difference-did-not-attend = Absent d'après la dernière lecture
difference-did-not-watch = Replay non visionné d'après la dernière lecture
difference-attendance-not-read-yet = Présence pas encore lue, ou de personnes que Livestorm ne liste pas
difference-quarantine = Retenus après un refus
difference-dismissed = Écartés par un utilisateur
difference-campaign-refused = Sans campagne : elle a été refusée
difference-unknown = Sans résultat pour l'instant

backfill-title = Reprendre des webinaires passés
backfill-explained = Une reprise inclut des webinaires terminés avant la mise en service de ce projet. Elle crée leurs campagnes, personnes et membres.
backfill-from = Webinaires commencés à partir du (UTC)
show-cost = Afficher le coût
backfill-invalid = Ce n'est pas une date. Saisissez-la comme 2026-01-31.
backfill-nothing = Aucun webinaire passé avec des inscrits et sans campagne n'a commencé à partir de cette date, d'après la dernière exécution qui les a listés.
cost = Coût
backfill-cost = { $webinars ->
    [one] { $webinars } webinaire
   *[other] { $webinars } webinaires
}, { $registrants ->
    [one] { $registrants } inscrit
   *[other] { $registrants } inscrits
}
livestorm-calls-needed = Appels Livestorm
salesforce-calls-needed = Appels Salesforce, environ
backfill-now = Tous tiennent dans les appels Livestorm disponibles maintenant ({ $now }).
backfill-paced = { $now ->
    [0] Aucun appel Livestorm
    [one] { $now } appel Livestorm
   *[other] { $now } appels Livestorm
} maintenant, le reste en { $days ->
    [one] { $days } jour
   *[other] { $days } jours
} au moins, au rythme du mois. Les webinaires actuels passent d'abord.
backfill-unknown = Aucune exécution ne connaît encore le quota d'appels de Livestorm : le nombre de jours est inconnu. Une reprise est lue au rythme du mois ; les webinaires actuels passent d'abord.
backfill-start = Lancer la reprise

open-in-salesforce = Ouvrir la campagne dans Salesforce
open-in-livestorm = Ouvrir dans Livestorm
funnel = De l'inscription à Salesforce
funnel-caption = Personnes par étape, avec les raisons de chaque écart
funnel-explained = Une personne avec deux adresses, ou dans plusieurs sessions d'une campagne, compte comme présente dans Salesforce dès que son membre y est.
step = Étape
step-difference = Écart, par raison
step-registered = Inscrits, selon Livestorm
step-read = Lus par ce projet
step-eligible = Concernés
step-in-salesforce = Dans Salesforce
step-attended = Présents, dans Salesforce
step-watched = Replay vu, dans Salesforce
of-livestorm = sur { $count } dans Livestorm
people-forbidden = Les noms et les raisons de chaque personne sont visibles pour les utilisateurs qui peuvent modifier les exécutions de livestorm_to_salesforce.
people-caption = { $count ->
    [one] { $count } personne
   *[other] { $count } personnes
}, les inscriptions les plus récentes d'abord
filtered-by = Seulement : { $filter }
all-people = Tout le monde
nobody-found = Personne ne correspond à ce filtre.
nobody-read = Aucun inscrit de ce webinaire n'a encore été lu.
name = Nom
e-mail = E-mail
registered-at = Inscription
registered-at-utc = Inscription (UTC)
in-salesforce = Dans Salesforce
not-in-salesforce = Absent de Salesforce
name-not-stored = Nom non conservé ici
show-person = Tout sur cette personne
show-person-named = Tout sur { $name }
timeline = Ce qui a été écrit
timeline-caption = Campagne, statuts et membres, du plus récent au plus ancien
timeline-none = Rien n'a été écrit pour ce webinaire, ou ses entrées d'audit ont été supprimées avec l'âge.
time = Date
time-utc = Date (UTC)
records = Enregistrements
fields = Champs
run = Exécution

object-campaignmemberstatus = Statut de membre
action-undo = Annulation
action-undo-delete = Supprimé par une annulation

reason-quarantine-manual = Retenu : { $code }. Essayé { $tries }, prochain essai dans une exécution que vous lancez
reason-quarantine = Retenu : { $code }. Essayé { $tries }, prochain essai { $at }
reason-dismissed = Écarté par un utilisateur : { $code }
reason-campaign-refused = Salesforce a refusé la campagne : { $code }
reason-undo = Annulation de { $run }
reason-deferred = Reporté : { $reason }
reason-differed = Salesforce avait d'autres valeurs
reason-tries = { $count } fois
was-present = Présent
reason-past-ended-before-this-project-was-switched-on-give-backfill-from-backfill-to-to-include-it = Passé : terminé avant la mise en service de ce projet ; une reprise peut l'inclure
