"""The words that made-up conversations are made of. Nobody in them lives."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(" ".join(word.split()) for word in text.split(","))


FIRST = _words("""
    Aaliyah, Abiodun, Agnieszka, Ahmed, Aiko, Alasdair, Amara, Anaïs, Andrzej, Anwen, Aoife,
    Ayşe, Beatriz, Bethan, Blessing, Bronwen, Callum, Carmen, Ceri, Chidi, Chloé, Dafydd,
    Daljit, Deepa, Dilys, Eilidh, Elif, Emeka, Farah, Fatoumata, Fergus, Folasade, Gethin,
    Giovanni, Gurpreet, Haruki, Hana, Hassan, Ifeoma, Imran, Ingrid, Isla, Ivana, Jamal,
    Jarosław, Jesús, Joana, Kamala, Kayode, Keira, Kwame, Laszlo, Layla, Leticia, Liam, Lucía,
    Magdalena, Mairi, Malik, Manjit, Marek, Mei, Mihai, Morag, Nadia, Ngozi, Nia, Niamh, Nikhil,
    Noor, Olena, Oluwaseun, Omar, Owain, Padma, Parveen, Petra, Priya, Rafał, Rania, Rhiannon,
    Roisin, Rosalind, Ruairi, Sabina, Samira, Sanjay, Seren, Shanice, Siân, Sofía, Sunita,
    Tamsin, Tariq, Thabo, Thandiwe, Tomasz, Tuấn, Uchenna, Valentina, Vikram, Wanjiru, Wei,
    Winston, Xiulan, Yasmin, Yusuf, Zainab, Zanele, Zoë, Zofia
""")
LAST = _words("""
    Abara, Adeyemi, Ahmadi, Akhtar, Almeida, Andersson, Appiah, Aziz, Bakare, Banerjee,
    Barrowclough, Begum, Bellweather, Bevan, Boateng, Brânză, Cadwallader, Chaudhry, Chen,
    Chukwu, Costa, Craigie, Dąbrowski, Daly, Desai, Diallo, Dunmore, Ebbsworth, Edevane,
    Ekwueme, Estévez, Evans, Fairclough, Farrah, Fernandes, Gallagher, Gill, González, Gordon,
    Gunnarsson, Haddad, Harrowgate, Hossain, Huang, Hussain, Ibekwe, Iqbal, Islam, Jafari,
    Jóhannsdóttir, Joshi, Kaczmarek, Kapoor, Kaur, Khalil, Kimura, Kovács, Lindqvist, Llewellyn,
    Lobo, MacAskill, Mahmood, Marwood, Mensah, Mistry, Molnár, Moyo, Müller, Munro, Nakamura,
    Ndlovu, Nguyễn, Nkosi, Novák, Núñez, Nwosu, Öztürk, Oduya, Okafor, Okonkwo, Olatunji,
    Oyelaran, Parekh, Patel, Penhaligon, Petrov, Popescu, Prydderch, Qureshi, Rahman, Rajan,
    Ramírez, Redfern, Rees, Rossi, Sandhu, Santos, Sesay, Shah, Sikora, Silva, Söderberg,
    Sutherland, Tanaka, Thistlewood, Tran, Treharne, Uddin, Vasquez, Wachira, Warsame, Wetherby,
    Wiśniewski, Yadav, Yoshida, Zaman, Zhang, Zulu
""")
PLACES = _words("""
    Aberystwyth, Bangor, Barnsley, Bath, Belfast, Birmingham, Blackpool, Bradford, Brighton,
    Bristol, Caerphilly, Cardiff, Carlisle, Coventry, Croydon, Derby, Derry, Dumfries, Dundee,
    Durham, Exeter, Falkirk, Gateshead, Glasgow, Hackney, Hull, Inverness, Ipswich, Kendal,
    Kirkcaldy, Leeds, Leicester, Lewisham, Lincoln, Llandudno, Luton, Merthyr Tydfil, Newport,
    Newry, Norwich, Nottingham, Oldham, Omagh, Paisley, Perth, Plymouth, Preston, Rotherham,
    Salford, Scarborough, Sheffield, Southampton, Stirling, Stockport, Sunderland, Swansea,
    Taunton, Telford, Torquay, Truro, Wakefield, Walsall, Wigan, Worthing, Wrexham, York
""")
ACTIVITIES = _words("""
    archery, blind football, boccia, bowls, canoeing, chair-based yoga, cycling, dance, frame
    football, gardening, goalball, gym, handcycling, horse riding, para athletics, powerchair
    football, rowing, sailing, seated volleyball, showdown, swimming, table cricket, table
    tennis, tai chi, trampolining, walking football, walking netball, wheelchair basketball,
    wheelchair rugby, wheelchair tennis
""")
AIDS = _words("""
    a pool hoist, a changing room with a bed, a ramp, a guide runner, a tandem, a lift, a loop
    for hearing aids, a quiet hour, a racing chair, large-print signs, step-free parking, a BSL
    interpreter, a sighted guide, a shower chair, a side-by-side bike, a bell ball
""")
HELLOS = _words("""
    Hello, Hi there, Good morning, Dear team, Hello all, To whoever reads this
""")
SUBJECTS = _words("""
    A question about {activity}, Is there {activity} in {place}?, {activity} near {place}, {aid}
    in {place}, I would like to try {activity}, Taking part in {place}, Thank you, Your page
    about {activity}, My first time at {activity}, Help to get to {activity}
