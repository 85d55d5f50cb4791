--- The HTML pages (docs/site): made anew, their links and anchors lead somewhere, and the search finds, in headless Chromium
-- where there is one.
-- Run by th.
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. 'check.lua')
local paths = require 'paths'
local th, docs = arg[-1], here .. '../../docs/'

local function run(command)
   local pipe = io.popen(command .. ' 2>&1')
   local out = pipe:read('*a')
   pipe:close()
   return out
end

local function read(path)
   local f = assert(io.open(path))
   local text = f:read('*a')
   f:close()
   return text
end

local folder = os.tmpname()
os.remove(folder)
local site = folder .. '/html/'
local out = run(('%s %ssite/site.lua %s %s/annotations.lua %s../README.md %s../examples/README.md %s*.md'):format(th, docs, folder, folder, docs, docs, docs))
check.eq(out, '', 'the pages are made')

-- ---- pages and links ----

local pages, ids = {}, {}
for _, name in ipairs(paths.dir(site) or {}) do
   if name:find('%.html$') then
      pages[name], ids[name] = read(site .. name), {}
      for id in pages[name]:gmatch(' id="([^"]*)"') do ids[name][id] = true end
   end
end
for _, name in ipairs{'index.html', 'nn.html', 'nn-linear.html', 'torch.html', 'first-hour.html', 'errors.html', 'examples.html'} do
   check.ok(pages[name] ~= nil, name .. ' is there')
end
local bad = {}
for name, text in pairs(pages) do
   local main = text:match('<main>(.*)</main>'):gsub('<pre>.-</pre>', '')
   for href in main:gmatch('<a href="([^"]*)"') do
      local page, anchor = href:match('^([^#]*)#?(.*)$')
      page = page == '' and name or page
      local known = not href:find('^%a+:')
      if known and (not pages[page] or anchor ~= '' and not ids[page][anchor]) then bad[#bad + 1] = name .. ' -> ' .. href end
   end
end
check.eq(table.concat(bad, ', '), '', 'links lead to pages and headings')
local entries = 0
for name, target in read(site .. 'index.js'):gmatch('\n%["([^"]*)","([^"]*)"') do
   local page, anchor = target:match('^([^#]*)#?(.*)$')
   entries = entries + 1
   if not (pages[page] and (anchor == '' or ids[page][anchor])) then check.ok(false, 'the index: ' .. name .. ' is at ' .. target) end
end
check.ok(entries > 1000, 'the index has the names: ' .. entries)
check.match(pages['nn-linear.html'], '<h2[^>]*><a id="nn%.Linear"></a>nn%.Linear</h2>.-y = W x %+ b', 'a class')
check.match(pages['index.html'], '<a href="examples%.html">examples</a>', 'a link to another folder')
check.match(pages['errors.html'], '<th>mistake</th>', 'a table')
check.ok(loadfile(folder .. '/annotations.lua') ~= nil, 'the annotations are Lua')
local annotations = read(folder .. '/annotations.lua')
check.match(annotations, '%-%-%-@class nn%.Linear: nn%.Module\n%-%-%-@overload fun%(inputSize: integer, outputSize: integer, bias%?: boolean%): nn%.Linear',
   'a class for editors')
check.match(annotations, '\n%-%-%-@param x torch%.Tensor|table\n%-%-%-@param config%? table\n[^\n]*\n%-%-%-@return [^\n]*\n[^\n]*\nfunction optim%.adam%(', 'a function')
check.match(annotations, '\nfunction cutorch%.setDevice%(i%) end', 'cutorch, without a GPU')
check.match(annotations, '\n%-%-%-@return number # n\nfunction data%.Set:size%(%) end', 'a result')
local untyped, results = 0, 0
for kind in annotations:gmatch('\n%-%-%-@return (%S+)') do
   results, untyped = results + 1, untyped + (kind == 'any' and 1 or 0)
end
check.ok(results > 600 and untyped < results / 10, ('results have types: %d of %d have none'):format(untyped, results))

-- ---- in a browser ----

local browser = paths.findprogram('chromium', 'chromium-browser', 'google-chrome')
if browser then
   local headless = ('HOME=%s timeout 300 %s --headless --no-sandbox --disable-gpu --user-data-dir=%s/profile '):format(folder, browser, folder)
   local dom = run(headless .. ('--dump-dom "file://%snn.html?q=batch%%20norm"'):format(site))
   check.match(dom, '<div id="found"><a href="nn%-normalization%.html#nn%.BatchNormalization">', 'the search finds')
   run(headless .. ('--window-size=1200,900 --screenshot=%s/page.png file://%sindex.html'):format(folder, site))
   local picture = paths.filep(folder .. '/page.png') and read(folder .. '/page.png') or ''
   check.ok(#picture > 20000 and picture:sub(2, 4) == 'PNG', 'a screenshot has something on it: ' .. #picture .. ' bytes')
else
   print 'skipped: the pages in a browser: there is no chromium'
end
paths.rmall(folder, 'yes')
check.finish()
