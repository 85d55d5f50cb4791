--- The manual page of th has the options of th --help, and no others; groff finds nothing wrong with it.
-- Run by th.
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. 'check.lua')
local page = here .. '../../th/th.1'

local f = assert(io.open(page))
local text = f:read('*a')
f:close()
local pipe = io.popen(arg[-1] .. ' --help')
local usage = pipe:read('*a')
pipe:close()

local in_usage, in_page = {}, {}
for line in usage:gmatch('\n  (%-[^\n]*)') do
   in_usage[#in_usage + 1] = line:match('^(%-[%w-]*)')
   in_usage[#in_usage + 1] = line:match('^%-[%w-]*, (%-%-%w+)')
end
for line in text:gmatch('\n%.It Fl([^\n]*)') do
   for name in (line:gsub(' Ar.*', '') .. ' ,'):gmatch('%s*(.-)%s*,') do
      name = name:gsub('^Fl ?', '')
      in_page[#in_page + 1] = '-' .. name
   end
end
table.sort(in_usage)
table.sort(in_page)
check.eq(table.concat(in_page, ' '), table.concat(in_usage, ' '), 'options of the page and of --help')

if require('paths').findprogram('groff') then
   pipe = io.popen('groff -ww -mdoc -Tascii ' .. page .. ' 2>&1 >/dev/null')
   check.eq(pipe:read('*a'), '', 'groff')
   pipe:close()
else
   print 'skipped: there is no groff'
end
check.finish()
