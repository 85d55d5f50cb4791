--- The pages in docs/: their blocks of Lua run, links between them lead somewhere, and docs/errors.md has the messages that the
-- mistakes bring.
-- Run by th.
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. 'check.lua')
local paths = require 'paths'
local th, docs = arg[-1], here .. '../../docs/'

local function read(path)
   local f = io.open(path)
   if not f then return nil end
   local text = f:read('*a')
   f:close()
   return text
end

-- Pages whose blocks show pieces of programs, which do not run by themselves.
local pieces = {['adding-a-module.md'] = true, ['adding-an-operation.md'] = true, ['adding-a-package.md'] = true, ['documentation.md'] = true,
   ['simulator.md'] = true, ['architecture.md'] = true,
   ['c-api.md'] = true, ['building.md'] = true, ['differences.md'] = true}

-- ---- blocks of Lua: those of a page one after another, in a process of their own ----

local ran = 0
local function gpu() -- the simulator stands in for two
   local found = package.searchpath('libcutorchsimt', package.cpath)
   if not found then print('skipped: the blocks of gpu.md: this build has no simulator') end
   return found and 'THC=simt THC_SIMT_DEVICES=2 '
end
for _, page in ipairs(paths.dir(docs)) do
   local text = page:find('%.md$') and not pieces[page] and read(docs .. page) or ''
   local blocks = {}
   for block in text:gmatch('\n```lua\n(.-)\n```') do
      -- each block may have locals; what it leaves for the next ones is global
      if not block:find('^th> ') then blocks[#blocks + 1] = 'do ' .. block .. '\nend' end
   end
   local environment = page == 'gpu.md' and #blocks > 0 and gpu() or page ~= 'gpu.md' and ''
   if #blocks > 0 and environment then
      local path = os.tmpname()
      local f = assert(io.open(path, 'w'))
      f:write(table.concat(blocks, '\n'), "\nprint 'ran to its end'\n")
      f:close()
      local folder = path .. '-files' -- for the files that a page writes
      paths.mkdir(folder)
      local pipe = io.popen(('cd %s && %s%s %s 2>&1'):format(folder, environment, th, path))
      local out = pipe:read('*a')
      pipe:close()
      paths.rmall(folder, 'yes')
      os.remove(path)
      check.ok(out:find('ran to its end', 1, true) ~= nil, page .. ' runs: ' .. out:sub(1, 400))
      ran = ran + #blocks
   end
end
check.ok(ran >= 14, 'guides have blocks of Lua: ' .. ran)

-- Those that are pieces of programs are Lua at least: statements, or fields of a table.
for page in pairs(pieces) do
   for block in read(docs .. page):gmatch('\n```lua\n(.-)\n```') do
      check.ok(loadstring(block) or loadstring('return {' .. block .. '}'), page .. ' has Lua: ' .. block:sub(1, 200))
   end
end

-- ---- links ----

local function has_anchor(text, anchor)
   for title in text:gmatch('\n#+ ([^\n]*)') do
      if title:lower():gsub('`', ''):gsub('[^%w%s_-]', ''):gsub('%s+', '-') == anchor then return true end
   end
   return text:find('name="' .. anchor .. '"', 1, true) ~= nil
end

local function check_links(folder, page)
   local text = read(folder .. page)
   for target in text:gsub('```.-```', ''):gsub('`[^`\n]*`', ''):gmatch('%]%(([^)%s]+)%)') do
      local file, anchor = target:match('^([^#]*)#?(.*)$')
      if target:find('^reference/') then -- the build makes it, beside th
         local made = (arg[-1]:match('^(.*)/') or '.') .. '/docs/'
         check.ok(not paths.dirp(made .. 'reference') or paths.filep(made .. file), page .. ' links to ' .. target)
      elseif not target:find('^%a+:') then
         local there = file == '' and text or (paths.filep(folder .. file) or paths.dirp(folder .. file)) and (read(folder .. file) or '')
         check.ok(there and true, page .. ' links to ' .. target)
         if there and anchor ~= '' then check.ok(has_anchor('\n' .. there, anchor), page .. ' links to ' .. target) end
      end
   end
end
for _, page in ipairs(paths.dir(docs)) do
   if page:find('%.md$') then
      check_links(docs, page)
      check.ok(page == 'README.md' or read(here .. '../../README.md'):find('docs/' .. page, 1, true) ~= nil, 'README.md leads to ' .. page)
   end
end
check_links(here .. '../../', 'README.md')

-- ---- docs/errors.md ----

local mistakes, typed, expected = 0, {"nn, optim = require 'nn', require 'optim'"}, {''}
for mistake, message in read(docs .. 'errors.md'):match('| mistake | here.-\n\n'):gmatch('\n| `([^\n]-)` | `([^\n]-)` |') do
   mistakes = mistakes + 1
   typed[#typed + 1], expected[#expected + 1] = mistake, message
end
check.eq(mistakes, 10, 'ten mistakes')
local examples = {}
for i = 2, #typed do examples[i - 1] = {name = 'docs/errors.md', steps = {{code = typed[i], output = expected[i]}}} end
local sessions = dofile(here .. 'sessions.lua')
sessions.run({
   ok = check.ok,
   eq = function(got, wanted, what)
      if type(got) ~= 'string' then return check.eq(got, wanted, what) end
      local flat = got:gsub('\27%[[%d;]*m', ''):gsub('%s+', ' ')
      check.ok(flat:find(wanted, 1, true) ~= nil, ('%s: "%s" in "%s"'):format(what, wanted, flat:sub(1, 300)))
   end,
}, th, examples)
check.finish()
