"""The backlog of the team Care, GitHub repository solvane/care, as an outline (grammar: `outline`). It is private, and
its kinds are issue types."""

OUTLINE = r"""
wish doing | Chat knows the deal before the first word | #topic/deal | *Desk first
wish todo | Chat hands over to a person with the whole story | #topic/deal | *Desk first
complaint todo | Chatbot answers a question about last year's deal | #topic/deal | by=customer
wish todo | Call back at a time that people choose
question todo | Which deals may the chat name? | #topic/deal
wish done | Chat is open until ten

epic todo | Leave without a fight | #topic/leave
  wish doing | Leave button instead of a phone number | #topic/leave
  wish todo | Cancellation by a relative | #topic/leave
  complaint todo | Cancellation is asked for three times | #topic/leave | by=customer
  wish todo | Say goodbye in two sentences | #topic/leave
  wish done | Cancel the contract in the chat
wish doing | Exit survey with one question | #topic/leave
wish todo | Reason for leaving goes to the team that can mend it | #topic/leave
wish todo | Letter to leavers, half a year later | #topic/leave | text=mention
question old | Who reads the exit survey? | #topic/leave
wish todo | Final bill is sent to the new address, said at goodbye | #topic/leave
complaint todo | Closing bill without a word about the last month | #topic/leave | by=customer

epic todo | Moving, told once | #topic/move | *Desk first
  wish doing | Move form that the desk can fill in while talking | #topic/move
  wish todo | Tell us of the move in the chat | #topic/move
  complaint todo | Move form wants a date that nobody has yet | #topic/move | by=customer
  wish todo | Announce a move of several sites at once | #topic/move
wish doing | Last reading by chat | #topic/move
complaint todo | Last reading was asked for again after a week | #topic/move | by=customer
wish todo | New home: say who supplied it before | #topic/move
wish todo | Date of moving out and in on one line | #topic/move
complaint done | Two bills in the month of moving | #topic/move | by=customer
wish todo | Text block for movers | #topic/move | text=table

epic todo | A bill needs no call | #topic/bill
  wish doing | Why was the bill so high? Answer in the first sentence | #topic/bill
  complaint todo | Higher bill, and the desk sees less than the customer | #topic/bill | by=customer
  wish todo | Explain the instalment on one card | #topic/bill
  complaint todo | Why two different amounts in letter and app? | #topic/bill | by=customer
wish done | Explain the tax in one line | #topic/bill
wish doing | Dispute is noted while talking | #topic/bill | epic=BILL-168
wish todo | Say what happens to a disputed line next | #topic/bill | epic=BILL-168
complaint todo | Nobody calls when it is settled | epic=BILL-168
wish todo | Pay while on the phone | #topic/bill
complaint todo | Paid twice after a call | #topic/bill | by=customer
wish todo | Payment day can be changed by the desk
wish todo | Which reading was used? The desk sees the photo | #topic/bill
wish old | Text block about wages | #topic/bill | by=customer

epic todo | In the dark, but not alone | #topic/cut | *Winter desk
  wish doing | Desk sees the outage as soon as the grid does | #topic/cut
  wish todo | Report a cut by voice, without waiting | #topic/cut
  complaint todo | Report of an outage was lost over night | #topic/cut | by=customer
  wish todo | Desk knows where the crew is | #topic/cut
wish doing | Word when the power is back, in plain language | #topic/cut | text=rtl
complaint done | Nobody said that the repair would take two days | #topic/cut | by=customer

wish doing | Compare two deals while talking | #topic/deal
wish todo | Half-hours of my own home, in the chat | #topic/deal
complaint todo | Deal was chosen for me | #topic/deal | by=customer
wish todo | Recommend one deal and say why | #topic/deal
wish done | New deal starts: a word on the day | #topic/deal
wish todo | Carers see the account they look after
wish todo | Power of attorney by photo
wish todo | Passport is checked once, for the desk too
complaint todo | Where is my switch? Three calls | by=customer
wish todo | Confirmed date is read out on the phone
question todo | May we say the switch date before it is confirmed?

question todo | Headsets for four new colleagues
question old | Shifts for the holidays
wish old | Better coffee on the third floor | text=crlf
wish todo | Annual leave of the desk in one calendar
chore todo | Keep calls no longer than needed | #gdpr
chore old | Archive of the old mailbox | #chore
wish todo | Say how long the queue is before the music
wish done | Words for the deaf, in the chat
wish quiet | Jingle for the queue
complaint old | Music is too loud | by=customer
complaint wont | Wants a call every Sunday | by=customer
complaint dup | Music too loud | by=customer
wish old | Postcards for birthdays
pull done | Text blocks for the winter
pull todo | Script for movers
"""
