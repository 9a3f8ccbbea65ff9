"""The backlog of the team Field service, Jira project FLD, as an outline (grammar: `outline`)."""

OUTLINE = r"""
programme doing | Is it only me? A map for the dark | @Outage map | !Highest
  change doing | Outage map without pictures | !Highest | text=showcase
    subtask done | Draw streets as lines
    subtask doing | Measure it on one bar
  change todo | Map says "only you" after a look at the neighbours
  fault todo | Map tiles are loaded twice
  change todo | Last known state when the line is gone
  fault todo | Map turns white on old phones
  change todo | Street names in large type
  change todo | Map in black and white for the night
  work done | Smaller tiles for the north
  change wont | Map in three dimensions

programme doing | Say it once | @Outage desk
  change doing | Report a cut with one tap | !High
  change todo | Report a cut for the neighbour
  change todo | Outage form in five languages
  fault todo | Hotline asks twice during an outage
  fault doing | Reports of one cut are not put together
  change done | Report a cut by text message

change todo | Detect a cut by the silence of meters
change doing | First text within five minutes
work todo | Grid sensor in forty stations | #grid

programme doing | Word from the crew | @Crew planning
  change doing | Text when power is back | !High
  change todo | Crew is on the way, with a map
  change todo | Follow the repair without the app
  fault todo | Text comes at three in the morning
  fault todo | Repair status is empty for a second crew
  work todo | Two crews on one street
  work doing | Tablets that survive the rain
  change done | Power is back: a word to the care desk

change doing | One repair time for a street | @Crew planning
fault todo | Repair time jumps three times in a night | @Crew planning
change done | Estimated time with the name of its source

change doing | Find the meter by address | @Meter works
change todo | Word to the new customer before we ring | @Meter works
fault todo | Switch needs two visits for one meter | @Meter works
change done | Supplier change without a visit | @Meter works

programme todo | Readings without a ladder
  change doing | Reading by camera for round meters | !High
  change todo | Read the meter with a torch on
  fault todo | Reading by camera takes the wrong line
  change todo | Reading by photo for people without the app
  change done | Meter photo goes with the reading

programme doing | Any charger, any brand | @Charger works
  change doing | Wallbox of a fifth brand
  change todo | Word to the installer before the visit
  fault todo | Charger is offline after a cut of the line
  change todo | Connect a used wallbox
  work todo | Training on two new brands
  change done | Plug and go for one brand

change doing | Ready-by time for chargers in garages
change todo | Cheap hours shown on the wallbox
fault todo | Departure time is an hour late in summer
change todo | Price per charge on the display of the wallbox

programme doing | Move, and the power is there | @Moves
  change doing | Move form with two dates
  change todo | Tell us of the move by text
  fault todo | Move form forgets the flat number
  change review | Announce a move for somebody else
  change doing | New home from its address alone | !High
  change todo | Meter number is known before the keys | @Moves
  fault todo | Previous tenant gets the welcome letter
  change todo | Grid area from the address | @Moves
  change todo | Move-in at the weekend
  fault todo | New home has two meters and we ask for one
  change doing | One request for several sites | !High
  change todo | Second site without a second contract
  change todo | All sites of a firm on one day
  work old | Keys in a box
  work old | Phone list of the big landlords
  work todo | Vans for the first of the month
  change quiet | Letters for student homes
  change done | New home in the neighbouring grid

change todo | Accept the last reading a week later
change doing | Handover reading signed by two people
fault todo | Last reading is refused when the meter is new
change todo | Move-out reading by the caretaker
change done | Last reading by phone

change doing | Old home ends on the day the new one starts
change todo | Move-out date can be changed once
fault todo | Double payment in the month of the move
change done | Close the home by text

change todo | Picture of which meter is mine
change todo | Which meter is mine: a word for the cellar
fault todo | Which meter is mine shows the neighbour's number
change done | Move-in reading in the welcome text

change todo | Closing visit of five minutes
change done | Closing reading by phone
change doing | Closing reading without a visit
fault todo | Final reading comes twice

work old | Second screen for the night shift | @Outage desk
work old | Chairs for the control room | @Outage desk
work wont | Radio in the cellar | @Outage desk
work todo | Winter tyres | @Fleet
work doing | Two electric vans for the south | @Fleet
work old | Racks in the depot | @Depot
work old | New torches | @Tools
work old | Helmets for visitors | @Tools
work old | First aid course | @Depot
work todo | Refactoring of the crew calendar | #tech-debt
work todo | Keep meter data for three years | #regulator
work old | Office plants
work old | Summer party of the south
work todo | Photos for the jubilee | text=emoji
fault todo | Clock in the hall is slow | text=crlf
work old | Lunch vouchers for night shifts
change old | Newsletter for retired colleagues | text=table
work old | Map of the depots on paper
work quiet | Old uniforms
work old | Paint the gate
work done | Change the locks of the south depot | @Depot
fault done | Van without a radio | @Fleet
change dup | Text when the power is on again | @Crew planning
change wont | Outage map as a game | @Outage map
fault none | Charger hums | @Charger works
fault old | Map of last winter's storm | @Outage map
change old | Paper forms for movers | @Moves
"""
