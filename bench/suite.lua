--- All benchmarks beside PyTorch, and the report of them: what is behind, geometric means, memory, every row.
---
---    PYTHON=python-with-torch build/th bench/suite.lua docs/benchmarks.md
---
--- What comes out near PyTorch's time is measured in four more passes, minutes apart and in processes of their own, and the
--- pass of the median ratio is reported: where others use the machine, too, a single ratio is off by a fifth.
---
--- It runs in pieces, processes of less than a minute each, whose results are files of build/bench/results: a run that was
--- stopped goes on from there, at the same commit, and a whole one removes them. BENCH_RUN='program' puts a program before
--- the command of each piece, one that keeps a machine still, say. BENCH_ONLY='move product' takes only those files (bench/*.lua, and `peak`, the
--- memory of training steps), BENCH_SECONDS=0.05 more time for each timing, BENCH_COMPILE=0 leaves torch.compile out.
local here = arg[0]:match('^(.*)/') or '.'
package.path = here .. '/lib/?.lua;' .. package.path

local PIECE = 40 -- seconds after which a piece begins no other case
local PASSES = 5
local python = os.getenv('PYTHON') or 'python3'

local function quoted(...)
   local words = {...}
   for i, word in ipairs(words) do words[i] = "'" .. tostring(word):gsub("'", "'\\''") .. "'" end
   return table.concat(words, ' ')
end

local function line_of(command)
   local pipe = io.popen(command)
   local line = pipe:read('*l')
   pipe:close()
   return line ~= '' and line or '?'
end

-- ---- a piece: cases of a file, from one on, all of them or those of some numbers ----

local function row_text(row)
   local cells = {}
   for _, key in ipairs{'number', 'title', 'name', 'ours', 'peer', 'limit', 'compiled', 'per'} do
      local value = row[key]
      if value then cells[#cells + 1] = type(value) == 'number' and ('%s=%.9g'):format(key, value) or ('%s=%q'):format(key, value) end
   end
   return '{' .. table.concat(cells, ', ') .. '}'
end

local function write(path, text)
   local file = assert(io.open(path .. '.new', 'w'))
   file:write(text)
   file:close()
   assert(os.rename(path .. '.new', path))
end

local function piece(path, name, from, ...)
   local bench = require 'harness'
   assert(bench.peer(), 'suite: PYTHON names no Python that can import torch')
   bench.from, bench.seconds = tonumber(from), PIECE
   if ... then
      bench.only = {}
      for _, number in ipairs{...} do bench.only[tonumber(number)] = true end
   end
   dofile(here .. '/' .. name .. '.lua')
   local text = {}
   for i, row in ipairs(bench.results) do text[i] = row_text(row) end
   write(path, ('return {next=%s, threads=%d, isa=%q, peer=%q, rows={\n%s}}\n'):format(tostring(bench.next), bench.threads,
      torch.cpuinfo().isa, bench.peer(), table.concat(text, ',\n')))
end

if arg[1] == '--piece' then
   local words = {unpack(arg, 2)}
   for i = 1, #arg do arg[i] = nil end -- the files take the first as a filter
   piece(unpack(words))
   return
end

-- ---- all pieces ----

local out = arg[1]
local files = os.getenv('BENCH_ONLY') or 'calls pointwise layouts move product lapack layers nn chains peak'
local commit = line_of(quoted('git', '-C', here, 'log', '-1', '--format=%h of %cs'))
local results = here .. '/../build/bench/results'
local folder = results .. '/' .. commit:match('^%S+') -- those of another commit are none of this run
local all = {rows = {}}

local function run(...)
   local seconds = 'BENCH_SECONDS=' .. (os.getenv('BENCH_SECONDS') or '0.02')
   local command = quoted('env', seconds, paths.concat(paths.execdir(), 'th'), arg[0], ...)
   if not require('harness').succeeds((os.getenv('BENCH_RUN') or '') .. ' ' .. command) then error('suite: this failed: ' .. command, 0) end
end

-- A name alone: torch.compile's code is made before anything is timed; it takes minutes.
local function prepare()
   if os.getenv('BENCH_COMPILE') == '0' or not files:find('nn') and not files:find('chains') then return end
   print('compiling ...')
   os.execute(quoted(python, here .. '/lib/nets.py', '--compile', require('harness').threads))
end

-- The rows of a file that a pass measures: all, or those of the numbers.
local function measure(name, pass, numbers)
   local from, rows = 1, {}
   while from do
      local path = ('%s/%s-%d-%d.lua'):format(folder, name, pass, from)
      if not paths.filep(path) then run('--piece', path, name, from, unpack(numbers)) end
      local result = dofile(path)
      for _, row in ipairs(result.rows) do rows[#rows + 1] = row end
      all.threads, all.isa, all.peer = result.threads, result.isa, result.peer
      from = result.next
   end
   return rows
end

local function ratio(row) return row.ours / row.peer end

-- Those that are measured again: near PyTorch's time, or a training step, of which 0.6 is asked. Bytes do not vary.
local function near(row)
   return row.number and row.peer and ratio(row) > (row.title:find('^Training steps') and 0.4 or 0.8)
end

-- The row of the median ratio, with the range of all.
local function median_of(rows)
   table.sort(rows, function(a, b) return ratio(a) < ratio(b) end)
   local row = rows[math.floor((#rows + 1) / 2)]
   row.lowest, row.highest = ratio(rows[1]), ratio(rows[#rows])
   return row
end

-- The first pass adds to all.rows; those near are to be measured again: numbers, and rows and place in all.rows by number.
local function first_pass(name)
   local again = {name = name, numbers = {}, rows = {}, at = {}}
   for _, row in ipairs(measure(name, 1, {})) do
      table.insert(all.rows, row)
      if near(row) then
         table.insert(again.numbers, row.number)
         again.rows[row.number], again.at[row.number] = {row}, #all.rows
      end
   end
   return again
end

local function measure_all()
   local files_again = {}
   for name in files:gmatch('%S+') do table.insert(files_again, first_pass(name)) end
   for pass = 2, PASSES do
      for _, again in ipairs(files_again) do
         for _, row in ipairs(#again.numbers > 0 and measure(again.name, pass, again.numbers) or {}) do
            table.insert(again.rows[row.number], row)
         end
      end
   end
   for _, again in ipairs(files_again) do
      for number, rows in pairs(again.rows) do all.rows[again.at[number]] = median_of(rows) end
   end
end

os.execute(quoted('mkdir', '-p', folder))
local clock = torch.Timer()
if not paths.filep(folder .. '/nn-1-1.lua') then prepare() end
measure_all()
all.minutes = clock:time().real / 60

local text = require('report')(all, {
   processor = line_of("sed -n 's/^model name[^:]*: //p' /proc/cpuinfo"), machine = line_of('uname -m'),
   memory = line_of("sed -n 's/^MemTotal: *//p' /proc/meminfo"),
   system = line_of("sed -n 's/^PRETTY_NAME=\"\\(.*\\)\"/\\1/p' /etc/os-release"),
   compiler = line_of('cc --version'), blas = line_of("dpkg-query -W -f '${Version} (${Package})\\n' 'libopenblas0*' 2>/dev/null | grep '^[0-9]'"),
   commit = commit,
})
if out then
   write(out, text)
   os.execute(quoted('rm', '-r', results))
else
   io.write('\n', text)
end
