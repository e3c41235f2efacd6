cause-remedy = { $cause } Solution : { $advice }
cause-correct-the-mapping-file-at-the-lines = corrigez le fichier des correspondances aux lignes nommées, puis relancez la tâche en échec
cause-settings = Réglages : { $wrong }.
cause-correct-these-environment-variables = corrigez ces variables d'environnement
cause-the-draft-of-the-mapping-is-no = Le brouillon des correspondances n'est plus enregistré.
cause-try-it-again-on-the-page-mapping = essayez-le de nouveau sur la page Correspondances
cause-frame-breaks-its-contract-rows = Le tableau « { $name } » ne respecte pas son contrat ({ $rows } lignes) : { $faults }.
cause-is-not-a-number-of-hours-above = { $name } n'est pas un nombre d'heures supérieur à 0.
cause-read-the-task-log-above-if-it = Lisez le journal de la tâche ; s'il ne nomme aucune cause extérieure à ce projet, signalez l'erreur.
cause-read-the-message-and-the-task-log = Lisez le message et le journal de la tâche.
cause-correct-the-configuration-then-clear-the-failed = Corrigez la configuration, puis relancez la tâche en échec.
cause-compare-the-raw-response-in-the-run = Comparez la réponse brute du dossier de l'exécution avec la référence du service, et signalez-la.
cause-none-if-the-retry-succeeds-else-look = Rien si le nouvel essai réussit ; sinon voyez la page d'état du service.
cause-none-the-load-reads-salesforce-again-and = Rien : le chargement relit Salesforce et continue.
cause-wait-for-the-allowance-to-renew-or-raise = Attendez le renouvellement du quota, ou augmentez-le ; rien n'est perdu.
cause-none-its-campaign-is-not-changed-and = Rien : sa campagne n'est pas modifiée, et le rapport nomme la session.
cause-read-the-plan-then-approve-it-or = Lisez le plan, puis approuvez-le ou augmentez la limite.
cause-trigger-a-new-run-it-makes-a = Lancez une nouvelle exécution : elle fait un nouveau plan.
cause-correct-the-connections-if-the-change-is = Corrigez les connexions. Si le changement est voulu, lancez une exécution avec « confirm_new_pair », ou exécutez `livestorm-salesforce pair --confirm` : la nouvelle paire commence avec un état vide.
cause-read-the-report-every-refused-row-has = Lisez le rapport : chaque ligne refusée a une raison et une solution.
cause-the-process-of-the-task-ended-without = Le processus de la tâche s'est terminé sans résultat : il a été arrêté, ou sa machine a été perdue.
cause-check-the-memory-and-the-logs-of = Vérifiez la mémoire et les journaux du worker, puis relancez la tâche : elle continue où elle s'est arrêtée.
cause-airflow-tries-again = Airflow essaie de nouveau.
cause-the-run-exceeded-its-time-limit = L'exécution a dépassé sa durée limite.
cause-see-what-it-waited-for-the-next = Voyez ce qu'elle attendait ; la prochaine exécution continue.
cause-the-task-ran-longer-than-its-limit = La tâche a dépassé sa durée limite.
cause-see-in-the-log-what-it-waited = Voyez dans le journal ce qu'elle attendait ; relancez ensuite la tâche, ou augmentez LIVESTORM_SALESFORCE_TASK_TIMEOUT_HOURS.
cause-an-unexpected-error-occurred = Une erreur inattendue s'est produite ({ $name }).
cause-does-not-fit = { $arguments } ne convient pas à { $path } ({ $problem }).
cause-give-a-json-object-of-its-arguments = donnez ses arguments comme objet JSON
cause-is-not-an-airflow-notifier = { $setting } : « { $path } » n'est pas un notifier d'Airflow.
cause-there-is-no-class = { $setting } : la classe « { $path } » n'existe pas.
cause-param-s-of-this-run-are-not = { $count ->
    [one] { $count } paramètre de cette exécution est inconnu
   *[other] { $count } paramètres de cette exécution sont inconnus
} du DAG : { $names }.
cause-trigger-the-run-with-these-only = lancez l'exécution avec ceux-ci seulement : { $names }
cause-the-schedule-cannot-be-combined-with-runs = La planification { $schedule } ne peut pas être combinée avec des exécutions lancées par webhooks.
cause-set-schedule-to-a-cron-expression-or = donnez à { $prefix }SCHEDULE une expression cron, ou définissez { $variable }WEBHOOK_RUNS=false
cause-backfill-to-is-not-after-backfill-from = backfill_to ne suit pas backfill_from.
cause-trigger-the-run-with-a-later-end = lancez l'exécution avec une fin plus tardive
cause-a-draft-of-the-mapping-was-given = Un brouillon des correspondances a été donné à une exécution qui écrit. Rien n'a été écrit.
cause-trigger-it-as-a-preview-to-apply = lancez un aperçu ; pour appliquer le brouillon, enregistrez-le comme fichier des correspondances
cause-an-id-in-the-trigger-form-holds = Un identifiant du formulaire contient un demi-caractère (surrogate).
cause-copy-the-id-again = copiez de nouveau l'identifiant
cause-is-not-a-date-between-and = { $name } n'est pas une date entre { $first } et { $last }.
cause-give-it-as-2026-11-23-or = écrivez-la comme 2026-11-23 ou 2026-11-23T10:00:00Z
cause-the-current-connections-have-no-folder-or = Les connexions actuelles n'ont ni dossier ni plan de cette exécution : une connexion a été modifiée depuis son début, le dossier a été supprimé, ou l'exécution n'a jamais commencé. Rien n'a été écrit.
cause-check-both-connections-then-trigger-a-new = vérifiez les deux connexions, puis lancez une nouvelle exécution
cause-nothing-was-written = Rien n'a été écrit : { $exceeded }.
cause-the-plan-has-changed-since-this-run = Le plan a changé depuis que cette exécution a demandé une approbation, et Airflow montrerait l'ancienne question.
cause-the-plan-of-this-run-was-rejected = Le plan de cette exécution a été rejeté. Rien n'a été écrit.
cause-the-plan-was-computed-again-after-its = Le plan a été recalculé après son approbation et diffère du plan approuvé. Rien n'a été écrit.
cause-trigger-a-new-run-with-approve-ask = lancez une nouvelle exécution avec approve « ask »
cause-that-is-no-e-mail-address = Ce n'est pas une adresse e-mail.
cause-give-one-address-alone-on-the-line = donnez une adresse, seule sur la ligne
cause-the-person-is-still-found-in-row = { $done }. La personne se trouve encore dans { $rows ->
    [one] { $rows } ligne
   *[other] { $rows } lignes
} de la base et { $files ->
    [one] { $files } fichier
   *[other] { $files } fichiers
} : { $names }.
cause-not-searched-file-s-that-cannot-be = { $done }. Non examinés : { $files ->
    [one] { $files } fichier illisible
   *[other] { $files } fichiers illisibles
} : { $names }.
cause-files-looked-at-lines-and-rows-of = { $files ->
    [one] { $files } fichier examiné
   *[other] { $files } fichiers examinés
}, { $lines ->
    [one] { $lines } ligne
   *[other] { $lines } lignes
} de fichiers et { $rows ->
    [one] { $rows } ligne
   *[other] { $rows } lignes
} de la base supprimées
cause-delete-these-files-or-restore-them-then = supprimez ces fichiers, ou restaurez-les, puis effacez de nouveau
cause-the-person-was-erased-from-the-current = La personne a été effacée des fichiers actuels. Le bucket garde au moins { $versions } versions antérieures de fichiers dans { $store }, qui n'ont pas été examinées.
cause-delete-the-noncurrent-versions-for-example-by = supprimez les versions antérieures, par exemple par une règle de cycle de vie, puis effacez de nouveau comme preuve
cause-run-s-are-in-progress-or-were = { $count ->
    [one] { $count } exécution est en cours ou a été arrêtée
   *[other] { $count } exécutions sont en cours ou ont été arrêtées
}, la première est { $run }.
cause-wait-until-no-run-is-in-progress = attendez qu'aucune exécution ne soit en cours, mettez les DAG en pause et effacez ; une exécution interrompue par la pause continue à la reprise, une exécution arrêtée compte comme terminée après { $hours } heures
cause-an-id-or-the-reason-holds-half = Un identifiant ou la raison contient un demi-caractère (surrogate).
cause-copy-the-text-again = copiez de nouveau le texte
cause-a-dismissal-needs-ids-and-a-reason = Pour écarter des lignes, il faut des identifiants et une raison.
cause-give-both-in-the-trigger-form = donnez les deux dans le formulaire
cause-none-of-these-ids-is-in-quarantine = Aucun de ces identifiants n'est en quarantaine.
cause-run-the-action-list-to-see-its = lancez l'action « list » pour voir ses lignes
cause-the-run-ended-with-report = L'exécution s'est terminée avec { $listed }. Rapport : { $path }.
cause-there-is-no-plan-to-report-on = Il n'y a pas de plan dont rendre compte : la tâche { $task } a échoué. { $cause }
cause-there-is-no-plan-to-report-on-an = Il n'y a pas de plan dont rendre compte : une tâche précédente de cette exécution a échoué.
cause-read-the-log-of-the-first-failed = lisez le journal de la première tâche en échec, réglez son erreur et relancez cette tâche avec les suivantes
cause-value-s-could-not-be-put-back = { $count ->
    [one] { $count } valeur n'a pas pu être rétablie
   *[other] { $count } valeurs n'ont pas pu être rétablies
} ({ $codes }).
cause-see-undo-csv = voyez undo.csv
cause-the-run-id-holds-half-a-surrogate = L'identifiant de l'exécution contient un demi-caractère (surrogate).
cause-copy-the-run-id-again = copiez de nouveau l'identifiant de l'exécution
cause-the-audit-holds-no-write-of-run = Le journal d'audit ne contient aucune écriture de l'exécution « { $run_id } ».
cause-give-the-run-id-of-a-run = donnez l'identifiant d'une exécution de livestorm_to_salesforce qui a écrit
cause-the-check-did-not-end-within-seconds = La vérification ne s'est pas terminée en { $seconds } secondes.
cause-look-whether-both-services-answer-then-check = voyez si les deux services répondent, puis vérifiez de nouveau ; `livestorm-salesforce check` n'a pas de limite
cause-earlier-versions-not-checked = La personne a été effacée des fichiers actuels. Non vérifié : les versions antérieures des fichiers. { $cause }
cause-let-the-connection-list-versions = permettez à la connexion de lister les versions, ou vérifiez que le bucket n'en garde pas, puis effacez à nouveau comme preuve
cause-a-run-has-started-meanwhile = La personne a été effacée, et une exécution a commencé entre-temps : ce qu'elle a stocké n'a pas été parcouru.
cause-pause-the-dags-wait-until-no = mettez les DAG en pause, attendez qu'aucune exécution ne soit en cours, puis effacez à nouveau
cause-let-this-user-write-and-delete = permettez à cet utilisateur d'écrire et de supprimer ces fichiers, ou supprimez-les, puis effacez à nouveau
cause-an-address-in-the-trigger-form = Une adresse e-mail figure dans le formulaire à la place d'un identifiant.
cause-give-ids-as-in-the-addresses = donnez les identifiants tels que dans les adresses des pages de Livestorm ; Airflow affiche et conserve le contenu du formulaire
