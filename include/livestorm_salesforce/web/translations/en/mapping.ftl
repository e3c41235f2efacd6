mapping-title = Mapping
mapping-invalid = The mapping in use is not valid
mapping-explained = What is written to each Salesforce field, and where it comes from. An empty value never erases anything.
org-unknown = The fields of the org are read by the first run. Until then types, lengths and problems are unknown.
fill-explained = Examples and fill rates are of { $count ->
    [one] one registrant
   *[other] { $count } registrants
} of the newest run.
fill-unknown = Fill rates are known once a run has read registrants.
fields-of = Fields of { $object }
object-campaign = Campaign
object-lead = Lead
object-contact = Contact
object-campaignmember = Campaign Member
type = Type
length = Length
source = Source
source-by-rule = By rule
source-constant = Constant
policy = Policy
policy-overwrite = Overwrite
policy-fill-blank = Fill if empty
policy-create-only = At creation only
example = Example
filled = Filled
field-unknown = Unknown field
field-nearest = Did you mean { $field }?
field-read-only = Not writeable
field-read-only-remedy = Give the integration user edit access, use the policy create_only, or unmap the field.
field-constant = Unsuitable value
field-too-short = Too short
field-too-short-detail = { $count ->
    [one] one value has
   *[other] { $count } values have
} more than { $length } characters, up to { $longest }. Lengthen the field.
ladder-title = Status ladder
ladder-explained = Members only move up. A status set by somebody else is kept and reported.
ladder-default = default of the Campaign
ladder-responded = counts as a response
ladder-replaces = A registration replaces:
draft = Draft
draft-jump = Try a change
draft-explained = Change the text and check it: nothing is stored. To use a draft, save it as the mapping file of your installation.
draft-text = Mapping in YAML
draft-check = Check the draft
draft-try = Try it
draft-try-explained = A trial is a preview that reads and compares everything with this draft. It writes nothing and never changes the mapping; its run shows the counts per field.
draft-cost = It reads { $sessions ->
    [one] one webinar
   *[other] { $sessions } webinars
}, about { $calls ->
    [one] one call
   *[other] { $calls } calls
} of Livestorm.
draft-forbidden = To see the text of the mapping and to check a draft you need the permission to edit DAG runs of livestorm_to_salesforce: the text may name people.
draft-valid = The draft is valid
draft-valid-explained = The org has all fields and permissions that it needs.
draft-valid-without-org = Its fields were not compared with the org, which is read by the first run.
draft-mistakes = { $count ->
    [one] The draft has one mistake
   *[other] The draft has { $count } mistakes
}
draft-mistakes-caption = Mistakes of the draft
line = Line
planned-fields = Planned values by field
planned-fields-caption = Number of records by field, compared with Salesforce
draft-tried = This preview used a draft of the mapping. Nothing was written, and the mapping in use is unchanged.

field-type-string = Text
field-type-textarea = Long text
field-type-picklist = Picklist
field-type-multipicklist = Multi-select picklist
field-type-boolean = Checkbox
field-type-date = Date
field-type-datetime = Date and time
field-type-time = Time
field-type-double = Number
field-type-int = Number without decimals
field-type-currency = Currency
field-type-percent = Percent
field-type-email = E-mail
field-type-phone = Phone
field-type-url = URL
field-type-reference = Lookup
field-type-id = Id
field-type-combobox = Combo box
