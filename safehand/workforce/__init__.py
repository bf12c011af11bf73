"""Workforce: who drives for the carrier, what they may do, and with what.

Words       A driver is a party of identity; a subcontractor is one that drivers work for. A record is what the facts
            say of a driver: engaged since, licences, skills, certificates. Authority is what follows on a day: a level,
            a value, duties, vehicles. A course has material and a quiz; passed, it is a certificate. A shift is a
            local day's work at a depot. A vehicle has a registration, limits and costs.
Keeps true  Authority is granted by nobody: it follows from the record, and falls on the day that something ends.
            What was recorded is never edited: another licence is another fact, with the name of who told it.
            Shifts of one driver never overlap and leave eleven hours between them. A registration is one vehicle's.
            Numbers of licences, birth dates and answers are in the vault.
Asks        ledger, identity (parties), vault.
Tells       driver.engaged.v1, driver.released.v1, licence.recorded.v1, licence.withdrawn.v1, skills.recorded.v1,
            training.certified.v1, training.revoked.v1
Start at    record.py and authority.py, then commands.py; course.py and training.py; timetable.py; model.py (vehicles).
"""
