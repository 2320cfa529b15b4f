"""Lists of English words that the rules of this package go by."""

from __future__ import annotations

from pathlib import Path


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LINKS = _words("& + of de la le du des del da di do dos von van der den the and y e et und")
"""What may stand between the words of a name."""
WIDE_LINKS = LINKS | _words("in for on to with from at by a an")
"""Likewise, of a name that something is called."""
LEADING = _words(
    """called named apply register donate vote call save switch learn invite bring the a an our my
    your their its his her this that these those new introducing introduce meet promote
    advertise discover visit try buy get see show sell launch launching presenting present
    announcing announce welcome say hello hi hey dear with from by for at in on to of and or but
    please we i it they you he she there here what who how when where why is are was now today
    first if as so also about not no yes all every each some any more most only just both either
    write make create think use come enjoy experience explore help let celebrate join experience
    imagine keep give take order book brand product name new: campaign ad advert thanks regards"""
)
"""Words that lead to a name where a sentence begins."""
ORDINARY = _words(
    """coffee tea yoga summer winter spring autumn breakfast lunch dinner water time music sport
    love life health sleep food bread home work travel holiday holidays christmas easter fashion
    beauty everything nothing something everyone quality design price comfort style safety
    freedom nature children people women men students parents dogs cats this that it there
    customers freelancers delivery entry tickets sizes colours colors price shipping material
    audience help question answer goal idea background result reason fact problem solution step
    option task brief campaign"""
)
"""Things that a sentence may begin with and that are no names."""
NO_OWNERS = _words(
    """it let that here there what who today tomorrow tonight yesterday world mother father
    valentine year children women men season everyone one nature today’s she he how where when
    why"""
)
"""What stands before an apostrophe and owns nothing: it's, today's."""
NO_SUBJECTS = _words(
    """we i they it you he she who that which company brand shop store team client us everyone"""
)
"""What launches things and is no name."""
STOPS = _words(
    """for with that which who whose from by in on at to into called named is are was were has have
    had until as made and or but under over where when while you we i it they he she can will
    may must should your our its their his her than because so without plus only every each all
    now today off per near beside after before during since if not no any some a an the this
    these those between among inside outside across against about around along through keeps
    keep helps help makes make turns turn gives give goes go holds hold lasts last fits fit
    comes come works work tastes taste looks look lets let costs cost weighs weigh runs stays
    stay opens needs need gets get please say says said love loves think tell tells looking
    available designed built crafted inspired based it's they're starting ready"""
)
"""Words that no kind of product holds."""
BARE_STOPS = STOPS | _words("launches sells offers presents introduces")
"""Likewise, where no article leads it."""
NO_HEADS = _words(
    """well edition prices entry opening vote apply donate learn insure switch stop win follow sign
    register subscribe download adopt birthday anniversary team company mission vision founder
    story values experts staff interest smart news morning evening hello thanks thank idea ideas
    campaign ad ads advert post posts text brief copy headline headlines tagline taglines slogan
    video film clip picture image photo sale offer deal one ones way thing things something
    anything everything nothing lot bit kind sort time times joy difference moment best help you
    me us people customers audience tone channels email e-mail newsletter caption subject line
    description words word place home life it them they more most less much many sure good great
    nice warm playful premium technical minimal new free now here there yes no ok okay welcome
    regards cheers summer winter spring autumn christmas today tomorrow fun style quality part
    member success hit reason winner must secret key answer solution end"""
)
"""Words that no kind of product ends with."""
MASS = _words(
    """polish electricity cleaning swimwear glassware water coffee tea milk juice beer wine cider
    gin whisky vodka rum lemonade soda food bread butter cheese yoghurt yogurt honey jam
    chocolate cocoa sugar salt pepper oil vinegar rice pasta flour meat fish granola muesli
    cereal ice soup sauce soap shampoo conditioner cream lotion toothpaste deodorant mascara
    paint glue paper wool cotton linen silk leather clothing furniture jewellery jewelry
    equipment advice help support care software hardware internet electricity energy gas music
    art yoga pilates therapy childcare legal travel luggage fun news information data storage
    hosting broadband credit cash money gold silver wood timber concrete sand compost soil
    fertiliser pet-food skincare makeup haircare fruit veg salad tofu seitan tempeh kombucha
    kefir produce"""
)
"""What is not counted."""
COUNTED = _words(
    """earring building painting wedding meeting ceiling evening string swing sling offering spring
    device service balance apartment department instrument ambulance appliance"""
)
"""What is, though it is spelt as if not."""
SINGULAR = _words("gas bus class glass dress cactus bonus focus press mattress fitness business")
"""What ends with an s and is one."""
PLURAL = _words("people children feet teeth shoes clothes trousers scissors news")
"""What ends otherwise and is several."""
SHOWS_NOTHING = _words(
    """a an the it is are of and or in on at by with under beside among between up while for to
    from as that which they them its their our we you i s show picture scene film video clip
    advertise sell made all any only one no not has have put set take use write make stands
    stand please want need words copy light look keep post headline tone voice feel style"""
)
"""Words that show nothing in a picture."""
FORM = _words(
    """a an the is are was it its they them this that these there here and or but our we i us my
    new by from of to launch launches launched launching sell sells sold present presents
    introduce introduces introducing make makes offer offers open opens run runs brand product
    name called named please show advertise promote discover meet announce announces announcing
    for with in on at welcome hi hello hey re s m ve picture scene film video clip have has
    visit come ad ads campaign write create also just now tone keep channels wanted price code
    offer link image about something need want call release releases unveil unveils market sells
    what kind type material colour color photo as"""
)
"""Words whose loss takes nothing from a brief."""
COMMON = _words(Path(__file__).with_name("common_words.txt").read_text(encoding="utf-8"))
"""Words that a name may be made of and that are known to be no coined ones."""
NOT_OWN = _words(
    """Insta German Germany European Europe Austrian Austria Swedish Sweden Norwegian Norway
    Portuguese Portugal Turkish Turkey Chinese China Japanese Japan Monday Tuesday Wednesday
    Thursday Friday Saturday Sunday January February March April May June July August September
    October November December Christmas Easter Halloween Spring Summer Autumn Winter Valentine
    Ramadan Diwali Hanukkah Thanksgiving English French Italian Italy France Spanish Spain Swiss
    Switzerland British Britain UK US USA America American EU Asia Asian Africa African India
    Indian Dutch Danish Denmark Finnish Finland Polish Poland Greek Greece Scottish Scotland
    Irish Ireland Welsh Wales London Paris Berlin Munich Vienna Zurich Bern Rome Milan Madrid
    Lisbon Amsterdam Brussels Tokyo Hamburg Cologne Alps Nordic Scandinavia Scandinavian
    Instagram TikTok LinkedIn Facebook YouTube Google Twitter Pinterest X PDF DIY FAQ CTA USP OK
    AI VAT HR IT TV LED USB UV SPF GPS SUV HD 3D 4K WiFi Wi-Fi Bluetooth iOS Android"""
) | {"Black Friday", "Cyber Monday", "New Year", "New York"}
"""Days, places, platforms and the like: names, but never a brand's own."""
MEASURES = _words(
    "day days hour hours week weeks minute minutes month year years piece bit touch world"
)
"""What is had of a thing and is none: "an hour of silence"."""
STATES = _words(
    """lit unlit shining aglow burning glowing wet dry empty open folded closed steaming cool
    unfolded filled holding loaded beaded covered switched full"""
)
"""How a product of the world may be, said after it."""
ENGLISH = _words(
    """the a an is are for with and of to our we it by from on at that this you your they its not
    no new show make write promote advertise"""
)
FOREIGN = _words(
    """der das und mit für fur ist nur jetzt ein eine einen vom zum zur im wir unser unsere sie auf
    aus bei nicht auch le les une et pour avec est dans sur nous notre vous des du gli il lo nel
    una che el los las y para nuestra nuestro un och med för på av het een van voor og til em os
    dla jest się neue neuer neues nouveau nouvelle nuova"""
)
"""Little words of English and of its neighbours."""
IMPERATIVES = _words(
    """eat donate spend save learn insure vote apply join win follow subscribe download adopt choose
    enjoy build grow wear protect find keep make let go come bring send take give try turn"""
)
"""Words that ask the reader for something where a sentence begins."""
ADVERBS_NOT = _words(
    "family daily weekly monthly yearly fly jelly early only lovely friendly assembly supply"
)
"""Words that end as adverbs do and are none."""
