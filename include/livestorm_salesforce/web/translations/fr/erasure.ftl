erasure-title = Effacement
erasure-explained = Efface une personne de tout ce que ce projet conserve : dossiers d'exécution, webhooks reçus, journal d'audit, quarantaine et état de synchronisation. Les enregistrements de Salesforce et de Livestorm ne sont pas modifiés.
address = Adresse e-mail
address-explained = L'adresse est envoyée dans le corps de la requête. Elle n'est ni conservée, ni journalisée, ni dans un lien ; l'effacement lui-même utilise une empreinte à clé.
show-affected = Afficher les données concernées
searching = Recherche …
affected-title = Données concernées
affected-caption = Données conservées de cette personne
affected-none = Rien n'a été trouvé pour cette personne dans la base de données.
affected-files = Les dossiers d'exécution, les réponses brutes, les autres fichiers conservés et les textes qui mentionnent la personne en passant ne sont pas examinés ici : l'effacement examine tout, efface ce qu'il trouve, puis examine de nouveau. Son certificat compte les fichiers.
place = Emplacement
table-registration = Inscriptions
table-latest-answer = Dernières réponses
table-quarantine = Quarantaine
table-audit = Journal d'audit
table-webhook-delivery = Webhooks reçus
erase-legend = Effacer
erase-step-livestorm = Effacez d'abord la personne dans Livestorm ; sinon la prochaine exécution la charge de nouveau.
erase-step-salesforce = Effacez les enregistrements dans Salesforce par ses propres moyens.
erase-step-runs = L'effacement refuse de commencer pendant une exécution.
erase-confirm = J'ai lu ce qui précède. L'effacement est définitif.
erase-now = Effacer cette personne
erasure-unconfirmed = Rien n'a été effacé : la confirmation n'était pas cochée.
earlier-erasures = Effacements
no-erasures = Personne n'a encore été effacé.
erasure-complete = Complet
erasure-incomplete = Incomplet
erasure-running = En cours
erasure-failed = Échec
erased = Effacé
erased-counts = { $rows ->
    [one] { $rows } ligne de table
   *[other] { $rows } lignes de tables
}, { $lines ->
    [one] { $lines } ligne de texte
   *[other] { $lines } lignes de textes
}
certificate = Certificat
download = Télécharger le certificat
certificate-title = Certificat d'effacement, Livestorm vers Salesforce
certificate-date = Date
certificate-run = Exécution
certificate-searched = Examiné
certificate-files = fichiers des dossiers d'exécution et autres fichiers conservés : { $count }
certificate-deleted = Effacé
certificate-rows = lignes de tables et de fichiers : { $count }
certificate-lines = lignes de réponses brutes et de textes : { $count }
certificate-unfinished = fichiers inachevés : { $count }
certificate-unread = Illisible ou encore trouvé
certificate-unread-none = rien
certificate-table-rows = { $count ->
    [one] { $count } ligne effacée
   *[other] { $count } lignes effacées
}
certificate-path-unread = illisible : { $path }
certificate-path-remaining = concerne encore la personne : { $path }
certificate-verified = Après l'effacement, tout a été examiné de nouveau, et rien de la personne n'a été trouvé.
certificate-not-verified = L'effacement n'est pas complet. Suivez la solution, puis effacez de nouveau.
certificate-others = Les enregistrements de Livestorm et de Salesforce, et les sauvegardes de la base de données, ne font pas partie de cet effacement.
