"""The backlog of the team Onboarding, Jira project ONB, as an outline (grammar: `outline`)."""

OUTLINE = r"""
epic doing | Find a tariff that fits in two minutes | @Tariff search | !High
  story doing | Three tariffs first, the rest behind one click | !High | #web
    subtask done | Sketches for five households
    subtask doing | Build the short list
  story todo | Remember the filters on the way back | #web
  story todo | Filter by the length of the contract | text=table
  bug todo | Filters jump when the keyboard opens | #iOS #web
  bug todo | Result list flickers on small phones | #ios
  story todo | Sort order by what people pay in the end
  task doing | Measure where people leave the result list
  story review | Autocomplete for postcodes
  story todo | Explain an empty page in one sentence
  story done | Search by postcode on the first page
  story todo | Search remembers the last home
  bug done | Search stops at an umlaut in the town
  experiment ab | Two columns or one in the result list
  story todo | Faster answers of the tariff search on old phones | !High
  story wont | Search by voice
  bug dup | Filter is empty after a reload
  story todo | Say how many tariffs a filter leaves

epic doing | Monthly cost before anything else | @Tariff page | !Highest
  story doing | Monthly cost on the first page, before the address | !Highest | text=mention
    subtask done | Words for the small line below the figure
    subtask todo | Read it to ten families
  story todo | Say what the monthly amount rests on
  story todo | Real cost without the bonus of the first year
  bug todo | Cost estimate is ten too high for two people
  story done | Monthly amount on the tariff card
  task todo | A price table that the page can read at night

story todo | Landing page for the price letter | @Tariff page
story doing | Price alert a month ahead, in plain language
story todo | Ask for rooms and people, not for kilowatt hours | @Tariff page
story doing | Typical values by how you heat
bug todo | Home details are gone after the back swipe
story done | Household size as a picture
story todo | Green share beside the price | @Tariff page
story todo | Price guarantee in one line instead of seven footnotes
story quiet | Footnotes that open where they belong

epic todo | A quote on the page, at once | @Quote
  story doing | Quote without an e-mail address
  story todo | Quote for a home with two meters
  bug todo | Personal offer shows yesterday's date
  task done | Quote service answers in one second
  story todo | Print a quote on one page

epic doing | We decide together, on the sofa
  story doing | Share a quote with a partner | !High | text=rtl
  story todo | Save a quote for thirty days
  story todo | Quote link opens on any phone
  bug todo | Saved quote forgets the second meter | #iOS

story todo | Offer only start dates that hold | @Sign-up form
bug todo | Start date in the past can be chosen
story done | First day of supply in the summary

epic doing | Sign up without going round in circles | @Sign-up form
  story doing | Mail with a link to resume an abandoned sign-up | !High
  story todo | Go on later on another device
  story todo | Keep a half-finished sign-up for two weeks
  experiment ab | One reminder or two for an abandoned sign-up
  story todo | Date of birth as text
  bug todo | Back button empties the page | #web
  story todo | Sign up on behalf of my mother
  story done | Fewer required fields
  task review | Sign-up form speaks to the crm

epic doing | Prove who I am, once | @Identity | !High
  story doing | One check for contract and app
  story todo | ID card with the phone's camera
  bug todo | Passport is asked for twice | !Highest | text=long
  story todo | Video call in the evening
  story done | Video call without an appointment
  task todo | Contract with a second provider of checks
  experiment failed | Identity by post

story doing | One page of terms in plain words
story todo | Say what a consent is for
story todo | General terms with a summary of ten lines
bug todo | Terms and conditions open in a second window | #web

story doing | Switch date on the thank-you page | !Highest
story todo | Confirmation mail with the switch date in its subject
story todo | Confirmed date within the hour, or a word why not
bug review | Switch confirmation names the old tariff
story done | Confirmed date in the customer area

story todo | Switch status in three lights
story todo | Tell people when the old supplier answers
bug todo | Switch tracker stands still at weekends

task todo | Phone script for the winter | @Switch desk
task old | Hand over open cases on Mondays | @Switch desk
bug dup | Queue shows closed cases | @Switch desk
task old | Two more desks for October | @Switch desk
task quiet | Letters that came back | @Switch desk

epic doing | Start the app on the first day | @App activation
  story doing | Activation code in the welcome letter
    subtask todo | Letter in large type
  bug todo | Activation code expires too early | !High
  story todo | Fewer screens before the first use
  bug todo | First launch hangs without a network | #iOS
  story todo | Sign in with a passkey | #iOS #android
  story todo | Passkeys for two people in one home | #android
  story todo | Forget the password for good
  bug todo | Password rules are shown too late
  story doing | App setup in Turkish and Polish
  bug todo | Activation code in capital letters only
  story todo | App setup without a contract number
  story done | First launch in dark colours
  experiment failed | Activation code by voice call
  story review | Welcome picture for each season

story todo | Check the IBAN while typing
bug doing | Direct debit form refuses foreign banks
story doing | Let people choose the payment day
story todo | Payment day in the sign-up summary
story todo | Change the payment day in the app

story todo | Usage chart for the first week
story todo | First month beside similar homes
story doing | Offer a call with the first bill | text=reference
story todo | What to expect from the first bill
story doing | Welcome credit on the first screen
bug todo | Welcome credit is missing after a change of tariff | !High
story todo | Welcome bonus explained to those who move in
story done | Welcome credit in the welcome letter
story todo | Ready-by time as a question in the sign-up

task todo | Tidy the wiki | text=crlf
task old | Show the new colleagues around
story todo | Smaller pictures on the about us page | text=emoji
task old | Ask legal about the contest in spring
spike old | What could a kiosk in the town hall do?
bug todo | \e[31mAnalytics\e[0m counts our own visits
task old | Plants for the meeting corner
task quiet | Old campaign pages
story todo | Thank people who recommend us | #journey.pay-bill
task todo | Refactoring of the tariff tables | #tech-debt
task old | Library update of the quote service | #dependencies
task old | New runtime for the form service | #upgrade-java
task todo | Rotate the keys of the mail service | #security
bug todo | Flaky test in the night build
task todo | Keep sign-up data no longer than needed | #gdpr
task todo | Move the cookie banner | #chore #journey.switch-suplier
"""
