"""The backlog of the team App, GitHub repository solvane/app, as an outline (grammar: `outline`). The app is open
source, so everybody reads along, and customers write in it too."""

OUTLINE = r"""
epic todo | Tracking issue: the first five minutes | #area/start | *Spring
  feature doing | Ask for one thing a screen | #area/start | *Spring
  feature todo | Skip what can wait until tomorrow | #area/start | *Spring
  bug todo | Welcome screen comes back after an update | #area/start
  bug done | White flash before the first screen | #area/start
feature doing | Sign in with a passkey | #area/start #iOS #android
feature todo | Sign in with the other phone | #area/start
feature todo | Face ID after five minutes, not after one | #iOS
bug todo | Face ID asks twice after a call | #iOS | by=customer
bug todo | Sign in loops when the clock is wrong | by=customer
feature todo | Code from the letter, read by the camera | epic=ONB-207
feature todo | Say where the code in the letter is | #area/start | epic=ONB-207
bug todo | Keyboard hides the sixth digit | epic=ONB-207
feature done | Passkeys on tablets | #android
feature todo | Start without a contract, to look around | #area/start
bug todo | Crash on first start without a SIM | #area/start | by=customer
feature wont | Sign in by e-mail link
bug dup | Passkey is not found after a restore | by=customer

feature doing | Ready-by time for each weekday | #area/ev | *Spring
feature todo | Departure time from the calendar | #area/ev | by=customer
bug todo | Cheap hours are shown in winter time | #area/ev
feature done | Ready-by time on the lock screen | #area/ev
feature todo | Word when charging is interrupted | #area/ev
bug todo | Overnight charging stops at 80 without asking | #area/ev | by=customer
feature todo | Charging continues after a short cut | #area/ev
feature done | Start charging now, once | #area/ev
feature doing | Add a charger by its QR code | #area/ev
bug done | Charger of the neighbour shows up in the list | #area/ev | by=customer
feature done | Wallbox without its own account | #area/ev | by=customer
feature doing | Price per charge in the list of charges | #area/ev
feature todo | Cost per charge for two cars | #area/ev
bug todo | Cost of a charge is rounded up | #area/ev | by=customer
feature todo | Copy a schedule to another day | #area/ev
bug todo | Schedule is gone after signing out | #area/ev | by=customer
feature todo | Tips for the heat pump in cold weeks
feature done | Schedule for holidays | #area/ev
feature todo | Two cars in one home | #area/ev
feature old | Watch face with the battery | #area/ev | by=customer

epic todo | Explain the bill where people look at it | #area/bill
  feature doing | Explain the yearly change in two lines | #area/bill
  feature todo | Why is this month higher? As one card | #area/bill
  bug todo | Change against last year has the wrong sign | #area/bill
  feature todo | What changed, for two contracts | #area/bill
feature done | Explain the base price | #area/bill
feature todo | Push when a new bill is there | #area/bill
bug todo | Push about the bill opens the wrong home | #area/bill | by=customer
feature todo | Pay with the phone's wallet | #area/bill | *Spring
bug todo | Pay button is under the menu on small phones | #area/bill
feature todo | Pay for my mother from my own app | #area/bill | by=customer
feature done | Pay with a saved card | #area/bill
feature todo | Objection to one line, with a photo | #area/bill

epic todo | Seen from day one | #area/usage
  feature doing | First days as bars, not as a table | #area/usage
  feature todo | Similar homes in my street | #area/usage
  bug todo | Day of the switch counts twice | #area/usage
  feature todo | Export of half-hours as a file | #area/usage | by=customer
feature todo | Widget with today's use | #area/usage #android
bug todo | Graph jumps when the unit changes | #area/usage | by=customer
feature todo | Use by room, if there are plugs | #area/usage | by=customer
feature done | Dark colours for graphs | #area/usage
feature todo | Reading by photo with the torch on
bug todo | Meter photo is turned by a quarter | by=customer
feature done | Read the meter with one hand

epic todo | A map for the dark | #area/outage | *Winter
  feature doing | Outage map from the last known state | #area/outage | *Winter
  feature todo | Outage map loads on a slow line | #area/outage | *Winter
  bug todo | Map tiles are blurred in large type | #area/outage
  feature todo | Say in one word whether it is only me | #area/outage
feature doing | Report an outage without signing in | #area/outage
feature todo | Report of a cut keeps what was typed | #area/outage
feature todo | Follow the repair on the lock screen | #area/outage
feature todo | Power is back: a quiet word at night | #area/outage
bug todo | Crew is shown in the wrong town | #area/outage
feature done | Report a cut for another address | #area/outage
feature todo | Banner goes when it is over | #area/outage
feature old | Torch button beside the banner | #area/outage | by=customer

chore old | Move to the new build server | #chore
chore doing | Fewer warnings in the build | #chore
chore todo | Library update of the map | #dependencies
chore old | Refactoring of the old theme | #tech-debt
chore todo | Certificates expire in March | #security
bug todo | Flaky test on slow machines
question todo | How do I build this on my own computer? | by=customer
feature old | Translate into Klingon | by=customer | text=emoji
feature quiet | Icons for each season
bug old | Old phones lose the font | by=customer
feature todo | Remind me of the ready-by time on Fridays | #area/ev
bug todo | Sign in button is cut off in Polish | #area/start
feature todo | First use, told to renters | #area/usage
feature wont | Game for the waiting time | by=customer
bug dup | It does not work!!! | by=customer
bug old | Shadow under the button
pull todo | Bump the map library from 4.1 to 4.2
pull done | Do not ask for Face ID twice
pull done | Bars instead of a table
pull wont | Rewrite everything
pull done | Fix the sign of the yearly change
pull todo | Draft: two cars in one home
"""
