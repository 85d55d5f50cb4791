package.path = (arg[0]:match('^(.*)/') or '.') .. '/lib/?.lua;' .. package.path
local bench = require 'harness'
local nets = require 'nets'

-- Peak resident memory of ten training steps, of processes of their own, ours and PyTorch's: all of it, and what came after
-- the libraries were loaded. Results are bytes.

local python = os.getenv('PYTHON') or 'python3'

-- Two numbers that a command prints: bytes at the peak, and before the net was made.
local function bytes(...)
   local pipe = io.popen(string.format(...))
   local peak, before = pipe:read('*n', '*n')
   pipe:close()
   return assert(peak, 'peak: nothing came of: ' .. string.format(...)), before
end

local title, number = 'Peak memory', 0
for _, case in ipairs{{'mlp', 64}, {'small', 16}, {'lenet', 64}, {'resnet20', 32}, {'lstm', 50}, {'transformer', 16}} do
   local net, batch = unpack(case)
   local name = nets.case(net, batch).name
   number = number + 1
   if number >= bench.from then
      local ours, ours_before = bytes('%s %s/bench/lib/peak.lua %s %d %d', paths.concat(paths.execdir(), 'th'), bench.root, net, batch, bench.threads)
      local peer, peer_before = bytes('%s %s/bench/lib/nets.py --peak %s %d %d', python, bench.root, net, batch, bench.threads)
      local rows = {{title = title, name = name, ours = ours, peer = peer},
         {title = title, name = name .. ', after loading', ours = ours - ours_before, peer = peer - peer_before}}
      for _, row in ipairs(rows) do
         bench.results[#bench.results + 1] = row
         print(('%-60s %8.1f MB %8.1f MB %6.2f'):format(row.name, row.ours / 1e6, row.peer / 1e6, row.ours / row.peer))
      end
   end
end
