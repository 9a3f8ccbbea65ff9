"""The backlog of the team Energy insights, Linear team ENI, as an outline (grammar: `outline`). Two initiatives hold
projects, and these hold issues; the label group Type says the kind."""

OUTLINE = r"""
initiative doing | Know what you use
  project doing | Usage that people understand
    feature doing | Usage chart with similar homes | #Usage
      data todo | Similar homes by size and year of building | #Usage
      bug todo | Usage chart jumps on the day the clock changes | #Usage | text=emoji
    model doing | Typical use by household type | #Usage
      data done | Household type from the sign-up answers | #Usage
      data todo | Household type is asked for once more where it is missing | #Usage
    feature todo | First month in numbers: what ran, what slept | #Usage | !High
    feature todo | Word when the use is far from typical | #Usage
    feature todo | A hint says what it saves | #Usage
    bug todo | Hints reach homes that were sold | #Usage | !High
    model todo | Typical use of a new home in its first month | #Usage
    bug todo | Values of two flats are swapped | #Usage | !Urgent | by=guest
    bug done | Gap in the chart over midnight | #Usage
    feature done | Usage by week | #Usage
    feature old | Usage by month | #Usage
    bug wont | Chart in three dimensions | #Usage | by=guest
  project todo | Half-hours for everybody
    data doing | Half-hours arrive by seven in the morning | #Usage
    data todo | Estimated values are marked as such | #Usage
    bug todo | Half-hours of solar homes have the wrong sign | #Usage | text=table
    feature todo | Download my half-hours | #Usage
    feature todo | This week beside the same week a year ago | #Usage
    model todo | Fill in a lost day from the neighbours | #Usage
    bug dup | Wrong sign for solar homes | #Usage
    data done | Half-hours are kept for three years | #gdpr

initiative doing | Charge at the right hour
  project doing | Ready when you leave
    model doing | Cheap hours of tomorrow, by noon | #Charging
    model todo | Cheap hours on holidays | #Charging
    feature todo | Departure time is learned from four weeks | #Charging
    bug todo | Departure time is lost after an update | #Charging
    model todo | Cheap hours for the washing machine | #Charging
    bug todo | Ready-by time is missed when the car sleeps | #Charging | !Urgent
    bug done | Cheap hours are one hour late in winter | #Charging | text=crlf
    feature todo | Cheap hours in one picture | #Charging | !Low
  project doing | What a charge costs
    feature doing | Cost per charge in the morning | #Charging
      data todo | Cost of a charge with solar power | #Charging
      bug todo | Cost of a charge is shown before the car is full | #Charging
    feature todo | Cost per charge beside the price at the pump | #Charging
    model todo | Price per charge, forecast for the week | #Charging
    bug todo | Cost per charge shows cents only | #Charging
    feature done | Cost of each charge by mail | #Charging
    feature quiet | Cost per charge for guests | #Charging
  project todo | A tariff for the night
    model doing | Charging tariff from the hour people come home | #Tariff-model
    feature todo | Night tariff explained in two sentences | #Tariff-model
    data todo | Charging hours of a thousand homes | #Tariff-model
    model todo | Charging tariff without a fixed fee | #Tariff-model | !Medium
    bug todo | Charging hours are cut at midnight | #Tariff-model
    data todo | Charging hours of a shared garage | #Tariff-model
    feature todo | Night tariff: what the neighbours pay | #Tariff-model
    model wont | Night tariff for weekend homes | #Tariff-model

project doing | Tips that fit the heating
  feature doing | Tips that know the heat pump
    model todo | Heat pump and weather, learned per home
  feature todo | One tip a month, not ten | text=mention | was=GRD-9
  feature done | Heating in summer is switched off by a tip
  feature doing | Adjust the schedule when the price falls
  feature old | Tips on paper | text=rtl

feature doing | Green share by hour for each region | #Tariff-model
  data todo | Hourly mix from the grid's own data | #Tariff-model
feature todo | Green by hour on the lock screen | #Tariff-model
feature todo | Green by hour as a small clock | #Tariff-model
bug todo | Green share by hour is over a hundred | #Tariff-model | text=showcase
model dup | Green by hour, forecast | #Tariff-model

data todo | Pipeline reads the new meter format
data doing | Nightly run ends before six | #journey.charge-ev
data todo | Charging hours by kind of car | #Charging
bug todo | \e[31mRed numbers in the console
data quiet | Old notebooks go to the archive | #chore
data todo | Usage chart in large letters | #Usage
model todo | Hourly mix for the city council | by=guest
data todo | Household type of renters is often wrong
bug todo | 一度に二つの単位が表示される
data todo | Night tariff: questions from other teams
data todo | Refactoring of the price service
data todo | Flaky test in the forecast
data todo | Rotate the keys of the weather feed | #security
data done | Load test with a million homes
data old | Move out of the old cluster | #chore
data wont | A model for everything | #chore
data todo | Keep meter data no longer than allowed | #gdpr
data trash | Try-out, please ignore
data archived | Notes of the first planning
"""
