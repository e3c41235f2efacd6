mapping-title = Correspondances
mapping-invalid = Les correspondances utilisées ne sont pas valides
mapping-explained = Ce qui est écrit dans chaque champ de Salesforce, et d'où cela vient. Une valeur vide n'efface jamais rien.
org-unknown = Les champs de l'organisation sont lus par la première exécution. D'ici là, les types, longueurs et problèmes sont inconnus.
fill-explained = Les exemples et les taux de remplissage portent sur { $count ->
    [one] { $count } inscrit
   *[other] { $count } inscrits
} de la dernière exécution.
fill-unknown = Les taux de remplissage sont connus dès qu'une exécution a lu des inscrits.
fields-of = Champs : { $object }
object-campaign = Campagne
object-lead = Piste
object-contact = Contact
object-campaignmember = Membre de campagne
type = Type de champ
length = Longueur
source = Source
source-by-rule = Par règle
source-constant = Constante
policy = Écriture
policy-overwrite = Remplacer
policy-fill-blank = Remplir si vide
policy-create-only = À la création seulement
example = Exemple
filled = Rempli
field-unknown = Champ inconnu
field-nearest = Vouliez-vous dire { $field } ?
field-read-only = Lecture seule
field-read-only-remedy = Donnez à l'utilisateur d'intégration le droit de modifier, utilisez la règle create_only, ou retirez le champ.
field-constant = Valeur inadaptée
field-too-short = Trop court
field-too-short-detail = { $count ->
    [one] { $count } valeur a
   *[other] { $count } valeurs ont
} plus de { $length } caractères, jusqu'à { $longest }. Allongez le champ.
ladder-title = Échelle des statuts
ladder-explained = Les membres ne font que monter. Un statut défini par un tiers est conservé et signalé.
ladder-default = statut par défaut de la campagne
ladder-responded = compte comme une réponse
ladder-replaces = Une inscription remplace :
draft = Brouillon
draft-jump = Essayer un changement
draft-explained = Modifiez le texte et vérifiez-le : rien n'est conservé. Pour utiliser un brouillon, enregistrez-le comme fichier de correspondances de votre installation.
draft-text = Correspondances en YAML
draft-check = Vérifier le brouillon
draft-try = Essayer
draft-try-explained = Un essai est un aperçu qui lit et compare tout avec ce brouillon. Il n'écrit rien et ne change jamais les correspondances ; son exécution affiche les nombres par champ.
draft-cost = Il lit { $sessions ->
    [one] { $sessions } webinaire
   *[other] { $sessions } webinaires
}, soit environ { $calls ->
    [one] { $calls } appel
   *[other] { $calls } appels
} Livestorm.
draft-forbidden = Pour voir le texte des correspondances et vérifier un brouillon, il faut le droit de modifier les exécutions de livestorm_to_salesforce : le texte peut nommer des personnes.
draft-valid = Le brouillon est valide
draft-valid-explained = L'organisation a tous les champs et droits nécessaires.
draft-valid-without-org = Ses champs n'ont pas été comparés à l'organisation, qui est lue par la première exécution.
draft-mistakes = { $count ->
    [one] Le brouillon a { $count } erreur
   *[other] Le brouillon a { $count } erreurs
}
draft-mistakes-caption = Erreurs du brouillon
line = Ligne
planned-fields = Valeurs planifiées par champ
planned-fields-caption = Nombre d'enregistrements par champ, comparés à Salesforce
draft-tried = Cet aperçu a utilisé un brouillon des correspondances. Rien n'a été écrit, et les correspondances utilisées sont inchangées.

field-type-string = Texte
field-type-textarea = Texte long
field-type-picklist = Liste de choix
field-type-multipicklist = Liste de choix multiple
field-type-boolean = Case à cocher
field-type-date = Date
field-type-datetime = Date et heure
field-type-time = Heure
field-type-double = Nombre
field-type-int = Nombre entier
field-type-currency = Devise
field-type-percent = Pourcentage
field-type-email = E-mail
field-type-phone = Téléphone
field-type-url = URL
field-type-reference = Référence
field-type-id = Identifiant
field-type-combobox = Liste modifiable
