cause-the-salesforce-login-leads-to-the-org = La connexion Salesforce mène à l'organisation { $found }, l'état appartient à { $known }. Rien n'a été écrit.
cause-the-connections-and-lead-to-another-pair = Les connexions « { $livestorm } » et « { $salesforce } » mènent à une autre paire qu'avant : { $changes }. Rien n'a été écrit.
cause-the-state-database-knows-nothing-of-these = La base d'état { $database } ne connaît pas ces connexions : aucune exécution ne les a utilisées.
cause-trigger-the-dag-livestorm-to-salesforce-a = lancez le DAG livestorm_to_salesforce ; une commande a besoin de l'environnement des tâches d'Airflow
cause-the-executor-runs-tasks-on-several-machines = L'exécuteur { $executor } répartit les tâches sur plusieurs machines, et aucune base d'état n'est définie.
cause-set-database-or-database-conn-id-to = définissez { $prefix }DATABASE ou { $variable }DATABASE_CONN_ID : une base PostgreSQL que toutes atteignent
cause-the-store-cannot-be-used = Le stockage { $address } n'est pas utilisable ({ $error }).
cause-install-airflow-s-provider-for-this-storage = installez le provider d'Airflow pour ce stockage, par exemple l'extra s3 de ce projet
cause-the-state-database-rejected-a-statement = La base d'état { $database } a refusé une instruction ({ $error }).
cause-the-state-database-is-damaged = La base d'état { $database } est endommagée ({ $cause }).
cause-the-state-database-does-not-answer = La base d'état { $database } ne répond pas ({ $error }).
cause-none-if-the-retry-succeeds-else-check = rien si le nouvel essai réussit ; sinon vérifiez le serveur, son disque et le réglage
cause-the-state-database-cannot-be-used = La base d'état { $database } n'est pas utilisable ({ $error }).
cause-restore-the-database-from-a-backup-without = restaurez la base depuis une sauvegarde ; sans sauvegarde, exécutez `livestorm-salesforce db create` : la prochaine exécution relit tout, et ceci est perdu : { $lost }
cause-the-state-database-does-not-know-this = La base d'état { $database } ne connaît pas cette paire, mais { $store } contient des dossiers de ses exécutions : l'état a été perdu, ou le réglage nomme une autre base. Rien n'a été écrit.
cause-restore-the-database-from-a-backup-or = restaurez la base depuis une sauvegarde, ou corrigez le réglage ; sans sauvegarde, exécutez `livestorm-salesforce pair --confirm` : la prochaine exécution relit tout, et ceci est perdu : { $lost }
cause-connection-is-no-postgresql-connection-with-a = La connexion « { $conn_id } » n'est pas une connexion PostgreSQL avec un hôte.
cause-give-it-the-type-postgres-host-database = donnez-lui le type Postgres, un hôte, une base, un utilisateur et un mot de passe
cause-another-task-has-held-the-lock-for = Une autre tâche garde le verrou « { $name } » depuis { $minutes } minutes.
cause-none-if-the-other-task-ends-before = rien si l'autre tâche finit avant le nouvel essai ; sinon cherchez une tâche bloquée
cause-another-process-has-held-the-lock-of = Un autre processus garde le verrou « { $name } » de la base d'état depuis { $seconds } s.
cause-a-statement-in-the-state-database-has-waited = Une instruction dans la base d'état { $database } a attendu trop longtemps le verrou d'une autre session.
cause-none-if-the-retry-succeeds-else-end = rien si le nouvel essai réussit ; sinon, arrêtez le processus bloqué : avec PostgreSQL, pg_stat_activity et pg_locks le montrent
cause-the-connection-that-holds-the-lock-in = La connexion qui garde le verrou « { $name } » dans { $database } a été perdue.
cause-none-the-retry-reads-salesforce-again-and = rien : le nouvel essai relit Salesforce et continue
cause-the-state-database-existed-and-is-now = La base d'état { $database } existait ; elle manque ou est vide maintenant.
cause-the-state-database-has-version-this-project = La base d'état { $database } a la version { $found } ; ce projet connaît les versions jusqu'à { $known }.
cause-install-the-version-of-this-project-that = installez la version de ce projet qui l'a écrite, ou une plus récente
cause-the-setting-for-the-state-database-is = Le réglage de la base d'état n'est pas une URL de SQLite ou de PostgreSQL.
cause-problem-s-with-this-salesforce-org = { $count ->
    [one] { $count } problème
   *[other] { $count } problèmes
} avec cette organisation Salesforce : { $sentences }
cause-settle-them-with-the-salesforce-admin-then = réglez-les avec l'admin Salesforce, puis relancez la tâche en échec
cause-the-store-does-not-answer = Le stockage { $path } ne répond pas ({ $kind }).
cause-none-if-the-retry-succeeds-else-check-the = rien si le nouvel essai réussit ; sinon vérifiez le stockage objet et sa connexion
cause-the-bucket-of-the-store-does-not = Le bucket du stockage { $path } n'existe pas.
cause-create-it-or-correct-the-setting = créez-le, ou corrigez le réglage
cause-access-to-the-store-was-denied = L'accès au stockage { $path } a été refusé ({ $kind }).
cause-give-the-connection-that-the-store-s = donnez à la connexion que nomme l'adresse du stockage le droit de lister, lire, écrire et supprimer
cause-the-file-is-damaged-restore-it-from = Le fichier { $path } est endommagé ({ $detail }) : restaurez-le depuis une sauvegarde.
cause-a-stored-time-is-in-the-future = Une heure enregistrée est dans le futur ({ $date }) : corrigez l'horloge de la machine, puis lancez une lecture complète.
cause-row-s-are-in-quarantine-run-the = { $count ->
    [one] { $count } ligne est
   *[other] { $count } lignes sont
} en quarantaine : la page À traiter montre les solutions.
cause-run-s-did-not-end-the-first = { $count ->
    [one] { $count } exécution ne s'est pas terminée
   *[other] { $count } exécutions ne se sont pas terminées
}, la première est { $run } : relancez dans Airflow la tâche en échec.
cause-load-s-were-interrupted-more-than-a = { $count ->
    [one] { $count } chargement a été interrompu
   *[other] { $count } chargements ont été interrompus
} il y a plus d'un jour : lancez une exécution, elle trouve ce qui a été écrit.
cause-value-s-of-cannot-be-read-the = { $count ->
    [one] { $count } valeur
   *[other] { $count } valeurs
} de { $column } illisibles, la première : { $place } ; restaurez la base depuis une sauvegarde.
cause-the-activation-time-the-latest-answers-the = l'heure d'activation, les dernières réponses, la quarantaine, le journal d'audit, la clé des HMAC d'adresses, et l'enregistrement de chaque inscription : les personnes dont l'enregistrement a été supprimé ou a une autre adresse sont créées de nouveau
cause-row-s-and-line-s-were-erased = { $count ->
    [one] { $count } ligne de la base
   *[other] { $count } lignes de la base
} et { $lines ->
    [one] { $lines } ligne de fichier
   *[other] { $lines } lignes de fichiers
} ont été effacées
cause-before-now = { $name } : avant { $old }, maintenant { $new }
cause-about = à propos de { $subject }
cause-the-file-is-empty-or-damaged = Le fichier { $file } est vide ou endommagé.
cause-trigger-a-new-run-which-reads-everything = lancez une nouvelle exécution, qui relit tout : rien n'est perdu. Si cela se répète, vérifiez le disque ou le stockage objet des dossiers d'exécution
cause-write-ahead-log-not-emptied = La personne a été effacée. Le journal de { $database }, qui contient des valeurs antérieures, n'a pas pu être vidé : un autre processus lit la base.
cause-close-other-programs-that-have-opened = rien si le nouvel essai réussit ; sinon fermez les autres programmes qui ont ouvert la base
cause-the-disk-of-the-state-database = Le disque de la base d'état { $database } est plein.
cause-free-space-on-the-disk = libérez de l'espace sur le disque
cause-the-state-database-is-read-only = La base d'état { $database } est en lecture seule.
cause-the-state-database-cannot-be-opened = La base d'état { $database } ne peut pas être ouverte ({ $error }).
cause-let-the-user-of-airflow-read = permettez à l'utilisateur d'Airflow de lire et d'écrire le fichier et son dossier, ou indiquez une base modifiable
cause-the-state-database-does-not-have = La base d'état { $database } n'a pas les tables de sa version ({ $error }).
cause-the-database-belongs-to-another = La base { $database } appartient à un autre programme. Rien n'a été modifié.
cause-name-a-database-or-a-file = indiquez une base ou un fichier propre à l'état
cause-the-file-is-missing-it-was = Le fichier { $file } manque : il a été supprimé, ou la tâche qui l'écrit n'a pas été exécutée.
