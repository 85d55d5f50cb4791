--- All benchmarks beside PyTorch in one run, and the report of them: geometric means, what is behind, every row.
---   PYTHON=python-with-torch build/th bench/suite.lua docs/benchmarks.md
--- BENCH_SECONDS=0.02 takes less time for each; BENCH_ONLY='move product' only those files.
local out = arg[1]
arg[1] = nil -- the files take it as a filter
local here = arg[0]:match('^(.*)/') or '.'
package.path = here .. '/lib/?.lua;' .. package.path
local bench = require 'harness'

local files = os.getenv('BENCH_ONLY') or 'calls pointwise layouts move product lapack layers nn'
assert(bench.peer(), 'suite: PYTHON names no Python that can import torch')
for name in files:gmatch('%S+') do
   torch.setdefaulttensortype('torch.DoubleTensor')
   dofile(here .. '/' .. name .. '.lua')
end

local rows = {}
for _, row in ipairs(bench.results) do
   if row.peer then
      row.ratio = row.ours / row.peer
      rows[#rows + 1] = row
   end
end

local function geometric(list)
   local sum = 0
   for _, row in ipairs(list) do sum = sum + math.log(row.ratio) end
   return math.exp(sum / #list)
end

local text = {}
local function say(...) text[#text + 1] = string.format(...) end

local function line_of(command)
   local pipe = io.popen(command)
   local line = pipe:read('*l')
   pipe:close()
   return line or '?'
end

local function head()
   say('# Benchmarks\n')
   say('Times beside PyTorch %s in the same run, in turn, on %s (%s), %d threads, %s loops. A ratio is our time over PyTorch\'s: below 1', bench.peer(),
      line_of("sed -n 's/^model name[^:]*: //p' /proc/cpuinfo"), line_of('uname -m'), bench.threads, torch.cpuinfo().isa)
   say('is ahead. The share of the limit is that of memory bandwidth or of the multiply-add peak, measured beside it. Made by\n')
   say('    PYTHON=python build/th bench/suite.lua docs/benchmarks.md\n')
end

local function row_text(row)
   say('| %s | %s | %s | %.2f | %s |', row.name, bench.human(row.ours * 1e9), bench.human(row.peer * 1e9), row.ratio,
      row.limit and ('%.0f %%'):format(100 * row.limit / row.ours) or '')
end

local function columns(first)
   say('| %s | ours | PyTorch | ratio | of the limit |', first)
   say('|---|---|---|---|---|')
end

-- The rows by title, titles in their order.
local function grouped()
   local order, groups = {}, {}
   for _, row in ipairs(rows) do
      if not groups[row.title] then
         order[#order + 1] = row.title
         groups[row.title] = {}
      end
      table.insert(groups[row.title], row)
   end
   return order, groups
end

head()
local order, groups = grouped()
say('| group | rows | geometric mean of ratios | behind |')
say('|---|---|---|---|')
local function behind(list)
   local found = {}
   for _, row in ipairs(list) do if row.ratio > 1 then found[#found + 1] = row end end
   table.sort(found, function(a, b) return a.ratio > b.ratio end)
   return found
end
for _, title in ipairs(order) do say('| %s | %d | %.2f | %d |', title, #groups[title], geometric(groups[title]),
   #behind(groups[title])) end
say('| all | %d | %.2f | %d |', #rows, geometric(rows), #behind(rows))
say('\n## Rows behind, worst first\n')
columns('')
for _, row in ipairs(behind(rows)) do row_text(row) end
for _, title in ipairs(order) do
   say('\n## %s\n', title)
   columns('')
   for _, row in ipairs(groups[title]) do row_text(row) end
end

local report = table.concat(text, '\n') .. '\n'
if out then
   local file = assert(io.open(out, 'w'))
   file:write(report)
   file:close()
else
   io.write('\n', report)
end
