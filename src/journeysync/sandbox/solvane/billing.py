"""The backlog of the team Billing, Jira project BILL, as an outline (grammar: `outline`)."""

OUTLINE = r"""
epic doing | A bill that explains itself | @Bill view | !Highest | text=epic
  story doing | Say on the first screen what changed | key=BILL-204 | @Bill view | !Highest | text=showcase
    subtask done | Words for price, weather and me
    subtask doing | Show the three parts as bars
  story todo | Bill line with a tooltip on the phone | #iOS
  story todo | Why is my bill higher than last year's?
  story todo | Compare with the same month of last year
  bug todo | Bill line shows net and gross mixed up | !High
  story doing | What changed, read out by the hotline's screen
  story done | Short names for each bill line
  bug done | Higher bill without a word after a new price
  story wont | Animated bill
  bug dup | Bill line is cut off on old phones
  task todo | Ask twenty families what they look at first
  story todo | Two languages on one page | #layout-only

epic doing | Know it before the post arrives
  story doing | Amount and day in the bill mail
  story todo | Bill mail without an attachment
  bug todo | Reminder mail goes out after the payment
  story done | Bill is ready: a word in the app

story doing | Photo of the reading on the bill
story todo | Say who took the reading, and when, on each bill
bug todo | Estimated again, though a reading was sent, on the yearly bill | !High
story todo | Reading and estimate side by side on the bill
bug done | Estimate on the bill has no date

epic doing | Pay, and be done with it | @Payments
  story doing | Pay with one tap | #iOS #android
  story todo | Pay from the family account
  bug todo | Card is refused without a cause
  story todo | Approve a bill with two people in a firm
  story review | Payment approval by mail for small firms
  bug todo | Bank shows our old name
  story done | Pay by phone number
  bug cannot | Amount jumps after a reload
  task finance | New contract with the card company

epic doing | Wrong line? The rest goes on | @Disputes
  story doing | Disputed line waits and the rest is paid | !High
  story todo | Dispute a line from the app
  story todo | Say how long an objection takes
  bug todo | Dispute stops the whole account
  story done | Number for each dispute
  task todo | Reasons that the desk can choose from

story doing | Final bill within ten days
story todo | Final bill to a new address
bug todo | Final bill counts the last day twice
story todo | Closing bill for two meters
story done | Final bill without a stamp fee
bug todo | Bill line for the refund is missing
story done | Refund by bank transfer only
bug done | Refund goes to a closed account

story todo | Warn six weeks before the deal ends | !High
story done | End-of-deal letter without small print
bug old | Renewal notice was sent twice

epic todo | A deal that fits again | @Contracts
  story doing | Deal comparison with real half-hours
  story todo | Renewal options on one page
  story todo | Compare deals without signing in
  story doing | One recommended deal with its reason | @Contracts
  story todo | Choose between two lengths | @Contracts
  bug todo | Recommended deal ignores the heat meter | @Contracts
  story todo | Fewer deals to choose from | @Contracts
  story todo | Renewal form without known details | @Contracts
  story review | Renew in one tap from the mail | @Contracts
  story todo | Confirm the renewal with a passkey
  story todo | A line on the day the new plan starts | @Contracts
  bug todo | New plan shows the old price for a day | @Contracts
  task old | Print two names on one contract | @Contracts
  bug dup | Signature is upside down | @Contracts
  task old | Archive for paper contracts | @Contracts
  task wont | Envelope for two contracts | @Contracts

story doing | One bill a home after a move
story todo | Say which bill belongs to the old home
bug todo | Bill of the new home starts a day late
story todo | First bill with the welcome letter

story todo | Cost per charge on the monthly page | #ev
story doing | Cost of each charge for the employer | #ev
bug todo | Cost per charge without the night price | #ev
story todo | Usage chart beside the amount

epic todo | Paper that people like
  story old | Nicer envelopes
  story old | Paper from the region

task old | Stamps for the summer
bug old | Footer shows last year's chairwoman
spike old | Could we post on Saturdays?
task todo | Meeting with the printing house | text=table
bug todo | Street names lose their umlauts in labels for parcels | text=rtl
task quiet | Old price lists in the cellar
story old | Bills on pink paper
task todo | Answer the survey of the chamber | #journey.opp-3
bug todo | Tax number has a blank too many | by=customer | text=reference
story old | Say sorry for the long queue in May | by=customer
task doing | Smoke test for the nightly run
task old | Refactoring of the rounding code | #tech-debt
task old | Dead code in the letter service
task old | Java upgrade of the nightly run | #upgrade-java
task old | Load test before the yearly run
task todo | Pentest of the payment page | #pentest
task todo | New form for the tax office | #regulator
task old | Library update of the mail gate | #dependencies
story todo | Show the reason beside each change of the monthly debit | text=reference
story todo | Ready-by time on the monthly page | #ev | #journey.ignore
bug todo | Usage chart is empty for new meters
story done | Amount and day on the envelope's window
story done | One page for all contracts of a firm | @Contracts
bug done | Page stays white after paying | @Payments
bug wont | Print button is grey
story old | Invoices by fax
bug old | Sum is red though it is paid | @Payments
"""
