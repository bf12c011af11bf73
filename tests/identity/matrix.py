"""What everybody may do, by hand: a row an action, a column whoever asks.

-         never
all       anything of that kind
held      what the asker's party holds          offered   what its party is about to take
sent      what its party sent                   own       what belongs to its party
linked    the parcel of the recipient's link
granted   the parcel of a caller whom the agent has just verified
crew      what belongs to it or to its drivers, and what they hold
"""

# Office, depot and road by role, then merchants' keys by scope, devices by kind of party, recipient, anonymous.
HOUSE_COLUMNS = (
    "dispatcher security depot claims driver auditor admin"
    " key.read key.ship device.merchant device.depot device.driver device.partner recipient anonymous"
)
HOUSE = """
public.read            all  all  all  all  all  all  all   all  all  all  all  all  all   all  all
session.open           all  all  all  all  all  all  all   all  all  all  all  all  all   all  all
session.close          all  all  all  all  all  all  all   -    -    -    -    -    -     -    -
session.prove          all  all  all  all  all  all  all   -    -    -    -    -    -     -    -
setup.use              all  all  all  all  all  all  all   all  all  all  all  all  all   all  all
user.create            -    -    -    -    -    -    all   -    -    -    -    -    -     -    -
user.read              -    -    -    -    -    all  all   -    -    -    -    -    -     -    -
user.disable           -    -    -    -    -    -    all   -    -    -    -    -    -     -    -
user.reset             -    -    -    -    -    -    all   -    -    -    -    -    -     -    -
user.link              -    -    -    -    -    -    all   -    -    -    -    -    -     -    -
password.change        all  all  all  all  all  all  all   -    -    -    -    -    -     -    -
account.change         all  all  all  all  all  all  all   -    -    -    -    -    -     -    -
account.read           all  all  all  all  all  all  all   -    -    -    -    -    -     -    -
party.create           -    -    -    -    -    -    all   -    -    -    -    -    -     -    -
party.read             all  all  own  all  -    all  all   -    -    -    -    -    -     -    -
driver.add             -    -    -    -    -    -    all   -    -    -    -    -    -     -    -
key.create             -    -    -    -    -    -    all   -    -    -    -    -    -     -    -
key.read               -    -    -    -    -    all  all   -    -    -    -    -    -     -    -
key.rotate             -    -    -    -    -    -    all   -    -    -    -    -    -     -    -
key.revoke             -    -    -    -    -    -    all   -    -    -    -    -    -     -    -
device.invite          all  -    own  -    -    -    all   -    -    -    -    -    -     -    -
device.enrol           all  all  all  all  all  all  all   all  all  all  all  all  all   all  all
device.read            all  all  own  all  -    all  all   -    -    -    -    -    -     -    -
device.replace         all  -    own  -    -    -    all   -    -    -    -    -    -     -    -
device.revoke          all  all  own  -    -    -    all   -    -    -    -    -    -     -    -
outbox.tell            all  -    own  -    -    -    -     -    -    own  own  own  own   -    -
shipment.create        -    -    -    -    -    -    -     -    all  -    -    -    -     -    -
shipment.read          all  all  -    all  -    all  all   sent -    -    -    -    -     -    -
manifest.read          all  -    all  -    -    all  all   all  all  -    -    -    -     -    -
service.set            -    -    -    -    -    -    all   -    -    -    -    -    -     -    -
home.read              all  all  all  all  all  all  all   -    -    -    -    -    -     -    -
overview.read          all  all  all  all  -    all  all   -    -    -    -    -    -     -    -
depot.read             -    -    all  -    -    -    -     -    -    -    -    -    -     -    -
floor.read             all  all  own  -    -    all  all   -    -    own  own  own  own   -    -
route.assign           all  -    own  -    -    -    all   -    -    -    -    -    -     -    -
run_sheet.read         all  -    own  -    -    -    -     -    -    -    own  -    -     -    -
parcel.find            all  all  all  all  all  all  all   -    -    -    -    -    -     -    -
parcel.read            all  all  all  all  held all  all   sent -    held|offered|sent all held|offered held|offered - -
parcel.read_private    all  all  held all  held -    -     sent -    held held held held  -    -
parcel.cancel          -    -    -    -    -    -    -     -    sent -    -    -    -     -    -
custody.read           all  all  all  all  held all  all   sent -    held|offered|sent all held|offered held|offered - -
receipt.read           all  all  all  all  -    all  all   sent -    -    -    -    -     linked -
label.read             all  -    held -    -    -    -     -    sent -    -    -    -     -    -
missed_card.read       all  -    held -    held -    -     -    -    held held held held  -    -
statement.tell         -    -    -    -    -    -    -     -    -    all  all  all  all   -    -
handover.request       -    -    -    -    -    -    -     -    -    all  all  all  all   -    -
evidence.add           -    -    -    -    -    -    -     -    -    all  all  all  all   -    -
evidence.read          all  all  -    all  -    -    -     sent -    -    -    -    -     -    -
seal.issue             all  -    -    -    -    -    all   -    -    -    -    -    -     -    -
aggregate.create       all  -    own  -    -    -    all  -    -    own  own  own  own  -    -
aggregate.read         all  all  all  all  all  all  all  all  -    all  all  all  all  -    -
stage.set              all  -    -    -    -    -    all  -    -    -    -    -    -    -    -
link.read              all  all  -    -    -    -    -     -    sent -    -    -    -     -    -
link.make              -    -    -    -    -    -    -     -    sent -    -    -    -     -    -
link.revoke            all  all  -    -    -    -    -     -    sent -    -    -    -     linked -
tracking.read          all  all  all  all  all  all  all   all  all  all  all  all  all   all  all
tracking.read_private  -    -    -    -    -    -    -     -    -    -    -    -    -     linked -
exception.read         all  all  held all  -    all  all   -    -    -    -    -    -     -    -
exception.assign       all  all  -    all  -    -    -     -    -    -    -    -    -     -    -
exception.resolve      all  all  -    all  -    -    -     -    -    -    -    -    -     -    -
exception.override     all  all  -    -    -    -    -     -    -    -    -    -    -     -    -
exception.correct      all  all  -    -    -    -    -     -    -    -    -    -    -     -    -
live.follow            all  all  all  -    -    -    all   -    -    -    -    -    -     -    -
lag.read               all  all  -    all  -    all  all   -    -    -    -    -    -     -    -
metrics.read           -    -    -    -    -    all  all   -    -    -    -    -    -     -    -
job.read               -    -    -    -    -    all  all   -    -    -    -    -    -     -    -
job.retry              -    -    -    -    -    -    all   -    -    -    -    -    -     -    -
person.find            -    all  -    all  -    -    -    -    -    -    -    -    -    -    -
person.export          -    all  -    all  -    -    -    -    -    -    -    -    -    -    -
person.erase           -    all  -    all  -    -    -    -    -    -    -    -    -    -    -
reads.read             -    all  -    all  -    all  -    -    -    -    -    -    -    -    -
hold.read              -    all  -    all  -    all  -    -    -    -    -    -    -    -    -
hold.set               -    all  -    all  -    -    -    -    -    -    -    -    -    -    -
retention.read         -    all  -    all  -    all  all  -    -    -    -    -    -    -    -
retention.set          -    -    -    -    -    -    all  -    -    -    -    -    -    -    -
privacy.ask            -    -    -    -    -    -    -    -    -    -    -    -    -    linked -
privacy.read           -    all  -    all  -    -    -    -    -    -    -    -    -    -    -
privacy.decide         -    all  -    all  -    -    -    -    -    -    -    -    -    -    -
audit.read             -    all  -    -    -    all  all  -    -    -    -    -    -    -    -
audit.answer           -    all  -    -    -    -    all  -    -    -    -    -    -    -    -
risk.read              all  all  -    all  -    all  all   -    -    -    -    -    -    -    -
risk.contest           all  all  -    all  -    -    -     -    -    -    -    -    -    -    -
risk.decide            -    all  -    -    -    -    -     -    -    -    -    -    -    -    -
risk.object            -    -    -    -    -    -    -     -    -    -    -    -    -    linked -
call.verify            -    -    -    -    -    -    -    -    -    -    -    -    -     -    -
place.add              all  -    -    -    -    -    all   -    -    -    -    -    -     -    -
place.read             all  all  own  all  -    all  all   -    -    -    -    -    -     -    -
place.change           all  -    -    -    -    -    all   -    -    -    -    -    -     -    -
place.set_days         all  -    own  -    -    -    all   -    -    -    -    -    -     -    -
place.read_private     all  all  -    -    -    -    -     -    -    -    -    -    -     -    -
map.read               all  all  all  all  all  all  all   -    -    all  all  all  all   -    -
address.find           all  all  all  all  -    -    -     -    -    -    -    -    -     -    -
address.read           all  -    -    all  -    -    -     -    -    -    -    -    -     -    -
address.correct        all  -    -    all  -    -    -     -    -    -    -    -    -     -    -
driver.read            all  all  -    -    own  all  all   -    -    -    -    -    -     -    -
driver.read_private    -    all  -    -    -    -    -     -    -    -    -    -    -     -    -
driver.change          -    all  -    -    -    -    all   -    -    -    -    -    -     -    -
authority.read         all  all  all  -    own  all  all   -    -    -    -    own  -     -    -
shift.read             all  all  all  -    own  all  all   -    -    -    -    -    -     -    -
shift.set              all  -    -    -    -    -    all   -    -    -    -    -    -     -    -
training.read          all  all  -    -    all  all  all   -    -    -    -    -    -     -    -
training.take          -    -    -    -    all  -    -     -    -    -    -    -    -     -    -
vehicle.read           all  all  all  -    -    all  all   -    -    -    -    -    -     -    -
vehicle.change         all  -    -    -    -    -    all   -    -    -    -    -    -     -    -
"""
# Specialists, those who sign in for somebody else than the carrier, and their devices.
OTHERS_COLUMNS = (
    "inspector packer call_centre locker_operator pickup_partner merchant_user moderator police_liaison subcontractor"
    " device.subcontractor key.track key.rotate"
)
OTHERS = """
public.read            all  all  all  all          all          all  all all all  all          all  all
session.open           all  all  all  all          all          all  all all all  all          all  all
session.close          all  all  all  all          all          all  all all all  -            -    -
session.prove          all  all  all  all          all          all  all all all  -            -    -
setup.use              all  all  all  all          all          all  all all all  all          all  all
user.create            -    -    -    -            -            -    -   -   -    -            -    -
user.read              -    -    -    -            -            -    -   -   -    -            -    -
user.disable           -    -    -    -            -            -    -   -   -    -            -    -
user.reset             -    -    -    -            -            -    -   -   -    -            -    -
user.link              -    -    -    -            -            -    -   -   -    -            -    -
password.change        all  all  all  all          all          all  all all all  -            -    -
account.change         all  all  all  all          all          all  all all all  -            -    -
account.read           all  all  all  all          all          all  all all all  -            -    -
party.create           -    -    -    -            -            -    -   -   -    -            -    -
party.read             -    -    -    own          own          own  -   -   crew -            -    -
driver.add             -    -    -    -            -            -    -   -   own  -            -    -
key.create             -    -    -    -            -            -    -   -   -    -            -    -
key.read               -    -    -    -            -            own  -   -   -    -            -    own
key.rotate             -    -    -    -            -            own  -   -   -    -            -    own
key.revoke             -    -    -    -            -            own  -   -   -    -            -    -
device.invite          -    -    -    own          -            -    -   -   crew -            -    -
device.enrol           all  all  all  all          all          all  all all all  all          all  all
device.read            -    -    -    own          own          -    -   -   crew -            -    -
device.replace         -    -    -    own          -            -    -   -   crew -            -    -
device.revoke          -    -    -    own          own          -    -   -   crew -            -    -
outbox.tell            -    -    -    own          -            -    -   -   crew own          -    -
shipment.create        -    -    -    -            -            -    -   -   -    -            -    -
shipment.read          -    -    -    -            -            sent -   -   -    -            sent -
manifest.read          -    -    -    -            -            all  -   -   -    -            -    -
service.set            -    -    -    -            -            -    -   -   -    -            -    -
home.read              all  all  all  all          all          all  all all all  -            -    -
overview.read          -    -    -    -            -            -    -   -   -    -            -    -
depot.read             -    -    -    -            -            -    -   -   -    -            -    -
floor.read             -    -    -    -            -            -    -   -   -    own          -    -
route.assign           -    -    -    -            -            -    -   -   -    -            -    -
run_sheet.read         -    -    -    -            -            -    -   -   -    -            -    -
parcel.find            all  all  -    all          all          all  -   all all  -            -    -
parcel.read            held held granted held|offered held|offered sent - all crew held|offered sent -
parcel.read_private    -    -    -    -            held         sent -   -   -    held         -    -
parcel.cancel          -    -    -    -            -            -    -   -   -    -            -    -
custody.read           held -    granted held|offered held|offered sent - all crew held|offered sent -
receipt.read           -    -    -    -            -            sent -   all -    -            sent -
label.read             -    held -    -            -            sent -   -   -    -            -    -
missed_card.read       -    -    -    -            -            -    -   -   -    held         -    -
statement.tell         -    -    -    -            -            -    -   -   -    all          -    -
handover.request       -    -    -    -            -            -    -   -   -    all          -    -
evidence.add           -    -    -    -            -            -    -   -   -    all          -    -
evidence.read          held -    -    -            -            sent -   -   -    -            -    -
seal.issue             -    -    -    -            -            -    -   -   -    -            -    -
aggregate.create       - - - - - - - - - own - -
aggregate.read         - - - - - - - - all all all -
stage.set              - - - - - - - - - - - -
link.read              -    -    -    -            -            sent -   -   -    -            -    -
link.make              -    -    -    -            -            -    -   -   -    -            -    -
link.revoke            -    -    -    -            -            sent -   -   -    -            -    -
tracking.read          all  all  all  all          all          all  all all all  all          all  all
tracking.read_private  -    -    -    -            -            -    -   -   -    -            -    -
exception.read         held -    -    held         held         -    -   all crew -            -    -
exception.assign       -    -    -    -            -            -    -   -   -    -            -    -
exception.resolve      -    -    -    -            -            -    -   -   -    -            -    -
exception.override     -    -    -    -            -            -    -   -   -    -            -    -
exception.correct      -    -    -    -            -            -    -   -   -    -            -    -
live.follow            -    -    -    -            -            -    -   -   -    -            -    -
lag.read               -    -    -    -            -            -    -   -   -    -            -    -
metrics.read           -    -    -    -            -            -    -   -   -    -            -    -
job.read               -    -    -    -            -            -    -   -   -    -            -    -
job.retry              -    -    -    -            -            -    -   -   -    -            -    -
audit.read             -    -    -    -            -            -    -   -   -    -            -    -
audit.answer           -    -    -    -            -            -    -   -   -    -            -    -
risk.read              -    -    -    -            -            -    -   -   -    -            -    -
risk.contest           -    -    all  -            -            -    -   -   -    -            -    -
risk.decide            -    -    -    -            -            -    -   -   -    -            -    -
risk.object            -    -    -    -            -            -    -   -   -    -            -    -
call.verify            -    -    all  -            -            -    -   -   -    -            -    -
person.find            -    -    -    -            -            -    -   -   -    -            -    -
person.export          -    -    -    -            -            -    -   -   -    -            -    -
person.erase           -    -    -    -            -            -    -   -   -    -            -    -
reads.read             -    -    -    -            -            -    -   -   -    -            -    -
hold.read              -    -    -    -            -            -    -   -   -    -            -    -
hold.set               -    -    -    -            -            -    -   -   -    -            -    -
retention.read         -    -    -    -            -            -    -   -   -    -            -    -
retention.set          -    -    -    -            -            -    -   -   -    -            -    -
privacy.ask            -    -    -    -            -            -    -   -   -    -            -    -
privacy.read           -    -    -    -            -            -    -   -   -    -            -    -
privacy.decide         -    -    -    -            -            -    -   -   -    -            -    -
place.add              -    -    -    -            -            -    -   -   -    -            -    -
place.read             -    -    -    own          own          -    -   -   -    -            -    -
place.change           -    -    -    -            -            -    -   -   -    -            -    -
place.set_days         -    -    -    own          own          -    -   -   -    -            -    -
place.read_private     -    -    -    -            -            -    -   -   -    -            -    -
map.read               -    -    -    all          all          -    -   -   all  all          -    -
address.find           -    -    -    -            -            -    -   -   -    -            -    -
address.read           -    -    -    -            -            -    -   -   -    -            -    -
address.correct        -    -    -    -            -            -    -   -   -    -            -    -
driver.read            -    -    -    -            -            -    -   -   crew -            -    -
driver.read_private    -    -    -    -            -            -    -   -   -    -            -    -
driver.change          -    -    -    -            -            -    -   -   -    -            -    -
authority.read         -    -    -    -            -            -    -   -   crew -            -    -
shift.read             -    -    -    -            -            -    -   -   crew -            -    -
shift.set              -    -    -    -            -            -    -   -   crew -            -    -
training.read          -    -    -    -            -            -    -   -   all  -            -    -
training.take          -    -    -    -            -            -    -   -   -    -            -    -
vehicle.read           -    -    -    -            -            -    -   -   -    -            -    -
vehicle.change         -    -    -    -            -            -    -   -   -    -            -    -
"""

COLUMNS = f"{HOUSE_COLUMNS} {OTHERS_COLUMNS}"


def rows(table: str) -> dict[str, list[str]]:
    """The cells of each action."""
    return {row.split()[0]: row.split()[1:] for row in table.strip().splitlines()}


TABLE = {action: [*cells, *rows(OTHERS)[action]] for action, cells in rows(HOUSE).items()}
