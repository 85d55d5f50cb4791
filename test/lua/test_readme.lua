--- The session in README.md: what is typed after "th> " there, typed into th, shows what is printed there.
-- Run by th. (The C program of README.md is run by the install test.)
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. 'check.lua')
local th = arg[-1]

local readme = assert(io.open(here .. '../../README.md')):read('*a')
local session = readme:match('\n## A session\n(.-)\n## ')

local typed, expected = {}, {}
for line in session:gmatch('[^\n]*') do
   local code = line:match('^    th> (.*)$')
   local printed = line:match('^    (.*)$')
   if code then
      typed[#typed + 1], expected[#expected + 1] = code, ''
   elseif printed and #typed > 0 then
      expected[#typed] = expected[#typed] .. printed .. '\n'
   end
end
check.ok(#typed >= 8, 'README.md has a session')

local input = os.tmpname()
local f = assert(io.open(input, 'w'))
f:write(table.concat(typed, '\n'), '\n')
f:close()
local pipe = io.popen(('NO_COLOR=1 TREPLSTARTUP= %s -i < %s 2>&1'):format(th, input))
local out = pipe:read('*a')
pipe:close()
os.remove(input)

-- Colours, the time after each line and spaces at line ends are not part of the story.
local function plain(text)
   text = text:gsub('\27%[[%d;]*m', ''):gsub(' *%[[%d.]+s%]\n', '')
   return (text:gsub(' +\n', '\n'):gsub('^\n+', ''):gsub('\n+$', ''))
end

local i = 0
for shown in (out .. 'th> '):gmatch('(.-)th> ') do
   if typed[i] then check.eq(plain(shown), plain(expected[i]), typed[i]) end
   i = i + 1
end
check.ok(i > #typed, 'every line was read')
check.finish()
