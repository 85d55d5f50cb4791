--- All benchmarks beside PyTorch, and the report of them: what is behind, geometric means, memory, every row.
---
---    PYTHON=python-with-torch build/th bench/suite.lua docs/benchmarks.md
---
--- It runs in pieces, processes of less than a minute each, whose results are files of build/bench/results: a run that was
--- stopped goes on from there, and a whole one removes them. BENCH_RUN='program' puts a program before the command of each
--- piece, one that keeps a machine still, say. BENCH_ONLY='move product' takes only those files (bench/*.lua, and `peak`, the
--- memory of training steps), BENCH_SECONDS=0.05 more time for each timing, BENCH_COMPILE=0 leaves torch.compile out.
local here = arg[0]:match('^(.*)/') or '.'
package.path = here .. '/lib/?.lua;' .. package.path

local PIECE = 40 -- seconds after which a piece begins no other case
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

-- ---- a piece: cases of a file, from one on ----

local function row_text(row)
   local cells = {}
   for _, key in ipairs{'title', 'name', 'ours', 'peer', 'limit', 'compiled', 'per'} do
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

local function piece(name, from, path)
   local bench = require 'harness'
   assert(bench.peer(), 'suite: PYTHON names no Python that can import torch')
   bench.from, bench.seconds = tonumber(from), PIECE
   dofile(here .. '/' .. name .. '.lua')
   local text = {}
   for i, row in ipairs(bench.results) do text[i] = row_text(row) end
   write(path, ('return {next=%s, threads=%d, isa=%q, peer=%q, rows={\n%s}}\n'):format(tostring(bench.next), bench.threads,
      torch.cpuinfo().isa, bench.peer(), table.concat(text, ',\n')))
end

if arg[1] == '--piece' then
   local name, from, path = arg[2], arg[3], arg[4]
   for i = 1, 4 do arg[i] = nil end -- the files take the first as a filter
   piece(name, from, path)
   return
end

-- ---- all pieces ----

local out = arg[1]
local files = os.getenv('BENCH_ONLY') or 'calls pointwise layouts move product lapack layers nn chains peak'
local folder = here .. '/../build/bench/results'
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

local function measure(name)
   local from = 1
   while from do
      local path = ('%s/%s-%d.lua'):format(folder, name, from)
      if not paths.filep(path) then run('--piece', name, from, path) end
      local result = dofile(path)
      for _, row in ipairs(result.rows) do all.rows[#all.rows + 1] = row end
      all.threads, all.isa, all.peer = result.threads, result.isa, result.peer
      from = result.next
   end
end

os.execute(quoted('mkdir', '-p', folder))
local clock = torch.Timer()
if not paths.filep(folder .. '/nn-1.lua') then prepare() end
for name in files:gmatch('%S+') do measure(name) end
all.minutes = clock:time().real / 60

local text = require('report')(all, {
   processor = line_of("sed -n 's/^model name[^:]*: //p' /proc/cpuinfo"), machine = line_of('uname -m'),
   memory = line_of("sed -n 's/^MemTotal: *//p' /proc/meminfo"),
   system = line_of("sed -n 's/^PRETTY_NAME=\"\\(.*\\)\"/\\1/p' /etc/os-release"),
   compiler = line_of('cc --version'), blas = line_of("dpkg-query -W -f '${Version} (${Package})\\n' 'libopenblas0*' 2>/dev/null | grep '^[0-9]'"),
   commit = line_of(quoted('git', '-C', here, 'log', '-1', '--format=%h of %cs'))
})
if out then
   write(out, text)
   os.execute(quoted('rm', '-r', folder))
else
   io.write('\n', text)
end
