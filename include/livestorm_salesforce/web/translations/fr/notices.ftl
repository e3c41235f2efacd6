notice-campaignmember-does-not-exist-or-is-hidden = CampaignMember.{ $field } n'existe pas ou est masqué{ $nearest } : les replays regardés ne sont pas écrits
notice-campaign-is-not-unique-two-simultaneous-runs = Campaign.{ $key } n'est pas unique : deux exécutions simultanées pourraient créer deux campagnes pour une session
notice-hidden-from-this-user-or-read-only = masqué à cet utilisateur ou en lecture seule sur Campaign, donc omis : { $fields }
notice-campaign-type-has-no-active-value-it = Campaign.Type n'a pas de valeur active « { $value } » : elle est { $effect }
notice-campaignmember-cannot-be-written-by-this-user = CampaignMember.{ $field } ne peut pas être écrit par cet utilisateur : les replays regardés ne sont pas écrits
notice-the-restricted-picklist-lacks-these-values-stay = il manque { $values } à la liste de choix restreinte { $field } : ces valeurs restent vides
notice-of-people-found-would-be-updated-limits = personnes trouvées qui seraient modifiées : { $updates } sur { $people } ({ $share }, limits.share_of_updates autorise { $limit })
notice-records-would-be-created-limits-creates-allows = { $count ->
    [one] { $count } enregistrement serait créé
   *[other] { $count } enregistrements seraient créés
} (limits.creates autorise { $limit })
notice-people-were-not-found-limits-unmatched-allows = { $count ->
    [one] { $count } personne est introuvable
   *[other] { $count } personnes sont introuvables
} (limits.unmatched autorise { $limit })
notice-the-plan-was-rejected-nothing-was-written = le plan a été rejeté : rien n'a été écrit
notice-nobody-approved-the-plan-in-time = personne n'a approuvé le plan à temps : rien n'a été écrit
notice-changed-in-salesforce-since-the-plan = modifié dans Salesforce depuis le plan : pas écrit
notice-of-sessions = des sessions { $ids }
notice-statuses-refused = statuts refusés : { $labels }
notice-refused = { $sobject } : enregistrement refusé
notice-value-refused-by-the-org-field-left = valeur refusée par l'organisation : champ omis
notice-cut-further-the-org-counts-its-length = raccourcie davantage : l'organisation compte autrement la longueur
notice-cut-by-an-earlier-run-because-the = raccourcie par une exécution précédente, car l'organisation refuse le texte entier : laissé tel quel
notice-cut-so-that-the-date-stays = raccourcie pour que la date reste entière, car l'organisation ne garde que le début du nom
notice-refused-before-not-tried-in-this-run = { $code } : refusé auparavant, pas essayé dans cette exécution
notice-new-registrants-delivered-by-webhooks-read-by = nouveaux inscrits livrés par webhooks : { $delivered }, lus par appels : { $called }
notice-registrants-since-the-last-webhook-delivery-that = inscrits depuis la dernière livraison de webhook qu'aucune n'a annoncés : { $count }
notice-livestorm-s-calls-are-short-sessions-not = Les appels Livestorm manquent : sessions non lues par cette exécution : { $count }
notice-livestorm-s-calls-are-short-sessions-not-read = Les appels Livestorm manquent : sessions non lues par cette exécution : { $count } ; sessions à la demande listées toutes les { $minutes } minutes
notice-livestorm-s-calls-are-short-sessions-not-read-by = Les appels Livestorm manquent : sessions non lues par cette exécution : { $count } ; sessions à la demande listées toutes les { $minutes } minutes (toutes les { $delivered } après un webhook)
notice-livestorm-s-calls-are-short-sessions-not-read-by-this = Les appels Livestorm manquent : sessions non lues par cette exécution : { $count } (toutes les { $delivered } minutes après un webhook)
notice-sessions-of-a-backfill-that-later-runs = sessions d'une reprise que lisent les prochaines exécutions : { $count } ; avant cette exécution : { $cost }
notice-sessions-with-registrants-livestorm-calls-the-monthly = { $sessions } sessions avec { $registrants } inscrits, { $calls } appels Livestorm ; le quota mensuel n'est pas encore connu
notice-sessions-with-registrants-livestorm-calls-all-of = { $sessions } sessions avec { $registrants } inscrits, { $calls } appels Livestorm, tous dans les appels disponibles ({ $now })
notice-sessions-with-registrants-livestorm-calls-calls-now = { $sessions } sessions avec { $registrants } inscrits, { $calls } appels Livestorm : { $now } maintenant, le reste en { $days } jours au moins au rythme du mois
notice-sessions-without-a-status-that-is-known = sessions sans état connu : { $ids }
notice-livestorm-has-no-session-of = Livestorm n'a pas de session : { $ids }
notice-sessions-of-webhook-deliveries-that-are-in = sessions livrées par webhooks, absentes des listes, non recherchées ou sans réponse : { $count }
notice-first-run-of-this-organization-and-org = première exécution de cette paire de comptes ; la base contient l'état de { $count ->
    [one] { $count } autre paire
   *[other] { $count } autres paires
}
notice-sessions-in-an-unknown-format = sessions dans un format inconnu
notice-sessions-whose-event-is-in-an-unknown = sessions dont l'événement est dans un format inconnu
notice-registrants-in-an-unknown-format = inscrits dans un format inconnu
notice-registration-forms-that-do-not-demand-the = formulaires d'inscription qui n'exigent pas { $question } : sans cette valeur, la valeur de secours est utilisée
notice-cut-to-characters = raccourcie à { $length } caractères
notice-longer-than-characters-field-left-out = plus de { $length } caractères : champ omis
notice-not-a-field-left-out = pas du type attendu ({ $kind }) : champ omis
notice-more-than-digits-before-the-point-field = plus de { $digits } chiffres avant la virgule : champ omis
notice-value-not-in-the-restricted-picklist-field = valeur absente de la liste de choix restreinte : champ omis
notice-has-its-old-value-again-after-our = a retrouvé son ancienne valeur après notre dernière écriture : laissé tel quel
notice-a-user-deleted-the-member-not-created = un utilisateur a supprimé le membre : pas recréé
notice-the-record-has-another-address-it-is = l'enregistrement a une autre adresse ; il est mis à jour, son adresse reste
notice-changed-in-salesforce-since-our-last-write = modifié dans Salesforce depuis notre dernière écriture : laissé tel quel (protect_edits)
notice-kept = conservé : { $status }
notice-the-plan-has-new-and-changed-records = Le plan contient des enregistrements nouveaux ({ $creates }) et modifiés ({ $updates })
notice-write-new-and-changed-records-to-salesforce = Écrire { $creates ->
    [one] { $creates } nouvel enregistrement
   *[other] { $creates } nouveaux enregistrements
} et { $updates ->
    [one] { $updates } enregistrement modifié
   *[other] { $updates } enregistrements modifiés
} dans Salesforce ? Les exécutions planifiées attendent la réponse.