""")
ASKS = (
    "Is there {activity} near {place} for somebody like me?",
    "I saw your page about {activity} and would like to join in.",
    "My son is fifteen and wants to try {activity} in {place}.",
    "Does the centre in {place} have {aid}?",
    "I use a wheelchair and I have not done {activity} since I moved to {place}.",
    "Our club in {place} wants to open {activity} to everybody. Where do we start?",
    "I was told that {activity} needs {aid}, and nobody could say where to find that.",
    "Could you send me what you know about {activity} in {place}?",
    "I am losing my sight and miss {activity} very much.",
    "I have a long-term pain condition, and {activity} helped me before.",
    "We went to {place} last week and there was no way in without steps.",
    "The booking page for {activity} does not work with my screen reader.",
)
DETAILS = (
    "I get tired quickly, so a short session would be best.",
    "A personal assistant comes with me. Does she have to pay?",
    "I can come by bus on weekdays, but not after six.",
    "It would help to know whether there is {aid}.",
    "The last place said yes on the phone and then turned us away at the door.",
    "I am a bit nervous, because school sport was not kind to me.",
    "We are a group of eight, and three of us are Deaf.",
    "Please tell me what it costs before I come.",
    "My friend in {place} does it each week and laughs a lot.",
    "I do not mind being a beginner.",
    "Is there somebody I could talk to who has done it?",
    "Photos of the way in would make it much easier for me.",
)
PRESS_SUBJECTS = _words("""
    Interview about {activity}?, Figures on access in {place}, Feature: {activity} for all,
    Comment wanted on {aid}, Radio piece from {place}, Filming {activity} in {place}
""")
PRESS_ASKS = (
    "We are writing about {activity} in {place}. May we speak to somebody who takes part?",
    "Could you comment on the centre in {place}, which still has no ramp?",
    "I am looking for figures on how many Disabled people take part in {activity}.",
    "May we film a session of {activity}? Everybody would be asked first.",
)
STORY_SUBJECTS = _words("""
    My story: {activity}, How I came back to {activity}, {activity} and me
""")
STORY_ASKS = (
    "After my accident I thought that {activity} was over for me. Then I met a group in {place}.",
    "I started {activity} at sixty. My neighbour in {place} talked me into it.",
    "I want to tell how {activity} got me out of the house again.",
    "I am autistic, and {activity} is the hour of the week in which nobody asks me to sit still.",
)
ENDS = _words("""
    Thank you, Thanks so much, Best wishes, Kind regards, Many thanks, Yours
""")
ANSWERS = (
    "Thank you for writing. There is {activity} in {place} on Tuesdays, and they have {aid}.",
    "Thank you for your message. We have asked the centre in {place} and will write on Friday.",
    "Good to hear from you. An hour for beginners at {activity} starts in May. Shall we book it?",
    "We are sorry about what happened in {place}. We have told the manager, who will ring you.",
    "Yes, your assistant comes in free. At the desk, ask for {aid}.",
)
BACK = (
    "That is great news, thank you! I will go next week.",
    "Thank you. Could you also find out about {activity}?",
    "I rang them and they were very kind. You can close this.",
    "Sorry, Tuesdays are dialysis days. Is there another day?",
    "We went, and it was brilliant. I am still smiling.",
)
NOTES = (
    "Spoke to the club in {place}: they have {aid}.",
    "Asked for {activity} before, see the last message.",
    "Ring after two, not before.",
    "Could be a good story for the autumn issue. Ask first.",
    "Waiting for the centre in {place} to ring back.",
)
SPAM = (
    "We can bring your site to the first place in all search engines. Reply for our prices.",
    "Cheap followers for your page, delivered in a day. Click to begin.",
    "Dear sir, I have a business offer of great value for your organisation.",
)
NEEDS = (
    "Please write in short sentences.",
    "Call after two, please.",
    "Large print, 18 point.",
    "I use a screen reader. No PDFs, please.",
    "BSL is my first language.",
    "Give me time to reply.",
    "No phone calls. I do not hear well.",
    "Text relay works best.",
    "Easy Read, if you have it.",
    "My sister helps me to read. Please copy her in.",
    "Yellow paper for letters.",
    "No pictures that move.",
)
OUTLETS = _words("""
    The Daily Example, Harbour Radio, Northern Example Post, Move On Magazine, Valley FM, Access
    Weekly, The Sunday Sample, Sport for Everybody, City Evening Example, Open Air TV
""")
STREETS = _words("""
    Mill Lane, Station Road, Chapel Street, Harbour View, Elm Close, Castle Terrace
""")
DOUBTS = _words("""
    It was sent very fast, It is full of links, The hidden field was filled in
""")
TROUBLES = (
    "The mail to this address came back: there is no such mailbox.",
    "The mail provider refused the mail.",
    "We do not know whether the last mail arrived.",
)
TAGS = _words("""
    swimming, wheelchair sport, walking, young people, over 60, deaf, blind, autism, transport,
    cost, complaint, thank you, volunteer, club, research, wales, scotland, ask for a story,
    easy read, follow up
""")
TEAM = _words("""
    Asha Demo, Bryn Demo, Cleo Demo, Dev Demo, Efua Demo, Flo Demo
""")
