"""Domains of public mail providers: an address there says nothing about a person's Account (Q13)."""

from __future__ import annotations

import re

#: One name in many countries: yahoo.com, yahoo.fr, yahoo.co.uk, hotmail.com.tr.
FAMILIES = re.compile(
    r"(?:aol|gmx|googlemail|hotmail|live|msn|outlook|rocketmail|yahoo|yandex|ymail)\.(?:com?\.)?[a-z]{2,3}"
)
OF_PROVIDERS = {
    "international": "gmail.com icloud.com me.com mac.com proton.me protonmail.com protonmail.ch pm.me mail.com "
    "email.com usa.com zoho.com zohomail.com zohomail.eu fastmail.com fastmail.fm hey.com tutanota.com tutanota.de "
    "tuta.io tuta.com hushmail.com inbox.com mail.ru bk.ru inbox.ru list.ru rambler.ru ya.ru qq.com foxmail.com "
    "163.com 126.com yeah.net sina.com sina.cn sohu.com naver.com hanmail.net daum.net rediffmail.com uol.com.br "
    "bol.com.br terra.com.br comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net "
    "earthlink.net",
    "French": "orange.fr wanadoo.fr free.fr sfr.fr neuf.fr laposte.net bbox.fr numericable.fr noos.fr club-internet.fr "
    "cegetel.net aliceadsl.fr voila.fr 9online.fr 9business.fr online.fr infonie.fr libertysurf.fr skynet.be "
    "bluewin.ch hispeed.ch",
    "German": "web.de t-online.de freenet.de arcor.de online.de email.de mail.de posteo.de posteo.net mailbox.org "
    "kabelmail.de vodafonemail.de unitybox.de aon.at chello.at a1.net",
    "Spanish and Portuguese": "movistar.es terra.es ono.com euskaltel.net jazztel.es orange.es sapo.pt",
    "Italian": "libero.it virgilio.it tiscali.it tin.it alice.it tim.it fastwebnet.it inwind.it iol.it blu.it email.it "
    "vodafone.it",
    "British and Irish": "btinternet.com btopenworld.com sky.com talktalk.net tiscali.co.uk ntlworld.com "
    "virginmedia.com virgin.net blueyonder.co.uk plusnet.com o2.co.uk eircom.net",
    "neighbours": "ziggo.nl kpnmail.nl planet.nl home.nl telenet.be wp.pl o2.pl onet.pl interia.pl seznam.cz "
    "centrum.cz",
}
PUBLIC = frozenset(domain for domains in OF_PROVIDERS.values() for domain in domains.split())
