webinars-title = Webinaires
