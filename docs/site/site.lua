-- Makes the reference of all packages from the texts beside the declarations (docs/documentation.md), as Markdown and, with
-- the guides, as HTML pages with a search that needs no server; and annotations for editors.
--   th site.lua OUTDIR ANNOTATIONS README.md GUIDE.md...
local here = arg[0]:match('^(.*)/[^/]*$') or '.'
local markdown = dofile(here .. '/markdown.lua')
local manual, help = require 'trepl.manual', require 'trepl.help'
local outdir, annotations, guides = arg[1], arg[2], {unpack(arg, 3)}
local paths = require 'paths'
paths.mkdir(outdir .. '/html')
paths.mkdir(outdir .. '/markdown')

local function write(path, text)
   local f = assert(io.open(path, 'w'))
   f:write(text)
   f:close()
end

local function read(path)
   local f = assert(io.open(path))
   local text = f:read('*a')
   f:close()
   return text
end

-- ---- texts ----

-- The text of an entry, without the places of files, which differ from machine to machine.
local function text_of(entry)
   local text = help.find(entry.name)
   return text and text:gsub('\n+defined %a+ [^\n]*$', ''):gsub('\n+defined %a+ [^\n]*\n', '\n')
end

-- A text as Markdown: its call and its examples are code; so are tables of words that help lists.
local function as_markdown(text)
   local out, code = {}, false
   local function fence(on)
      if on ~= code then out[#out + 1], code = on and '\n```' or '```\n', on end
   end
   local call, rest = text:match('^([%a_][%w_.:]*%s*%b()[^\n]-)(:%s.*)$')
   local lines = call and rest:sub(3) or text
   if call then out[1] = '```\n' .. call .. '\n```\n' end
   local paragraph_before = false
   for line in (lines .. '\n'):gmatch('(.-)\n') do
      local typed = line:match('^> ') ~= nil
      if line:find('^Example: ') or line:find('^Types: ') or line:find('^Source: ') or line:find('^input: ') then out[#out + 1] = '' end
      if not line:find('%S') then fence(false)
      elseif typed then fence(true)
      elseif not code and not call and (line:match('^[%w_.]+:?[%w_]*%b()%s*$') or line:match('^[%w_.]+:?[%w_]*%b()%s*%->') or line:match('^ %S')) and not paragraph_before then line = '    ' .. line
      elseif not code and line:match('^  +%S') then line = '    ' .. line:match('^%s*(.*)$') end
      paragraph_before = line:match('^%a') ~= nil
      out[#out + 1] = line
   end
   fence(false)
   return table.concat(out, '\n')
end

-- ---- pages ----

local pages, order = {}, {}
local function page(name, title)
   if not pages[name] then
      pages[name] = {name = name, title = title, names = {}}
      order[#order + 1] = name
   end
   return pages[name]
end

-- nn has a page for each family of classes.
local function page_of(package_, entry)
   local file = entry.class and manual.file_of(entry.class)
   local family = package_ == 'nn' and file and file:match('/nn/(%a+)/[^/]*$')
   if family then return page('nn-' .. family, 'nn: ' .. family) end
   return page(package_, package_)
end

local index = {} -- {name, page#anchor, summary}
-- The first sentence of what is said below or behind the calls.
local function summary_of(text)
   local parts = manual.parse(text)
   local calls, below = text:match('^(.-)\n\n(.*)$')
   local summary = parts.name and (calls or text):find(':%s') and parts.summary or below or text
   local line = (summary .. '\n\n'):gsub('\n%u%l+: ', '\n\n'):match('^(.-)\n\n'):gsub('%s+', ' ')
   return (line:match('^(.-[.:;]) %f[%u]') or line):sub(1, 150)
end

for _, package_ in ipairs(manual.packages) do
   local entries = manual.entries(package_)
   if #entries > 0 then
      local first = page(package_, package_)
      first[#first + 1] = as_markdown(manual.of_package(package_) or '')
      index[#index + 1] = {package_, package_ .. '.html', 'package'}
   end
   for _, entry in ipairs(entries) do
      local text = text_of(entry)
      local typed = entry.kind == 'class' and (entry.name:find('^torch%.%w+Tensor$') or entry.name:find('^torch%.%w+Storage$')) -- as torch.Tensor
      local inherited = typed or entry.kind == 'method' and text and text:find('\n(as in ', 1, true)
      if text and not inherited then
         local p = page_of(package_, entry)
         if entry.kind ~= 'method' then p.names[#p.names + 1] = ('[%s](#%s)'):format(entry.name:match('[^.]+$'), entry.name) end
         p[#p + 1] = ('\n%s <a name="%s"></a>%s\n\n%s'):format(entry.kind == 'method' and '###' or '##', entry.name, entry.name, as_markdown(text))
         index[#index + 1] = {entry.name, p.name .. '.html#' .. entry.name, summary_of(text)}
      end
   end
end

-- ---- derivatives ----

local known = {}
for _, e in ipairs(index) do known[e[1]] = e[2] end
do
   local p, without, reasons = page('derivatives', 'Derivatives'), {}, {}
   p[1] = 'What `backward` hands on to every argument: `g` is the gradient of the result `r`, `G` are those of several. [The guide](gradients.html) tells more.\n\n' ..
      '| operation | argument | gradient |\n|---|---|---|'
   for _, e in ipairs(require 'torchdata.derivatives') do
      local name, anchor, rule = unpack(e)
      local at = known[anchor] or known['torch.DoubleTensor.' .. name] or known['torch.Tensor:' .. name]
      local link = at and ('[%s](%s)'):format(name, at) or name
      if type(rule) == 'table' then
         for i, r in ipairs(rule) do p[#p + 1] = ('| %s | %s | `%s` |'):format(i == 1 and link or '', r[1], r[2]) end
      else
         if not without[rule] then without[rule], reasons[#reasons + 1] = {}, rule end
         table.insert(without[rule], link)
      end
   end
   table.sort(reasons)
   p[#p + 1] = '\n## Others\n'
   for _, why in ipairs(reasons) do p[#p + 1] = ('- %s: %s'):format(why, table.concat(without[why], ', ')) end
   index[#index + 1] = {'derivatives', 'derivatives.html', 'gradients of all operations'}
end

-- ---- HTML ----

-- A guide's place in the project, and its page: README.md is index, docs/data.md data, examples/README.md examples.
local function place(path) return path:match('docs/[^/]+$') or path:match('examples/README%.md$') or 'README.md' end
local function page_name(path)
   local at = place(path)
   return at == 'README.md' and 'index' or at:match('^docs/(.*)%.md$') or at:match('^(.*)/')
end
local page_at = {}
for _, path in ipairs(guides) do page_at[place(path)] = page_name(path) .. '.html' end
page_at['docs/reference/derivatives.md'] = 'derivatives.html'

-- Where links of a page lead, by its place in the project; nil where that is not among the pages, such as a folder of the sources.
local function links_from(at)
   return function(target)
      if target:match('^%a+:') or target:match('^#') or target:match('%.html') then return target end
      local file, anchor = target:match('^([^#]*)(.*)$')
      local page_ = page_at[((at:match('^.*/') or '') .. file):gsub('[^/]+/%.%./', '')]
      return page_ and page_ .. anchor
   end
end

local titles = {}
local function navigation(current)
   local out = {'<nav><a class="home" href="index.html">Torch</a><input id="search" type="search" placeholder="Search" ' ..
      'aria-label="Search"><div id="found"></div><h4>Guides</h4><ul>'}
   local function item(name, title)
      out[#out + 1] = ('<li><a%s href="%s.html">%s</a></li>'):format(name == current and ' class="here"' or '', name, markdown.escape(title))
   end
   for _, g in ipairs(titles) do item(g[1], g[2]) end
   out[#out + 1] = '</ul><h4>Reference</h4><ul>'
   for _, name in ipairs(order) do item(name, pages[name].title) end
   out[#out + 1] = '</ul></nav>'
   return table.concat(out)
end

local function html(name, title, body)
   write(outdir .. '/html/' .. name .. '.html', ([[<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>%s</title><link rel="stylesheet" href="site.css"></head>
<body>%s<main>
%s
</main><script src="index.js"></script><script src="site.js"></script></body></html>
]]):format(markdown.escape(title), navigation(name), body))
end

local first = {'index', 'first-hour', 'examples', 'from-pytorch', 'from-numpy', 'from-torch7', 'training', 'data', 'plotting', 'sequences', 'image', 'gpu',
   'threads', 'performance', 'errors', 'differences', 'c-api', 'building'}
local rank = {}
for i, name in ipairs(first) do rank[name] = i end
table.sort(guides, function(a, b)
   local i, j = rank[page_name(a)] or 99, rank[page_name(b)] or 99
   return i < j or i == j and a < b
end)
for _, path in ipairs(guides) do
   local name = page_name(path)
   titles[#titles + 1] = {name, read(path):match('^#%s+([^\n]*)') or name, path}
end
for _, g in ipairs(titles) do html(g[1], g[2], markdown.html(read(g[3]), links_from(place(g[3])))) end
for _, name in ipairs(order) do
   -- the package's text, its names, and what they are
   local p = pages[name]
   local package_ = manual.package_of(name) or manual.unloaded(name)
   local text = ('# %s\n\n%s\n\n%s\n%s'):format(p.title, package_ and p[1] or '', table.concat(p.names, ' · '), table.concat(p, '\n', package_ and 2 or 1))
   write(outdir .. '/markdown/' .. name .. '.md', text .. '\n')
   html(name, pages[name].title, markdown.html(text, links_from('README.md')))
end

table.sort(index, function(a, b) return a[1] < b[1] end)
local js = {}
for i, e in ipairs(index) do js[i] = ('[%s,%s,%s]'):format(unpack({('%q'):format(e[1]), ('%q'):format(e[2]), ('%q'):format(e[3]):gsub('\\\n', ' ')}, 1, 3)) end
write(outdir .. '/html/index.js', 'const names = [\n' .. table.concat(js, ',\n') .. '\n];\n')
for _, file in ipairs{'site.css', 'site.js'} do write(outdir .. '/html/' .. file, read(here .. '/' .. file)) end

write(annotations, dofile(here .. '/annotations.lua').of_packages(text_of))
