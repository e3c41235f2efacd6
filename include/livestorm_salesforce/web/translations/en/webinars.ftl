webinars-title = Webinars
